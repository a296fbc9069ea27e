#include "actors/ssp/edge_writer.hpp"

#include "actors/clock.hpp"
#include "actors/database_query.hpp"
#include "machines/backoff.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

void write_next(edge_writer_ptr self);
void claim(edge_writer_ptr self, const view_id& view_id, unsigned attempt);
void erase_now(edge_writer_ptr self, const view_id& view_id);

template <class Intent, class Next>
void query(edge_writer_ptr self, Intent asked, Next next) {
  ask_database(self, self->state.database, std::move(asked), self->state.config.request_timeout,
               std::move(next));
}

/// Ends the wait for a view's edges.
void answer_waiting(edge_writer_ptr self, const view_id& view_id, const caf::error& outcome) {
  auto& waiting = self->state.waiting;
  const auto [begin, end] = waiting.equal_range(view_id);
  for (auto it = begin; it != end; ++it) {
    if (outcome)
      it->second.deliver(outcome);
    else
      it->second.deliver(ack{});
  }
  waiting.erase(begin, end);
}

/// Nobody writes this view's edges from here any more.
void forget(edge_writer_ptr self, const view_id& view_id, const error& why) {
  self->state.ledger.forget(view_id);
  self->state.claims.remove(view_id);
  self->state.unclaimed.erase(view_id);
  answer_waiting(self, view_id, to_caf(why));
}

/// Another process has the view, or its record was deleted.
void lose(edge_writer_ptr self, const view_claim& claim, bool deleted) {
  if (self->state.owner) self->send(self->state.owner, fenced_atom_v, claim, deleted);
  if (deleted)
    forget(self, claim.id,
           fail(errc::not_found, "the record of view " + claim.id + " was deleted"));
  else
    forget(self, claim.id, fail(errc::conflict, "another SSP owns view " + claim.id + " now"));
}

// -- writing ------------------------------------------------------------------------------------

/// The database shows these views as ready: whoever waits for that is answered, also when newer
/// changes of a busy view wait already.
void settle(edge_writer_ptr self, const std::vector<view_id>& ready) {
  for (const auto& view : ready) answer_waiting(self, view, {});
}

void batch_written(edge_writer_ptr self, const edge_ledger::batch& done) {
  auto& state = self->state;
  state.failures = 0;
  state.status.written += done.size();
  settle(self, state.ledger.written(done));
  write_next(self);
}

void batch_failed(edge_writer_ptr self, const edge_ledger::batch& lost, const error& why) {
  auto& state = self->state;
  ++state.status.failures;
  state.status.last_error = why.message;
  const auto attempt = ++state.failures;
  const bool refused = why.code == errc::evaluation_error || why.code == errc::parse_error;
  if (refused) state.ledger.isolate(lost);
  if (attempt == 1 || refused)
    spdlog::warn("edges of {} views not written: {}; trying again", lost.rows.size(), why.message);
  const auto pause = backoff_delay(attempt, state.config.retry_initial, state.config.retry_limit,
                                   self->id() + attempt);
  state.ledger.failed(lost, now(self) + pause);
  self->delayed_send(self, pause, write_batch_atom_v);
  // Views that did not fail go on meanwhile.
  if (refused) write_next(self);
}

/// Does what waited for the transaction that was in flight.
void go_on(edge_writer_ptr self) {
  for (const auto& [view, erasure] : self->state.erasing)
    if (erasure.attempt == 0) erase_now(self, view);
  for (const auto& view : std::exchange(self->state.unclaimed, {})) claim(self, view, 0);
}

