#include "machines/ssp/uncaptured_tables.hpp"

#include "surrealql/database/definitions.hpp"

namespace spooky::machines {

void uncaptured_tables::learn(const record_id& id, const std::string& reason) {
  const auto table = surrealql::defined_table_name(id);
  if (!table) return;
  if (reason.empty())
    reasons_.erase(*table);
  else
    reasons_[*table] = reason;
}

void uncaptured_tables::load(std::span<const value> rows) {
  reasons_.clear();
  for (const auto& row : rows)
    if (row["id"].is_record()) learn(row["id"].as_record(), surrealql::uncaptured_reason(row));
}

void uncaptured_tables::take(const change& definition) {
  learn(definition.id, surrealql::uncaptured_reason(definition.record));
}

std::optional<error> uncaptured_tables::why(const std::vector<std::string>& tables) const {
  for (const auto& table : tables)
    if (const auto known = reasons_.find(table); known != reasons_.end())
      return fail(errc::unavailable, "table " + table + " is not captured: " + known->second);
  return std::nullopt;
}

}  // namespace spooky::machines
