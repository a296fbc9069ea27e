#include "actors/ssp/lane.hpp"

#include "actors/ssp/engine_start.hpp"

#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace spooky::actors {

namespace {

void begin(lane_state& state, const lane_work& work) {
  state.generation = work.generation;
  state.options.text.rules = work.answers;
  state.engine = engine_at(state.options, work.position);
}

void load(lane_state& state, const table_rows& table) {
  const auto loaded = state.engine.load(table.table, table.rows, table.seq, table.versions);
  // They are the rows of an engine, and no view reads them here yet.
  if (!loaded.ok()) throw std::logic_error(loaded.failure().message);
}

/// All is told as a whole: there is no delta that leads from what a view showed to what it shows
/// under other definitions without a state in between that never was.
void define_anew(lane_state& state, const lane_definitions& now, lane_report& report) {
  state.engine.set_definitions(now.catalog, now.rules);
  report.deltas.clear();
  for (const auto& id : state.engine.view_ids())
    if (auto shown = state.engine.snapshot(id); shown.ok())
      report.shown.push_back(
          std::make_shared<const views::view_snapshot>(std::move(shown).value()));
}

void open(lane_state& state, const lane_opening& opening, lane_report& report) {
  const auto& view = *opening.view;
  auto shown = state.engine.register_view(view.id, view.surql, view.params, view.caller);
  if (!shown.ok()) {
    report.opened.push_back({opening.ticket, view.id, std::move(shown).failure()});
    return;
  }
  report.opened.push_back({opening.ticket, view.id,
                           std::make_shared<const views::view_snapshot>(std::move(shown).value())});
}

void weigh(const lane_state& state, const view_id& id, lane_report& report) {
  report.kept[id] = state.engine.bytes_of(id);
}

lane_report carry_out(lane_state& state, const lane_work& work) {
  if (work.generation != state.generation) begin(state, work);
  state.engine.share_memory(work.elsewhere);
  for (const auto& id : work.closed) state.engine.unregister_view(id);
  for (const auto& table : work.tables) load(state, *table);
  lane_report report{work.generation, work.position};
  auto changes = work.changes;
  if (changes.empty() || changes.back().seq != work.position)
    changes.push_back(position_at(work.position));
  if (work.now) report.deltas = state.engine.advance_to(*work.now);
  for (auto& delta : state.engine.step(changes)) report.deltas.push_back(std::move(delta));
  if (work.definitions) define_anew(state, *work.definitions, report);
  for (const auto& opening : work.opened) open(state, opening, report);
  if (work.tidy)
    for (const auto& table : state.engine.unused_tables()) state.engine.unload(table);
  for (const auto& table : state.engine.tables()) report.tables.emplace_back(table.table);
  report.next_moment = state.engine.next_moment();
  report.bytes = state.engine.bytes();
  for (const auto& delta : report.deltas) weigh(state, view_id{delta.view_id}, report);
  for (const auto& shown : report.shown) weigh(state, view_id{shown->view_id}, report);
  for (const auto& attempt : report.opened) weigh(state, attempt.view, report);
  return report;
}

caf::result<snapshot_result_ptr> current(const lane_state& state, const view_id& id) {
  auto shown = state.engine.snapshot(id);
  if (!shown.ok()) return to_caf(shown.failure());
  return std::make_shared<const views::view_snapshot>(std::move(shown).value());
}

}  // namespace

lane_actor::behavior_type lane(lane_ptr self, views::engine_options options) {
  options.max_turn_time = {};
  options.max_turn_steps = std::numeric_limits<std::uint64_t>::max();
  self->state.options = std::move(options);
  return {
      [self](carry_out_atom, const lane_work_ptr& work) -> lane_report_ptr {
        return std::make_shared<const lane_report>(carry_out(self->state, *work));
      },
      [self](read_view_atom, const view_id& id) { return current(self->state, id); },
      [self](explain_view_atom, const view_id& id) {
        return to_reply(self->state.engine.explain(id));
      },
  };
}

}  // namespace spooky::actors