/// Finds out which views of the batch are not ours any more; the others are written again.
void batch_fenced(edge_writer_ptr self, const std::shared_ptr<const edge_ledger::batch>& batch) {
  read_owners asked{self->state.config.format, {}};
  for (const auto& row : batch->rows) asked.view_ids.push_back(row.registration->id);
  query(self, std::move(asked), [self, batch](const result<view_owners>& owners) {
    auto& state = self->state;
    state.writing.reset();
    if (!owners.ok()) {
      go_on(self);
      return batch_failed(self, *batch, owners.failure());
    }
    for (const auto& row : batch->rows) {
      const auto& id = row.registration->id;
      if (state.ledger.registration(id) != row.registration) continue;
      const auto owner = owners->find(id);
      if (owner == owners->end() || owner->second.epoch != row.epoch)
        lose(self, {id, row.registration->epoch}, owner == owners->end());
      else
        state.ledger.outrun(id, owner->second.writes);
    }
    state.ledger.failed(*batch, now(self));
    go_on(self);
    write_next(self);
  });
}

void write_next(edge_writer_ptr self) {
  auto& state = self->state;
  if (state.writing || !state.connected) return;
  const auto batch = std::make_shared<const edge_ledger::batch>(
      state.ledger.take(state.config.batch_rows, now(self)));
  if (batch->rows.empty()) return;
  state.writing = batch;
  query(self, write_edges{state.config.format, batch},
        [self, batch](const result<guarded_write>& outcome) {
          if (outcome.ok() && outcome->fenced) return batch_fenced(self, batch);
          self->state.writing.reset();
          go_on(self);
          if (outcome.ok())
            batch_written(self, *batch);
          else
            batch_failed(self, *batch, outcome.failure());
        });
}

// -- reconciling --------------------------------------------------------------------------------

void claim_later(edge_writer_ptr self, const view_id& view_id, unsigned attempt) {
  const auto pause = backoff_delay(attempt + 1, self->state.config.retry_initial,
                                   self->state.config.retry_limit, self->id() + attempt);
  self->delayed_send(self, pause, claim_again_atom_v, view_id, attempt + 1);
}

void warn_of_claims(const std::vector<claim_queue::entry>& failed, const error& why) {
  if (failed.front().failures != 0) return;
  spdlog::warn("view {}{} not claimed: {}; trying again", failed.front().view,
               failed.size() == 1 ? "" : fmt::format(" and {} more", failed.size() - 1),
               why.message);
}

/// Whether the transaction in flight holds edges of this view.
bool being_written(const edge_writer_state& state, const view_id& view_id) {
  return state.writing && std::any_of(state.writing->edges.begin(), state.writing->edges.end(),
                                      [&](const auto& view) { return view.first == view_id; });
}

void claimed(edge_writer_ptr self, const view_id& view_id, const stored_view& stored) {
  const auto& patience = self->state.config.patience;
  if (self->state.ledger.compare(view_id, stored, now(self) + patience))
    self->delayed_send(self, patience, write_batch_atom_v);
  write_next(self);
}

/// What became of the claim of one view.
void claim_over(edge_writer_ptr self, const registration_ptr& view, unsigned attempt,
                const result<claimed_view>& outcome) {
  auto& state = self->state;
  // Registered again, or ended, since: this claim is not the one that counts.
  if (state.ledger.registration(view->id) != view) {
    if (state.unclaimed.erase(view->id) != 0) claim(self, view->id, 0);
    return;
  }
  state.unclaimed.erase(view->id);
  if (!outcome.ok()) return claim_later(self, view->id, attempt);
  if (outcome->fenced) return lose(self, {view->id, view->epoch}, false);
  claimed(self, view->id, outcome->stored);
}

void claim_next(edge_writer_ptr self) {
  auto& state = self->state;
  const auto bytes_of = [&](const view_id& id) {
    const auto view = state.ledger.registration(id);
    return view->surql.size() + value{view->params}.weight();
  };
  const auto taken = state.claims.take(bytes_of);
  if (taken.empty()) return;
  claim_views asked{state.config.format, {}};
  for (const auto& each : taken)
    asked.claims.push_back({state.ledger.registration(each.view), ++state.last_epoch});
  query(self, asked, [self, taken, claims = asked.claims](const result<claimed_views>& outcome) {
    self->state.claims.done();
    if (!outcome.ok()) warn_of_claims(taken, outcome.failure());
    for (std::size_t i = 0; i < claims.size(); ++i)
      claim_over(self, claims[i].view, taken[i].failures,
                 outcome.ok() ? result<claimed_view>{(*outcome)[i]} : outcome.failure());
    claim_next(self);
  });
}

