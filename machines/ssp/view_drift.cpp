#include "machines/ssp/view_drift.hpp"

#include "machines/ssp/edge_ledger.hpp"
#include "machines/ssp/view_answer.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/record_order.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace spooky::machines {

namespace {

constexpr std::uint64_t prime = 1'099'511'628'211ULL;

std::uint64_t mark_of(const value& database, const value& ours) {
  return database.hash() * prime ^ ours.hash();
}

/// The parameters that differ with who asks.
bool names_session(const std::string& surql) {
  constexpr std::array<std::string_view, 4> names{"$auth", "$session", "$token", "$access"};
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return surql.find(name) != std::string::npos; });
}

/// Rows by the records they are; nothing where some are none, or one comes twice.
std::optional<record_map<value>> by_record(const value& result) {
  if (!result.is_array()) return std::nullopt;
  record_map<value> rows;
  for (const auto& row : result.as_array())
    if (!row["id"].is_record() || !rows.emplace(row["id"].as_record(), row).second)
      return std::nullopt;
  return rows;
}

value sorted(const value& result) {
  if (!result.is_array()) return result;
  auto rows = result.as_array();
  std::sort(rows.begin(), rows.end());
  return value{std::move(rows)};
}

/// The rows that only one side has, or that are not the same.
std::vector<drift> row_drift(const std::string& table, const record_map<value>& ours,
                             const record_map<value>& theirs) {
  std::vector<drift> found;
  const auto differs = [&](const record_id& id, const value& theirs_of, const value& ours_of) {
    found.push_back(
        {drift_kind::view, table, surrealql::to_text(id), id, mark_of(theirs_of, ours_of)});
  };
  for (const auto& [id, row] : theirs) {
    const auto mine = ours.find(id);
    if (mine == ours.end())
      differs(id, row, {});
    else if (mine->second != row)
      differs(id, row, mine->second);
  }
  for (const auto& [id, row] : ours)
    if (!theirs.contains(id)) differs(id, {}, row);
  std::sort(found.begin(), found.end(),
            [](const drift& a, const drift& b) { return a.row < b.row; });
  return found;
}

drift edge_differs(drift_kind kind, const intents::edge_format& format, const value& key,
                   std::uint64_t mark) {
  const record_id id{format.edge_table(), key};
  return {kind, format.edge_table(), surrealql::to_text(id), id, mark};
}

value as_value(const intents::standing_edge& edge) {
  return value{array{edge.out, value{static_cast<std::int64_t>(edge.version)},
                     value{edge.client_id}, edge.parent, edge.parent_name}};
}

std::map<value, intents::standing_edge> expected_edges(const intents::edge_format& format,
                                                       const view_registration& view,
                                                       const views::view_snapshot& shown) {
  enclosing_rows enclosing;
  for (const auto& member : shown.members) enclosing.add(view.id, member);
  std::map<value, intents::standing_edge> expected;
  for (const auto& member : shown.members) {
    auto& edge = expected[edge_id(view.id, member)];
    edge = {value{member.id}, member.version, view.client_id, {}, {}};
    const auto parent = enclosing.parent_of(view.id, member);
    if (parent.is_none()) continue;
    edge.parent = value{record_id{format.edge_table(), parent}};
    edge.parent_name = value{member.alias};
  }
  return expected;
}

}  // namespace

comparable how_comparable(const view_registration& view) {
  if (names_session(view.surql)) return comparable::no;
  const auto parsed = surrealql::parse_select(view.surql);
  if (!parsed.ok()) return comparable::no;
  const auto& select = **parsed;
  if (!select.order.empty()) return comparable::in_order;
  return select.limit || select.start ? comparable::no : comparable::rows;
}

std::vector<drift> result_drift(const view_registration& view, comparable how,
                                const std::string& table, const value& shown,
                                const value& answered) {
  if (how == comparable::no || shown == answered) return {};
  if (how == comparable::rows && sorted(shown) == sorted(answered)) return {};
  if (const auto ours = by_record(shown), theirs = by_record(answered); ours && theirs)
    if (auto rows = row_drift(table, *ours, *theirs); !rows.empty()) return rows;
  return {{drift_kind::view, table, view.id.raw(), std::nullopt, mark_of(answered, shown)}};
}

std::vector<drift> edge_drift(const intents::edge_format& format, const view_registration& view,
                              const views::view_snapshot& shown,
                              const intents::standing_view& standing) {
  std::vector<drift> found;
  if (!standing.recorded) return found;
  const auto answer = answer_of(view, shown);
  if (standing.row_count != answer.row_count || standing.merkle_root != answer.merkle_root)
    found.push_back({drift_kind::view_record, format.view_table(), view.id.raw(), std::nullopt,
                     mark_of(value{array{value{static_cast<std::int64_t>(standing.row_count)},
                                         value{standing.merkle_root}}},
                             value{answer.merkle_root})});
  const auto expected =
      view.edges ? expected_edges(format, view, shown) : std::map<value, intents::standing_edge>{};
  for (const auto& [key, edge] : expected) {
    const auto stands = standing.edges.find(key);
    if (stands == standing.edges.end())
      found.push_back(
          edge_differs(drift_kind::edge_missing, format, key, mark_of({}, as_value(edge))));
    else if (stands->second != edge)
      found.push_back(edge_differs(drift_kind::edge_changed, format, key,
                                   mark_of(as_value(stands->second), as_value(edge))));
  }
  for (const auto& [key, edge] : standing.edges)
    if (!expected.contains(key))
      found.push_back(
          edge_differs(drift_kind::edge_extra, format, key, mark_of(as_value(edge), {})));
  return found;
}

std::vector<value> keys_of_edges(const std::vector<drift>& found) {
  std::vector<value> keys;
  for (const auto& each : found)
    if (each.id && each.kind != drift_kind::view) keys.push_back(each.id->key);
  return keys;
}

}  // namespace spooky::machines
