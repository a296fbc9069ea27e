#include "actors/ssp/circuit_watch.hpp"

#include "actors/ssp/circuit_asked.hpp"
#include "actors/ssp/circuit_clock.hpp"
#include "actors/ssp/circuit_lane.hpp"
#include "actors/ssp/circuit_tables.hpp"
#include "actors/ssp/circuit_views.hpp"
#include "surrealql/values/record_order.hpp"
#include "views/results/identical.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

bool compares(const circuit_state& state, const view_id& id, const live_view& view) {
  return !view.stale && state.heavy.place_of(id) == lane_ledger::place::circuit &&
         !state.settling.contains(id);
}

/// Nothing is hidden from anybody, so that it does not matter who asks.
bool hides_nothing(const circuit_state& state) {
  if (!state.rules_in_force) return false;
  const auto& tables = state.rules_in_force->tables();
  return std::none_of(tables.begin(), tables.end(),
                      [](const auto& rule) { return rule.second.restricts(); });
}

caf::error no_view(const view_id& id) {
  return to_caf(fail(errc::not_found, "view " + id + " cannot be compared here now"));
}

// -- a table's rows -------------------------------------------------------------------------------

change as_it_is(const value& record, std::uint64_t version) {
  change c;
  c.op = change_op::update;
  c.id = record["id"].as_record();
  c.record = record;
  c.version = version;
  return c;
}

/// What makes the engine's rows of the table these. Without a seq, for they move no position.
std::vector<change> corrections(const views::table_copy& held,
                                const table_intake::folded_rows& right) {
  record_map<const value*> kept;
  for (const auto& row : held.records) kept.emplace(row["id"].as_record(), &row);
  std::vector<change> found;
  for (std::size_t i = 0; i < right.records.size(); ++i) {
    const auto& row = right.records[i];
    if (!row["id"].is_record()) continue;
    const auto known = kept.find(row["id"].as_record());
    if (known == kept.end() || !views::identical(*known->second, row))
      found.push_back(as_it_is(row, right.versions[i]));
    if (known != kept.end()) kept.erase(known);
  }
  for (const auto& [id, row] : kept) {
    change gone;
    gone.op = change_op::erase;
    gone.id = id;
    found.push_back(std::move(gone));
  }
  return found;
}

void put_right(circuit_ptr self, const table_rows& loaded) {
  auto& state = self->state;
  const auto right = state.intake.close(loaded, state.applied, state.config.version_field);
  const auto found = corrections(state.engine.rows_of(loaded.table), right);
  if (right.seq > state.applied) state.floors[loaded.table] = right.seq;
  if (found.empty()) return;
  spdlog::warn("table {}: {} rows were put right", loaded.table, found.size());
  tell_time(self);
  publish(self, state.engine.step(found));
  state.heavy.changed(found);
}

// -- a view ---------------------------------------------------------------------------------------

/// Its edges follow by deltas: written as a whole they would overtake those that are on their way.
void evaluate_anew(circuit_ptr self, const view_id& id) {
  tell_time(self);
  publish(self, self->state.engine.reopen(id));
  serve_lane(self);
  await_time(self);
}

void write_anew(circuit_ptr self, const view_id& id) {
  auto& state = self->state;
  const auto& view = state.views.at(id);
  if (!compares(state, id, view)) return;
  if (auto shown = snapshot_of(state, id); shown.ok())
    write_edges(self, view.registration, shown_now(state, id, std::move(shown).value()),
                std::nullopt);
}

/// A view whose tables are loaded again, one after the other.
struct mending {
  view_id id;
  std::vector<table_name> tables;
  std::uint64_t generation = 0;
  caf::typed_response_promise<ack> promise;
};

void mend_next(circuit_ptr self, const std::shared_ptr<mending>& work) {
  auto& state = self->state;
  if (work->tables.empty()) {
    evaluate_anew(self, work->id);
    work->promise.deliver(ack{});
    return;
  }
  const auto table = work->tables.back();
  work->tables.pop_back();
  const auto granted = state.interest.granted(table);
  if (!state.engine.has_table(table) || state.intake.loading(table) || !granted)
    return mend_next(self, work);
  state.intake.open(table, state.applied);
  const auto since = state.intake.raise(table, *granted);
  self->request(state.parts.loader, state.config.load_timeout, load_table_atom_v, table, since)
      .then(
          [self, work](const table_rows_ptr& loaded) {
            if (work->generation != self->state.generation) {
              work->promise.deliver(ack{});
              return;
            }
            if (!self->state.intake.usable(*loaded)) {
              self->state.intake.abandon(loaded->table);
              work->promise.deliver(to_caf(
                  fail(errc::not_ready, "table " + loaded->table + " came as of too long ago")));
              return;
            }
            put_right(self, *loaded);
            mend_next(self, work);
          },
          [self, work, table](const caf::error& reason) {
            if (work->generation == self->state.generation) self->state.intake.abandon(table);
            work->promise.deliver(reason);
          });
}

}  // namespace

std::vector<view_id> comparable_views(const circuit_state& state, std::size_t rows) {
  std::vector<view_id> found;
  for (const auto& [id, view] : state.views)
    if (view.size.rows() <= rows && compares(state, id, view)) found.push_back(id);
  return found;
}

caf::result<watched_view> watched(circuit_ptr self, const view_id& id) {
  const auto& state = self->state;
  const auto view = state.views.find(id);
  if (view == state.views.end() || !compares(state, id, view->second)) return no_view(id);
  auto shown = snapshot_of(state, id);
  if (!shown.ok() || shown->failed || shown->halted) return no_view(id);
  const auto& registration = view->second.registration;
  // What the database has answered it would answer again: only edges can differ.
  const bool comparable =
      !is_asked(state, id) && (registration->caller.system || hides_nothing(state));
  return watched_view{registration,
                      std::make_shared<const views::view_snapshot>(std::move(shown).value()),
                      view->second.tables, comparable};
}

caf::result<ack> mend(circuit_ptr self, const view_id& id, bool reload) {
  const auto& state = self->state;
  const auto view = state.views.find(id);
  if (view == state.views.end()) return no_view(id);
  if (!reload) {
    write_anew(self, id);
    return ack{};
  }
  const auto work = std::make_shared<mending>();
  work->id = id;
  work->generation = state.generation;
  work->promise = self->make_response_promise<ack>();
  for (const auto& table : view->second.tables) work->tables.emplace_back(table);
  const auto promise = work->promise;
  mend_next(self, work);
  return promise;
}

}  // namespace spooky::actors