/// Takes the view over from whoever wrote it before, and reads what that one left.
void claim(edge_writer_ptr self, const view_id& view_id, unsigned attempt) {
  auto& state = self->state;
  const auto view = state.ledger.registration(view_id);
  if (view == nullptr || state.ledger.epoch(view_id)) return;
  if (being_written(state, view_id) || state.erasing.contains(view_id) ||
      state.claims.is_in_flight(view_id)) {
    state.unclaimed.insert(view_id);
    return;
  }
  state.claims.add(view_id, attempt);
  claim_next(self);
}

/// An end that only waits to be tried again is called off: the view has come back.
void call_off_erasure(edge_writer_ptr self, const view_id& view_id) {
  const auto it = self->state.erasing.find(view_id);
  if (it == self->state.erasing.end() || it->second.in_flight) return;
  auto node = self->state.erasing.extract(it);
  for (auto& promise : node.mapped().promises) promise.deliver(ack{});
}

caf::result<ack> reconcile(edge_writer_ptr self, const registration_ptr& view,
                           const snapshot_result_ptr& snapshot) {
  auto promise = self->make_response_promise<ack>();
  call_off_erasure(self, view->id);
  self->state.ledger.begin(view, *snapshot);
  self->state.waiting.emplace(view->id, promise);
  claim(self, view->id, 0);
  return promise;
}

// -- removing, restoring ------------------------------------------------------------------------

/// Tells everyone who waits for the view's end.
void erased(edge_writer_ptr self, const view_id& view_id, const result<void>& outcome) {
  auto node = self->state.erasing.extract(view_id);
  for (auto& promise : node.mapped().promises) {
    if (outcome.ok())
      promise.deliver(ack{});
    else
      promise.deliver(to_caf(outcome.failure()));
  }
  if (self->state.unclaimed.erase(view_id) != 0) claim(self, view_id, 0);
}

void not_erased(edge_writer_ptr self, const view_id& view_id, const error& why) {
  auto& erasure = self->state.erasing.at(view_id);
  const auto& config = self->state.config;
  if (erasure.attempt == 1)
    spdlog::warn("edges of view {} not removed: {}; trying again", view_id, why.message);
  // Registered again since: what is stored is taken over instead.
  if (self->state.unclaimed.contains(view_id)) return erased(self, view_id, result<void>{});
  if (erasure.attempt >= config.erase_attempts) return erased(self, view_id, why);
  self->delayed_send(self,
                     backoff_delay(erasure.attempt, config.retry_initial, config.retry_limit,
                                   self->id() + erasure.attempt),
                     erase_again_atom_v, view_id, erasure.round);
}

void erase_now(edge_writer_ptr self, const view_id& view_id) {
  auto& erasure = self->state.erasing.at(view_id);
  ++erasure.attempt;
  erasure.in_flight = true;
  query(self, intents::erase_view{self->state.config.format, view_id, erasure.claim.epoch},
        [self, view_id](const result<guarded_write>& outcome) {
          self->state.erasing.at(view_id).in_flight = false;
          if (!outcome.ok()) return not_erased(self, view_id, outcome.failure());
          if (outcome->fenced)
            return erased(self, view_id,
                          fail(errc::conflict, "another SSP owns view " + view_id + " now"));
          erased(self, view_id, {});
        });
}

/// Time to try again, if that erasure still goes on.
void erase_again(edge_writer_ptr self, const view_id& view_id, std::uint64_t round) {
  const auto it = self->state.erasing.find(view_id);
  if (it != self->state.erasing.end() && it->second.round == round && !it->second.in_flight)
    erase_now(self, view_id);
}

