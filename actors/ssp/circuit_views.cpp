#include "actors/ssp/circuit_views.hpp"

#include "actors/ssp/circuit_asked.hpp"
#include "actors/ssp/circuit_streams.hpp"
#include "actors/ssp/circuit_tables.hpp"

#include <memory>
#include <utility>

namespace spooky::actors {

namespace {

/// The view counts for its client no longer.
void leave_client(circuit_state& state, const view_registration& view) {
  const auto client = client_of(view);
  if (!client) return;
  const auto theirs = state.by_client.find(*client);
  theirs->second.erase(view.id);
  if (theirs->second.empty()) state.by_client.erase(theirs);
}

}  // namespace

void tell_delta(circuit_ptr self, views::view_delta delta) {
  // A new row links to a table that nobody has loaded: the view heals when that is done.
  if (const auto* table = delta.failed ? missing_table(*delta.failed) : nullptr)
    load_linked(self, table_name{*table});
  const auto it = self->state.views.find(view_id{delta.view_id});
  if (it == self->state.views.end()) return;
  if (it->second.stale && !delta.failed) {
    delta.failed = it->second.stale;
    delta.healed = false;
  }
  auto& size = it->second.size;
  self->state.rows -= size.rows();
  size.follow(delta);
  self->state.rows += size.rows();
  self->send(it->second.actor, delta_atom_v,
             std::make_shared<const views::view_delta>(std::move(delta)));
}

void tell_position(circuit_ptr self) {
  auto& state = self->state;
  for (auto it = state.settling.begin(); it != state.settling.end();
       it = state.settling.upper_bound(it->first)) {
    const auto& [id, begun] = *it;
    const auto view = state.views.find(id);
    const auto place = state.heavy.place_of(id);
    if (view == state.views.end() || place == lane_ledger::place::opening) continue;
    auto position = std::make_shared<views::view_delta>();
    position->view_id = id;
    position->seq = place == lane_ledger::place::open ? state.heavy.position() : state.applied;
    if (is_asked(state, id)) position->seq = state.questions.position(id, state.applied);
    if (position->seq <= begun) continue;
    self->send(view->second.actor, delta_atom_v, view_delta_ptr{std::move(position)});
  }
}

void keep_view(circuit_ptr self, const registration_ptr& registration, bool anew) {
  auto& state = self->state;
  auto& entry = state.views[registration->id];
  if (entry.registration) leave_client(state, *entry.registration);
  entry.registration = registration;
  // It has been registered, so its text can be read, or the database reads it.
  if (auto tables = views::engine::tables_of(registration->surql, registration->params,
                                             state.config.engine.text, registration->caller);
      tables.ok()) {
    entry.tables = std::move(tables).value();
  } else if (is_asked(state, registration->id)) {
    entry.tables = names_behind(state, registration->id);
  }
  entry.stale = state.uncaptured.why(entry.tables);
  if (!entry.actor)
    entry.actor = spawn_feed(self, registration);
  else if (anew)
    show_anew(self, entry);
  else
    self->send(entry.actor, refresh_view_atom_v, registration, std::string{});
  if (const auto client = client_of(*registration))
    state.by_client[*client].insert(registration->id);
}

void close_view(circuit_ptr self, std::map<view_id, live_view>::iterator view,
                const stream_ending& how) {
  auto& state = self->state;
  self->send(view->second.actor, close_feed_atom_v, how);
  state.rows -= view->second.size.rows();
  leave_client(state, *view->second.registration);
  state.views.erase(view);
}

snapshot_result_ptr shown_now(const circuit_state& state, const view_id& id,
                              views::view_snapshot shown) {
  const auto view = state.views.find(id);
  if (view != state.views.end() && !shown.failed) shown.failed = view->second.stale;
  return std::make_shared<const views::view_snapshot>(std::move(shown));
}

std::size_t rows_in(const views::view_snapshot& shown) {
  result_size size;
  size.begin(shown);
  return size.rows();
}

result<void> may_keep(const circuit_state& state, const view_registration& view, std::size_t rows,
                      std::size_t bytes) {
  if (state.views.contains(view.id)) return {};
  const view_usage more{1, rows, bytes};
  SPOOKY_TRY(may_add(state.config.node, {state.views.size(), state.rows, 0}, more));
  const auto client = client_of(view);
  if (!client) return {};
  view_usage now;
  if (const auto theirs = state.by_client.find(*client); theirs != state.by_client.end())
    for (const auto& id : theirs->second) {
      const auto& live = state.views.at(id);
      const bool here =
          state.heavy.place_of(id) == lane_ledger::place::circuit && !is_asked(state, id);
      ++now.views;
      now.rows += live.size.rows();
      now.bytes += here ? state.engine.bytes_of(id) : live.bytes_elsewhere;
    }
  return may_add(state.config.client, now, more);
}

void write_edges(circuit_ptr self, const registration_ptr& view, const snapshot_result_ptr& shown,
                 std::optional<snapshot_promise> promise) {
  const auto settled = [self, id = view->id] {
    auto& settling = self->state.settling;
    if (const auto it = settling.find(id); it != settling.end()) settling.erase(it);
  };
  self->state.settling.emplace(view->id, shown->seq);
  if (const auto live = self->state.views.find(view->id); live != self->state.views.end()) {
    self->state.rows -= live->second.size.rows();
    live->second.size.begin(*shown);
    self->state.rows += live->second.size.rows();
  }
  if (promise && !view->wait) std::exchange(promise, std::nullopt)->deliver(shown);
  self->request(self->state.parts.edges, self->state.config.edges_timeout, reconcile_view_atom_v,
                view, shown)
      .then(
          [settled, promise, shown](const ack&) mutable {
            settled();
            if (promise) promise->deliver(shown);
          },
          [settled, promise](const caf::error& reason) mutable {
            settled();
            if (promise) promise->deliver(reason);
          });
}

void show_whole(circuit_ptr self, const live_view& view, const snapshot_result_ptr& shown) {
  show_anew(self, view);
  write_edges(self, view.registration, shown, std::nullopt);
}

}  // namespace spooky::actors
