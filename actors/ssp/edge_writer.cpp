#include "actors/ssp/edge_writer.hpp"

#include "actors/backoff.hpp"
#include "actors/database_query.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

void write_next(edge_writer_ptr self);
void read_stored(edge_writer_ptr self, const std::string& view_id, unsigned attempt);
void erase_now(edge_writer_ptr self, const std::string& view_id);

caf::timestamp now(edge_writer_ptr self) {
  return caf::timestamp{self->clock().now().time_since_epoch()};
}

template <class Next>
void query(edge_writer_ptr self, db_query asked, Next next) {
  asked.timeout = self->state.config.request_timeout;
  run_query(self, self->state.database, std::move(asked), std::move(next));
}

// -- writing ------------------------------------------------------------------------------------

/// The database shows these views as ready: whoever waits for that is answered, also when newer
/// changes of a busy view wait already.
void settle(edge_writer_ptr self, const std::vector<std::string>& ready) {
  auto& state = self->state;
  for (const auto& view : ready) {
    const auto [begin, end] = state.waiting.equal_range(view);
    for (auto it = begin; it != end; ++it) it->second.deliver(ack{});
    state.waiting.erase(begin, end);
  }
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
  self->delayed_send(self, pause, flush_atom_v);
  // Views that did not fail go on meanwhile.
  if (refused) write_next(self);
}

/// Does what waited for the transaction that was in flight.
void go_on(edge_writer_ptr self) {
  for (const auto& [view, erasure] : self->state.erasing)
    if (erasure.attempt == 0) erase_now(self, view);
  for (const auto& view : std::exchange(self->state.unread, {})) read_stored(self, view, 0);
}

void write_next(edge_writer_ptr self) {
  auto& state = self->state;
  if (state.writing || !state.connected) return;
  const auto batch = std::make_shared<const edge_ledger::batch>(
      state.ledger.take(state.config.batch_rows, now(self)));
  if (batch->rows.empty()) return;
  state.writing = batch;
  query(self, edge_transaction(state.config.format, *batch),
        [self, batch](const result<db_answer>& answer) {
          self->state.writing.reset();
          go_on(self);
          const auto outcome = answer.ok() ? check_statements(*answer) : answer.failure();
          if (outcome.ok())
            batch_written(self, *batch);
          else
            batch_failed(self, *batch, outcome.failure());
        });
}

// -- reconciling --------------------------------------------------------------------------------

void not_read(edge_writer_ptr self, const std::string& view_id, unsigned attempt,
              const error& why) {
  if (attempt == 0)
    spdlog::warn("stored edges of view {} not read: {}; trying again", view_id, why.message);
  const auto pause = backoff_delay(attempt + 1, self->state.config.retry_initial,
                                   self->state.config.retry_limit, self->id() + attempt);
  self->delayed_send(self, pause, retry_atom_v, view_id, attempt + 1);
}

/// Whether the transaction in flight holds edges of this view.
bool being_written(const edge_writer_state& state, const std::string& view_id) {
  return state.writing && std::any_of(state.writing->edges.begin(), state.writing->edges.end(),
                                      [&](const auto& view) { return view.first == view_id; });
}

void read_stored(edge_writer_ptr self, const std::string& view_id, unsigned attempt) {
  if (being_written(self->state, view_id) || self->state.erasing.contains(view_id)) {
    self->state.unread.insert(view_id);
    return;
  }
  query(self, stored_edges_query(self->state.config.format, view_id),
        [self, view_id, attempt](result<db_answer> answer) {
          const auto rows = first_result(std::move(answer));
          if (!rows.ok()) return not_read(self, view_id, attempt, rows.failure());
          const auto stored = read_stored_edges(*rows);
          if (!stored.ok()) return not_read(self, view_id, attempt, stored.failure());
          self->state.ledger.compare(view_id, *stored);
          write_next(self);
        });
}

caf::result<ack> reconcile(edge_writer_ptr self, const registration_ptr& view,
                           const snapshot_result_ptr& snapshot) {
  auto promise = self->make_response_promise<ack>();
  self->state.ledger.begin(view, *snapshot);
  self->state.waiting.emplace(view->id, promise);
  read_stored(self, view->id, 0);
  return promise;
}

// -- removing, restoring ------------------------------------------------------------------------

/// Tells everyone who waits for the view's end.
void erased(edge_writer_ptr self, const std::string& view_id, const result<void>& outcome) {
  auto node = self->state.erasing.extract(view_id);
  for (auto& promise : node.mapped().promises) {
    if (outcome.ok())
      promise.deliver(ack{});
    else
      promise.deliver(to_caf(outcome.failure()));
  }
  if (self->state.unread.erase(view_id) != 0) read_stored(self, view_id, 0);
}

void not_erased(edge_writer_ptr self, const std::string& view_id, const error& why) {
  auto& erasure = self->state.erasing.at(view_id);
  const auto& config = self->state.config;
  if (erasure.attempt == 1)
    spdlog::warn("edges of view {} not removed: {}; trying again", view_id, why.message);
  if (erasure.attempt >= config.erase_attempts) return erased(self, view_id, why);
  self->delayed_send(self,
                     backoff_delay(erasure.attempt, config.retry_initial, config.retry_limit,
                                   self->id() + erasure.attempt),
                     unregister_atom_v, view_id, erasure.round);
}

void erase_now(edge_writer_ptr self, const std::string& view_id) {
  auto& erasure = self->state.erasing.at(view_id);
  ++erasure.attempt;
  erasure.in_flight = true;
  query(self, erase_view_query(self->state.config.format, view_id),
        [self, view_id](const result<db_answer>& answer) {
          self->state.erasing.at(view_id).in_flight = false;
          const auto outcome = answer.ok() ? check_statements(*answer) : answer.failure();
          if (outcome.ok())
            erased(self, view_id, outcome);
          else
            not_erased(self, view_id, outcome.failure());
        });
}

