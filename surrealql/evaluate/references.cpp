#include "surrealql/evaluate/table_source.hpp"

namespace spooky::surrealql {
result<void> table_source::references(const record_id& node, std::string_view table,
                                      std::string_view field, const row_visitor& visit) const {
  const catalog* known = definitions();
  if (known == nullptr) return {};
  const value link(node);
  const field_names nothing_computed;
  for (const auto& [name, defined] : known->tables) {
    if (!table.empty() && name != table) continue;
    for (const reference_field& from : defined.references) {
      if (!field.empty() && from.name != field) continue;
      if (!has_table(name)) {
        // Asking for it says that it is missing.
        SPOOKY_TRY(scan(name, {}, visit));
        continue;
      }
      bool more = true;
      SPOOKY_TRY(scan_for(name, {}, nothing_computed, [&](const value& row) {
        if (holds_link(row[from.name], link)) more = visit(row["id"]);
        return more;
      }));
      if (!more) return {};
    }
  }
  return {};
}

}  // namespace spooky::surrealql
