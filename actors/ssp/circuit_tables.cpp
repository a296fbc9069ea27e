#include "actors/ssp/circuit_tables.hpp"

#include "actors/ssp/circuit_asked.hpp"
#include "actors/ssp/circuit_definitions.hpp"
#include "actors/ssp/circuit_lane.hpp"
#include "machines/backoff.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

/// Failures that another attempt will not mend: the table, not the way to it, is at fault.
bool lasting(errc code) {
  return code == errc::evaluation_error || code == errc::not_found ||
         code == errc::invalid_argument || code == errc::unsupported;
}

std::chrono::milliseconds pause_after(circuit_ptr self, unsigned attempt) {
  const auto& config = self->state.config;
  return backoff_delay(attempt, config.retry_initial, config.retry_limit, self->id() + attempt);
}

// -- rows ---------------------------------------------------------------------------------------

void table_loaded(circuit_ptr self, const table_rows& loaded);

void load_failed(circuit_ptr self, const table_name& table, const error& why) {
  auto& state = self->state;
  const bool nothing_defined = table == state.config.definition_table;
  if (why.code == errc::not_found && (state.linked.contains(table) || nothing_defined)) {
    // Links into a table that does not exist lead nowhere, as links into an empty one do.
    table_rows nothing;
    nothing.table = table;
    return table_loaded(self, nothing);
  }
  state.intake.abandon(table);
  if (!lasting(why.code)) {
    const auto attempt = ++state.failed_loads[table];
    if (attempt == 1) spdlog::warn("table {} not loaded: {}; trying again", table, why.message);
    self->delayed_send(self, pause_after(self, attempt), load_again_atom_v, table);
    return;
  }
  state.failed_loads.erase(table);
  table_refused(self, table,
                fail(why.code, "table " + table + " cannot be loaded: " + why.message));
}

void table_loaded(circuit_ptr self, const table_rows& loaded) {
  auto& state = self->state;
  if (!state.intake.loading(loaded.table)) return;
  if (!state.intake.usable(loaded))
    return load_failed(self, loaded.table,
                       fail(errc::not_ready, "the rows at seq " + std::to_string(loaded.seq.raw()) +
                                                 " are too old"));
  const auto rows = state.intake.close(loaded, state.applied, state.config.version_field);
  const auto outcome = state.engine.load(loaded.table, rows.records, rows.seq, rows.versions);
  if (!outcome.ok()) return load_failed(self, loaded.table, outcome.failure());
  state.failed_loads.erase(loaded.table);
  if (rows.seq > state.applied) state.floors[loaded.table] = rows.seq;
  if (loaded.table == state.config.definition_table) load_definitions(self, rows.records);
  spdlog::info("table {} loaded: {} rows at seq {}", loaded.table, rows.records.size(),
               rows.seq.raw());
  tables_arrived(self);
}

/// Asks for the rows. Changes above `from` reach us: rows as of then or later leave no gap.
void fetch(circuit_ptr self, const table_name& table, sequence_number from) {
  auto& state = self->state;
  const auto since = state.intake.raise(table, from);
  const auto generation = state.generation;
  self->request(state.parts.loader, state.config.load_timeout, load_table_atom_v, table, since)
      .then(
          [self, generation](const table_rows_ptr& loaded) {
            if (generation == self->state.generation) table_loaded(self, *loaded);
          },
          [self, generation, table](const caf::error& reason) {
            if (generation == self->state.generation) load_failed(self, table, from_caf(reason));
          });
}

void fetch_granted(circuit_ptr self, const std::vector<table_name>& tables) {
  for (const auto& table : tables)
    if (self->state.intake.loading(table)) fetch(self, table, *self->state.interest.granted(table));
}

void statement_failed(circuit_ptr self, std::uint64_t revision, const error& why) {
  auto& state = self->state;
  if (!state.interest.unheard(revision)) return;
  if (state.failed_statements++ == 0)
    spdlog::warn("the scheduler was not told which tables are needed: {}; trying again",
                 why.message);
  self->delayed_send(self, pause_after(self, state.failed_statements), state_interest_atom_v);
}