/// Time to try again, if that erasure still goes on.
void erase_again(edge_writer_ptr self, const std::string& view_id, std::uint64_t round) {
  const auto it = self->state.erasing.find(view_id);
  if (it != self->state.erasing.end() && it->second.round == round && !it->second.in_flight)
    erase_now(self, view_id);
}

/// Nobody waits for this view's edges any more.
void forget(edge_writer_ptr self, const std::string& view_id, std::string_view why) {
  auto& state = self->state;
  state.ledger.forget(view_id);
  state.unread.erase(view_id);
  const auto gone = to_caf(fail(errc::not_found, "view " + view_id + " " + std::string{why}));
  const auto [begin, end] = state.waiting.equal_range(view_id);
  for (auto it = begin; it != end; ++it) it->second.deliver(gone);
  state.waiting.erase(begin, end);
}

caf::result<ack> erase_view(edge_writer_ptr self, const view_claim& claim) {
  auto& state = self->state;
  forget(self, claim.id, "was unregistered");
  auto promise = self->make_response_promise<ack>();
  auto [it, begun] = state.erasing.try_emplace(claim.id);
  it->second.claim = claim;
  it->second.promises.push_back(promise);
  if (!begun) return promise;
  it->second.round = ++state.erasures;
  // What is in flight for it would come after its end; it is erased when that is over.
  if (!being_written(state, claim.id)) erase_now(self, claim.id);
  return promise;
}

caf::result<ack> touch(edge_writer_ptr self, const std::string& view_id) {
  auto promise = self->make_response_promise<ack>();
  query(self, touch_view_query(self->state.config.format, view_id),
        [promise, view_id](result<db_answer> answer) mutable {
          const auto touched = first_result(std::move(answer));
          if (!touched.ok())
            promise.deliver(to_caf(touched.failure()));
          else if (!touched->is_array() || touched->as_array().empty())
            promise.deliver(to_caf(fail(errc::not_found, "no view " + view_id)));
          else
            promise.deliver(ack{});
        });
  return promise;
}

caf::result<registrations> restore(edge_writer_ptr self) {
  auto promise = self->make_response_promise<registrations>();
  query(self, stored_views_query(self->state.config.format),
        [promise](result<db_answer> answer) mutable {
          auto rows = first_result(std::move(answer));
          // No such table: nobody has registered a view here yet.
          if (!rows.ok() && rows.failure().code == errc::not_found) rows = value{array{}};
          if (!rows.ok()) {
            promise.deliver(to_caf(rows.failure()));
            return;
          }
          std::vector<std::string> skipped;
          auto views = read_stored_views(*rows, skipped);
          for (const auto& id : skipped) spdlog::error("query record {} cannot be read", id);
          promise.deliver(std::move(views));
        });
  return promise;
}

/// Views past their time to live, and views whose record somebody deleted since it was written.
result<std::vector<std::string>> read_ended(const edge_ledger& ledger,
                                            const std::set<std::string>& written,
                                            const result<db_answer>& answer) {
  if (!answer.ok()) return answer.failure();
  SPOOKY_TRY(check_statements(*answer));
  if (answer->size() != 2) return fail(errc::corrupt, "SurrealDB left out an answer");
  auto ended = read_view_keys((*answer)[0].result);
  const auto present = read_view_keys((*answer)[1].result);
  const std::set<std::string> there{present.begin(), present.end()};
  for (const auto& id : written)
    if (!there.contains(id) && ledger.settled(id)) ended.push_back(id);
  return ended;
}

caf::result<std::vector<std::string>> find_ended(edge_writer_ptr self) {
  auto promise = self->make_response_promise<std::vector<std::string>>();
  // Only what was in the database before it was asked can be missing from its answer.
  auto written = self->state.ledger.settled_views();
  query(self, ended_views_query(self->state.config.format),
        [self, promise, written](const result<db_answer>& answer) mutable {
          auto ended = read_ended(self->state.ledger, written, answer);
          if (ended.ok())
            promise.deliver(std::move(ended).value());
          else
            promise.deliver(to_caf(ended.failure()));
        });
  return promise;
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
  self->send(self->state.database, subscribe_atom_v, database_listener{self});
  return {
      [self](reconcile_atom, const registration_ptr& view, const snapshot_result_ptr& snapshot) {
        return reconcile(self, view, snapshot);
      },
      [self](delta_atom, const registration_ptr& view, const view_delta_ptr& delta) {
        self->state.ledger.merge(view->id, *delta);
        write_next(self);
      },
      [self](unregister_atom, const view_claim& claim) { return erase_view(self, claim); },
      [self](release_atom, const std::string& view) { forget(self, view, "was released"); },
      [self](subscribe_atom, const ownership_listener& owner) { self->state.owner = owner; },
      [self](restore_atom) { return restore(self); },
      [self](heartbeat_atom, const std::string& view) { return touch(self, view); },
      [self](sweep_atom) { return find_ended(self); },
      [self](status_atom) { return status(self->state); },
      [self](flush_atom) { write_next(self); },
      [self](retry_atom, const std::string& view, unsigned attempt) {
        read_stored(self, view, attempt);
      },
      [self](unregister_atom, const std::string& view, std::uint64_t round) {
        erase_again(self, view, round);
      },
      [self](connected_atom) {
        self->state.connected = true;
        write_next(self);
      },
      [self](disconnected_atom, const std::string&) { self->state.connected = false; },
      [](notify_atom, const db_notification&) {},
  };
}

}  // namespace spooky::actors
