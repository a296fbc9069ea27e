#include "surrealql/select/named_fields.hpp"

#include "surrealql/syntax/parse.hpp"
#include "surrealql/syntax/print.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace spooky::surrealql {
namespace {

error not_a_field(const std::string& found) {
  return fail(
      errc::evaluation_error,
      "Found " + found + " on FETCH CLAUSE, but FETCH expects an idiom, a string or fields");
}

/// The path that stands in the text; null where something else does.
expr_ptr path_in(std::string_view text, const eval_context& context) {
  auto written = parse_expression(text, {.rules = context.rules});
  if (!written.ok() || !is_written_out(**written)) return nullptr;
  return *std::move(written);
}

result<expr_ptr> by_parameter(const expr& field, const eval_context& context) {
  SPOOKY_ASSIGN(const value name, evaluate(field, context));
  if (!name.is_string()) return not_a_field(to_text(name));
  if (auto found = path_in(name.as_string(), context)) return found;
  return not_a_field(print(field));
}

/// What `type::field` and `type::fields` name: SurrealDB looks at constants and parameters only.
result<void> by_function(const call& named, const eval_context& context,
                         std::vector<expr_ptr>& into) {
  const error unresolved =
      fail(errc::evaluation_error, "Invalid query: Projection function '" + named.function +
                                       "' argument could not be resolved to a field path");
  if (named.arguments.size() != 1) return unresolved;
  const expr& argument = *named.arguments[0];
  if (!std::holds_alternative<literal>(argument.node) &&
      !std::holds_alternative<param>(argument.node))
    return unresolved;
  SPOOKY_ASSIGN(const value given, evaluate(argument, context));
  const bool several = named.function == "type::fields";
  if (several != given.is_array()) return unresolved;
  for (const value& name : several ? given.as_array() : array{given}) {
    expr_ptr found = name.is_string() ? path_in(name.as_string(), context) : nullptr;
    if (!found) return unresolved;
    into.push_back(std::move(found));
  }
  return {};
}

}  // namespace

bool is_written_out(const expr& field) noexcept {
  const auto* steps = std::get_if<path>(&field.node);
  return steps != nullptr && !steps->start;
}

result<std::vector<expr_ptr>> named_fields(const std::vector<expr_ptr>& fields,
                                           const eval_context& context) {
  std::vector<expr_ptr> out;
  for (const expr_ptr& field : fields) {
    const auto* named = std::get_if<call>(&field->node);
    if (is_written_out(*field)) {
      out.push_back(field);
    } else if (std::holds_alternative<param>(field->node)) {
      SPOOKY_ASSIGN(expr_ptr found, by_parameter(*field, context));
      out.push_back(std::move(found));
    } else if (named && (named->function == "type::field" || named->function == "type::fields")) {
      SPOOKY_TRY(by_function(*named, context, out));
    } else {
      return not_a_field(print(*field));
    }
  }
  return out;
}

result<void> check_clauses(const select_statement& select, const eval_context& context) {
  for (const auto* fields : {&select.omit, &select.fetch})
    if (!std::ranges::all_of(*fields, [](const expr_ptr& e) { return is_written_out(*e); })) {
      SPOOKY_TRY(named_fields(*fields, context));
    }
  if (!select.timeout) return {};
  SPOOKY_ASSIGN(const value limit, evaluate(*select.timeout, context));
  if (limit.type() == value_type::duration) return {};
  return fail(errc::evaluation_error, "Invalid timeout value");
}

}  // namespace spooky::surrealql