// -- sweeping -----------------------------------------------------------------------------------

/// Tables that a view reads, or that are on their way to one.
std::set<table_name> needed_tables(const circuit_state& state) {
  std::set<table_name> needed;
  for (const auto& table : state.engine.tables()) needed.insert(table_name{table.table});
  for (const auto& table : state.engine.unused_tables()) needed.erase(table_name{table});
  needed.merge(state.heavy.tables());
  needed.merge(state.questions.tables());
  for (const auto& view : state.waiting) needed.insert(view.tables.begin(), view.tables.end());
  for (const auto& [table, attempts] : state.failed_loads) needed.insert(table);
  if (!state.views.empty()) needed.insert(state.config.definition_table);
  return needed;
}

std::set<table_name> idle_tables(const circuit_state& state) {
  auto idle = state.interest.wanted();
  for (const auto& table : state.engine.unused_tables()) idle.insert(table_name{table});
  for (const auto& table : needed_tables(state)) idle.erase(table);
  std::erase_if(idle, [&](const table_name& table) { return state.intake.loading(table); });
  return idle;
}

void forget_table(circuit_state& state, const table_name& table) {
  if (state.engine.has_table(table) && !state.engine.unload(table)) return;
  spdlog::info("table {} is needed no longer", table);
  state.linked.erase(table);
  state.floors.erase(table);
  state.interest.unwant(table);
}

}  // namespace

void load_table(circuit_ptr self, const table_name& table) {
  auto& state = self->state;
  if (state.intake.loading(table)) return;
  state.intake.open(table, state.applied);
  state.interest.want(table);
  if (const auto from = state.interest.granted(table)) return fetch(self, table, *from);
  state_interest(self);
}

void load_linked(circuit_ptr self, const table_name& table) {
  auto& state = self->state;
  state.linked.insert(table);
  if (!state.engine.has_table(table) && !state.failed_loads.contains(table))
    load_table(self, table);
}

void load_again(circuit_ptr self, const table_name& table) {
  const auto& waiting = self->state.waiting;
  const bool wanted = self->state.linked.contains(table) ||
                      std::any_of(waiting.begin(), waiting.end(), [&](const waiting_view& view) {
                        return std::count(view.tables.begin(), view.tables.end(), table) != 0;
                      });
  if (!wanted) self->state.failed_loads.erase(table);
  if (wanted && !self->state.engine.has_table(table)) load_table(self, table);
}

void state_interest(circuit_ptr self) {
  auto& state = self->state;
  auto statement = state.interest.next();
  if (!statement) return;
  const auto revision = statement->revision;
  self->request(state.parts.interest, state.config.statement_timeout, interest_atom_v,
                ssp_interest{state.config.ssp_id, state.config.instance, revision,
                             std::move(statement->tables)})
      .then(
          [self, revision](sequence_number from) {
            self->state.failed_statements = 0;
            fetch_granted(self, self->state.interest.heard(revision, from));
            state_interest(self);
            serve_asked(self);
          },
          [self, revision](const caf::error& reason) {
            statement_failed(self, revision, from_caf(reason));
          });
}

void resume_interest(circuit_ptr self) {
  fetch_granted(self, self->state.interest.resumed(self->state.applied));
  state_interest(self);
  serve_asked(self);
}

void sweep_tables(circuit_ptr self) {
  auto& state = self->state;
  auto idle = idle_tables(state);
  for (const auto& table : idle)
    if (state.idle.contains(table)) forget_table(state, table);
  state.idle = std::move(idle);
  state.heavy.tidy();
  serve_lane(self);
  state_interest(self);
  self->delayed_send(self, state.config.sweep_interval, drop_tables_atom_v);
}

}  // namespace spooky::actors
