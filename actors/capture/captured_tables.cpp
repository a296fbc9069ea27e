#include "actors/capture/captured_tables.hpp"

#include <algorithm>
#include <iterator>

namespace spooky::actors {

/// LIVE's source compares as well.
capture_source_actor source_for(source_watch_ptr self, capture_way way) {
  const auto& sources = self->state.parts.sources;
  const auto source = sources.find(way == capture_way::comparing ? capture_way::live : way);
  return source == sources.end() ? capture_source_actor{} : source->second;
}

namespace {

/// Whether what the sink holds of a table should be what the database has.
bool kept_up(const source_watch_state& state, const std::string& table) {
  if (!state.connected || !state.looked || !state.catching_up.empty()) return false;
  const auto way = state.tables.way_of(table);
  return way && way != capture_way::comparing && !state.comparing.contains(table) &&
         !state.moving.contains(table) && !state.uncaptured.contains(table) &&
         !state.troubles.contains(std::string{to_string(*way)});
}

capture_source_actor source_of(source_watch_ptr self, const std::string& table) {
  const auto way = self->state.tables.way_of(table);
  return way && !self->state.moving.contains(table) ? source_for(self, *way)
                                                    : capture_source_actor{};
}

}  // namespace

std::vector<std::string> captured_tables(const source_watch_state& state) {
  std::vector<std::string> found;
  std::copy_if(state.existing.begin(), state.existing.end(), std::back_inserter(found),
               [&](const std::string& table) { return kept_up(state, table); });
  return found;
}

caf::result<sequence_number> flush_table(source_watch_ptr self, const std::string& table) {
  const auto source = source_of(self, table);
  if (!source || !kept_up(self->state, table))
    return to_caf(fail(errc::not_ready, "table " + table + " is not captured as it should be"));
  return self->delegate(source, flush_atom_v, table);
}

void doubt_rows(source_watch_ptr self, const std::string& table,
                const std::vector<record_id>& ids) {
  if (const auto source = source_of(self, table)) self->send(source, doubt_rows_atom_v, table, ids);
}

}  // namespace spooky::actors