caf::result<ack> erase_view(edge_writer_ptr self, const view_claim& claim) {
  auto& state = self->state;
  const auto own = state.ledger.epoch(claim.id);
  forget(self, claim.id, fail(errc::not_found, "view " + claim.id + " was unregistered"));
  auto promise = self->make_response_promise<ack>();
  auto [it, begun] = state.erasing.try_emplace(claim.id);
  it->second.claim = {claim.id, std::max(own, claim.epoch)};
  it->second.promises.push_back(promise);
  if (!begun) return promise;
  it->second.round = ++state.erasures;
  // What is in flight for it would come after its end; it is erased when that is over.
  if (!being_written(state, claim.id)) erase_now(self, claim.id);
  return promise;
}

void release(edge_writer_ptr self, const view_id& view_id) {
  forget(self, view_id, fail(errc::not_found, "view " + view_id + " was released"));
}

caf::result<ack> touch(edge_writer_ptr self, const view_id& view_id) {
  auto promise = self->make_response_promise<ack>();
  query(self, touch_view{self->state.config.format, view_id},
        [promise, view_id](const result<touched_view>& touched) mutable {
          if (!touched.ok())
            promise.deliver(to_caf(touched.failure()));
          else if (!touched->found)
            promise.deliver(to_caf(fail(errc::not_found, "no view " + view_id)));
          else
            promise.deliver(ack{});
        });
  return promise;
}

caf::result<bool> is_wanted(edge_writer_ptr self, const view_id& view_id) {
  auto promise = self->make_response_promise<bool>();
  query(self, is_view_wanted{self->state.config.format, view_id},
        [promise](const result<wanted_view>& said) mutable {
          if (said.ok())
            promise.deliver(said->wanted);
          else
            promise.deliver(to_caf(said.failure()));
        });
  return promise;
}

caf::result<registrations> restore(edge_writer_ptr self) {
  auto promise = self->make_response_promise<registrations>();
  query(self, read_stored_views{self->state.config.format},
        [promise](const result<stored_views>& stored) mutable {
          if (!stored.ok()) {
            promise.deliver(to_caf(stored.failure()));
            return;
          }
          for (const auto& id : stored->skipped)
            spdlog::error("query record {} cannot be read", id);
          promise.deliver(stored->views);
        });
  return promise;
}

/// Views past their time to live, and views whose record somebody deleted since it was written.
std::vector<view_id> all_ended(const edge_ledger& ledger, const ended_views& found) {
  auto ended = found.expired;
  std::copy_if(found.gone.begin(), found.gone.end(), std::back_inserter(ended),
               [&](const view_id& id) { return ledger.settled(id); });
  return ended;
}

using registered_views = std::map<view_id, registration_ptr>;

/// Drops views that other SSPs have taken over unnoticed: the order to let go was lost on its way,
/// and nothing has changed since that would have met their fence.
void lose_moved(edge_writer_ptr self, const registered_views& asked,
                const std::vector<view_id>& moved) {
  for (const auto& id : moved) {
    const auto view = asked.find(id);
    // Registered here again since the database was asked: that is the newer word.
    if (view == asked.end() || self->state.ledger.registration(id) != view->second) continue;
    lose(self, {id, view->second->epoch}, false);
  }
}

caf::result<std::vector<view_id>> find_ended(edge_writer_ptr self) {
  auto promise = self->make_response_promise<std::vector<view_id>>();
  // Only what was in the database before it was asked can be missing from it.
  const auto written = self->state.ledger.settled_views();
  registered_views asked;
  for (const auto& id : written) asked.emplace(id, self->state.ledger.registration(id));
  query(self, find_ended_views{self->state.config.format, written},
        [self, promise, asked](const result<ended_views>& found) mutable {
          if (!found.ok()) {
            promise.deliver(to_caf(found.failure()));
            return;
          }
          auto ended = all_ended(self->state.ledger, *found);
          lose_moved(self, asked, found->moved);
          promise.deliver(std::move(ended));
        });
  return promise;
}

// -- for the watchman ---------------------------------------------------------------------------

