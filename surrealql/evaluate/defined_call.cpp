#include "surrealql/evaluate/evaluation.hpp"
#include "surrealql/types/kind.hpp"

#include <string>
#include <utility>
#include <vector>

/// Params and functions that the database defines.
namespace spooky::surrealql {
namespace {

result<bool> permitted(const catalog_permission& permission, const eval_context& context) {
  if (permission.everybody || !context.source->permissions_apply()) return true;
  if (permission.condition == nullptr) return false;
  SPOOKY_ASSIGN(const value holds, compute(*permission.condition, context));
  return holds.truthy();
}

bool takes_nothing(const kind& of) { return coerce(of, value::none()).ok(); }

error wrong_count(const std::string& name, std::size_t least, std::size_t most) {
  std::string expected = std::to_string(least);
  if (least != most) expected += " to " + std::to_string(most);
  expected += most == 1 && least == 1 ? " argument." : " arguments.";
  return fail(errc::evaluation_error,
              "Incorrect arguments for function " + name + "(). The function expects " + expected);
}

result<object> bind(const call& node, const catalog_function& function,
                    const eval_context& context) {
  const auto& parameters = function.parameters;
  std::size_t least = parameters.size();
  while (least > 0 && takes_nothing(parameters[least - 1].second)) --least;
  std::vector<value> given;
  for (const expr_ptr& argument : node.arguments) {
    SPOOKY_ASSIGN(value v, compute(*argument, context));
    given.push_back(std::move(v));
  }
  if (given.size() < least || given.size() > parameters.size())
    return wrong_count(node.function, least, parameters.size());
  object bound;
  for (std::size_t i = 0; i < given.size(); ++i) {
    auto fitting = coerce(parameters[i].second, given[i]);
    if (!fitting.ok())
      return fail(errc::evaluation_error, "Incorrect arguments for function " + node.function +
                                              "(). Failed to coerce argument `$" +
                                              parameters[i].first +
                                              "`: " + fitting.failure().message);
    bound.set(parameters[i].first, *std::move(fitting));
  }
  return bound;
}

}  // namespace

const catalog_param* defined_param(std::string_view name, const eval_context& context) noexcept {
  const catalog* known = context.source != nullptr ? context.source->definitions() : nullptr;
  return known != nullptr ? known->param(name) : nullptr;
}

bool has_to_be_permitted(const catalog_param& defined, const eval_context& context) noexcept {
  return !defined.shown.everybody && context.source->permissions_apply();
}

result<value> compute_param(std::string_view name, const eval_context& context) {
  const value& known = lookup_param(name, context);
  if (&known != &none_value()) return known;
  const catalog_param* defined = defined_param(name, context);
  if (defined == nullptr) return known;
  SPOOKY_ASSIGN(const bool shown, permitted(defined->shown, context));
  if (shown) return defined->held;
  return fail(errc::evaluation_error,
              "You don't have permission to view the $" + std::string(name) + " parameter");
}

result<value> call_defined(const call& node, const position& where, const eval_context& context) {
  const catalog* known = context.source != nullptr ? context.source->definitions() : nullptr;
  const catalog_function* function =
      known != nullptr ? known->function(std::string_view(node.function).substr(4)) : nullptr;
  if (function == nullptr)
    return fail(errc::evaluation_error, "Function '" + node.function +
                                            "' not found: The function '" + node.function +
                                            "' does not exist");
  if (function->body == nullptr)
    return fail(errc::unsupported, "line " + std::to_string(where.line) + ", column " +
                                       std::to_string(where.column) + ": " + node.function +
                                       "() cannot be called here: " + function->refused);
  SPOOKY_ASSIGN(const bool allowed, permitted(function->allowed, context));
  if (!allowed)
    return fail(errc::evaluation_error,
                "You don't have permission to run the " + node.function + " function");
  SPOOKY_ASSIGN(const object bound, bind(node, *function, context));
  // The caller's row and parameters are seen inside, what is bound around the call is not.
  SPOOKY_ASSIGN(eval_context inner, nested(context));
  inner.outer = nullptr;
  inner.bindings = &bound;
  inner.row = nullptr;
  eval_context::returned slot;
  inner.returning = &slot;
  auto outcome = compute(*function->body, inner);
  if (!outcome.ok() && slot.active) outcome = std::move(slot.result);
  if (!outcome.ok() || !function->returns) return outcome;
  auto fitting = coerce(*function->returns, *outcome);
  if (fitting.ok()) return fitting;
  return fail(errc::evaluation_error, "Couldn't coerce return value from function `" +
                                          node.function + "`: " + fitting.failure().message);
}

}  // namespace spooky::surrealql
