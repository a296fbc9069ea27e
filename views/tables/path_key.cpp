#include "views/tables/path_key.hpp"

#include "surrealql/evaluate/evaluate.hpp"
#include "views/tables/recording_source.hpp"
#include "views/tables/store.hpp"

#include <utility>

namespace spooky::views {

surrealql::expr_ptr expression_of(const field_path& fields) {
  surrealql::path path;
  for (const std::string& field : fields) path.parts.emplace_back(surrealql::field_part{field});
  surrealql::expr out;
  out.node = std::move(path);
  return std::make_shared<const surrealql::expr>(std::move(out));
}

std::optional<value> read_path(store& tables, const row_table& table, slot s,
                               const field_path& path, const surrealql::expr& expression,
                               std::vector<std::uint64_t>& reads) {
  const value* at = &table[s].record;
  for (const std::string& field : path) {
    if (at->is_object()) {
      at = &(*at)[field];
      continue;
    }
    if (at->is_nullish()) return value::none();
    recording_source source(tables);
    surrealql::eval_context context;
    context.source = &source;
    context.rules = tables.rules();
    context.document = &table[s].record;
    auto outcome = surrealql::evaluate(expression, context);
    reads = source.take_reads();
    if (!outcome.ok() || outcome->type() == value_type::regex) return std::nullopt;
    return std::move(*outcome);
  }
  if (at->type() == value_type::regex) return std::nullopt;
  return *at;
}

}  // namespace spooky::views