caf::error still_writing(const view_id& view_id) {
  return to_caf(fail(errc::not_ready, "edges of view " + view_id + " are being written"));
}

/// Settled before and after: what is read is neither older nor newer than what was written.
caf::result<standing_view> standing(edge_writer_ptr self, const view_id& view_id) {
  const auto view = self->state.ledger.registration(view_id);
  if (view == nullptr || !self->state.ledger.settled(view_id)) return still_writing(view_id);
  auto promise = self->make_response_promise<standing_view>();
  query(self, read_standing_view{self->state.config.format, view_id, view->query},
        [self, promise, view_id](result<standing_view> read) mutable {
          if (!read.ok())
            promise.deliver(to_caf(read.failure()));
          else if (!self->state.ledger.settled(view_id))
            promise.deliver(still_writing(view_id));
          else
            promise.deliver(std::move(read).value());
        });
  return promise;
}

caf::result<ack> remove(edge_writer_ptr self, const view_id& view_id, const array& keys) {
  const auto epoch = self->state.ledger.epoch(view_id);
  if (!epoch) return still_writing(view_id);
  auto promise = self->make_response_promise<ack>();
  query(self, remove_edges{self->state.config.format, view_id, *epoch, keys},
        [promise](const result<done>& removed) mutable {
          if (removed.ok())
            promise.deliver(ack{});
          else
            promise.deliver(to_caf(removed.failure()));
        });
  return promise;
}

caf::result<tree_nodes> nodes_of(const edge_writer_state& state, const view_id& view_id,
                                 const std::vector<std::string>& paths) {
  auto nodes = state.ledger.nodes(view_id, paths);
  if (!nodes) return to_caf(fail(errc::not_found, "no view " + view_id + " is registered here"));
  return std::move(*nodes);
}

edge_status status(const edge_writer_state& state) {
  auto now = state.status;
  now.pending = state.ledger.pending();
  return now;
}

}  // namespace

edge_writer_actor::behavior_type edge_writer(edge_writer_ptr self, database_actor database,
                                             edge_writer_config config) {
  self->state.database = std::move(database);
  self->state.config = std::move(config);
  self->state.last_epoch = self->state.config.epoch_floor;
  self->send(self->state.database, follow_database_atom_v, database_listener{self});
  return {
      [self](reconcile_view_atom, const registration_ptr& view,
             const snapshot_result_ptr& snapshot) { return reconcile(self, view, snapshot); },
      [self](write_delta_atom, const registration_ptr& view, const view_delta_ptr& delta) {
        self->state.ledger.merge(view->id, *delta);
        write_next(self);
      },
      [self](unregister_view_atom, const view_claim& claim) { return erase_view(self, claim); },
      [self](release_view_atom, const view_id& view) { release(self, view); },
      [self](follow_ownership_atom, const ownership_listener& owner) { self->state.owner = owner; },
      [self](restore_atom) { return restore(self); },
      [self](touch_view_atom, const view_id& view) { return touch(self, view); },
      [self](is_wanted_atom, const view_id& view) { return is_wanted(self, view); },
      [self](standing_view_atom, const view_id& view) { return standing(self, view); },
      [self](read_tree_atom, const view_id& view, const std::vector<std::string>& paths) {
        return nodes_of(self->state, view, paths);
      },
      [self](remove_edges_atom, const view_id& view, const array& keys) {
        return remove(self, view, keys);
      },
      [self](find_ended_atom) { return find_ended(self); },
      [self](edge_status_atom) { return status(self->state); },
      [self](write_batch_atom) { write_next(self); },
      [self](claim_again_atom, const view_id& view, unsigned attempt) {
        claim(self, view, attempt);
      },
      [self](erase_again_atom, const view_id& view, std::uint64_t round) {
        erase_again(self, view, round);
      },
      [self](connected_atom) {
        self->state.connected = true;
        write_next(self);
      },
      [self](disconnected_atom, const std::string&) { self->state.connected = false; },
      [](live_fired_atom, const db_notification&) {},
  };
}

}  // namespace spooky::actors
