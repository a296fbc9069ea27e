#include "surrealql/evaluate/evaluation.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/syntax/print.hpp"
#include "surrealql/types/kind.hpp"

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spooky::surrealql {
namespace {

// What a closure value points at. Only make_closure() builds these, so the cast back is safe.
class evaluated_closure : public closure_body {
 public:
  evaluated_closure(const closure& as_written, object seen, semantics rules)
      : written(as_written), captured(std::move(seen)), rules_(rules) {}
  std::string text() const override { return engine_text(expr{written, {}}, rules_); }

  const closure written;
  const object captured;

 private:
  semantics rules_;
};

// Everything the closure could see when it was made, innermost binding first.
object capture(const eval_context& context) {
  object out;
  for (const eval_context* level = &context; level; level = level->outer) {
    if (!level->bindings) continue;
    for (const auto& [name, bound] : *level->bindings)
      if (!out.find(name)) out.set(name, bound);
  }
  return out;
}

error wrong_argument(const std::string& type, const std::string& name) {
  return fail(errc::evaluation_error,
              "Incorrect arguments for function ANONYMOUS(). Expected a value of type '" + type +
                  "' for argument $" + name);
}

result<object> bind_arguments(const closure& written, std::span<const value> arguments) {
  object bound;
  for (std::size_t i = 0; i < written.parameters.size(); ++i) {
    const auto& [name, type] = written.parameters[i];
    const value& given = i < arguments.size() ? arguments[i] : none_value();
    if (type.empty()) {
      bound.set(name, given);
      continue;
    }
    SPOOKY_ASSIGN(const kind wanted, parse_kind(type));
    auto fitting = coerce(wanted, given);
    if (!fitting.ok()) return wrong_argument(to_text(wanted), name);
    bound.set(name, *std::move(fitting));
  }
  return bound;
}

std::string place(const position& where) {
  return "line " + std::to_string(where.line) + ", column " + std::to_string(where.column) + ": ";
}

// `type::field('a.b')`: the path written in a text.
result<value> field_by_name(const value& name, const eval_context& context) {
  if (!name.is_string())
    return fail(errc::evaluation_error,
                "Incorrect arguments for function type::field(). Argument 1 was the wrong type. "
                "Expected `string` but found `" +
                    std::string(type_name(name.type())) + "`");
  if (!context.spent->spend(1 + name.weight() / 16)) return context.spent->failure();
  SPOOKY_ASSIGN(const expr_ptr written,
                parse_expression(name.as_string(), {.rules = context.rules}));
  return compute(*written, context);
}

result<value> fields_by_name(const value& names, const eval_context& context) {
  if (!names.is_array()) return field_by_name(names, context);
  array out;
  for (const value& name : names.as_array()) {
    SPOOKY_ASSIGN(value v, field_by_name(name, context));
    out.push_back(std::move(v));
  }
  return value(std::move(out));
}

}  // namespace

value make_closure(const closure& written, const eval_context& context) {
  auto body = std::make_shared<const evaluated_closure>(written, capture(context), context.rules);
  const object& captured = body->captured;
  return value::closure(std::move(body), captured);
}

result<value> call_closure(const value& target, std::span<const value> arguments,
                           const eval_context& context, const eval_context* caller) {
  if (target.type() != value_type::closure)
    return fail(errc::evaluation_error, "There was a problem running the ANONYMOUS() function. '" +
                                            std::string(type_name(target.type())) +
                                            "' is not a function");
  const auto& body = *static_cast<const evaluated_closure*>(target.as_closure().get());
  SPOOKY_ASSIGN(const object bound, bind_arguments(body.written, arguments));
  SPOOKY_ASSIGN(eval_context inner, nested(context));
  // A statement's parameters were there when the closure was made: they come before the caller's.
  eval_context given = inner;
  given.outer = caller;
  given.bindings = context.params;
  eval_context captured = inner;
  captured.outer = caller != nullptr ? &given : nullptr;
  captured.bindings = &body.captured;
  inner.outer = &captured;
  inner.bindings = &bound;
  inner.row = nullptr;
  eval_context::returned slot;
  inner.returning = &slot;
  auto outcome = compute(*body.written.body, inner);
  if (!outcome.ok() && slot.active) outcome = std::move(slot.result);
  if (!outcome.ok() || body.written.returns.empty()) return outcome;
  SPOOKY_ASSIGN(const kind wanted, parse_kind(body.written.returns));
  auto fitting = coerce(wanted, *outcome);
  if (fitting.ok()) return fitting;
  return fail(errc::evaluation_error, "Couldn't coerce return value from function `ANONYMOUS`: " +
                                          fitting.failure().message);
}

result<value> function_bridge::call_closure(const value& closure,
                                            std::span<const value> arguments) {
  eval_context detached = context_;
  detached.document =
      context_.rules.has(behaviour::row_inside_closures) ? document_root(context_) : nullptr;
  if (detached.source) detached.source = &detached.source->inside_functions();
  if (!detached.spent->spend()) return detached.spent->failure();
  return surrealql::call_closure(closure, arguments, detached, nullptr);
}

// Whoever asks looks at no computed field.
result<value> function_bridge::fetch(const record_id& id) {
  if (!context_.source) return value();
  const field_names nothing_computed;
  auto record = context_.source->inside_functions().get_for(id, nothing_computed);
  if (!record.ok()) return record;
  if (context_.spent->spend() && context_.spent->hold(record->weight())) return record;
  return context_.spent->failure();
}

bool function_bridge::is_edge(const value& record) const noexcept {
  return surrealql::is_edge(record, context_.source ? context_.source->definitions() : nullptr);
}

result<datetime> function_bridge::now() {
  if (context_.at == nullptr)
    return fail(errc::unsupported, "the clock cannot be read here: the moment is not known");
  const datetime now = context_.at->read();
  if (!context_.at->known())
    return fail(errc::not_ready, "the clock cannot be read yet: nobody has said when it is");
  return now;
}

std::string refused_function(std::string_view name) {
  return "the function " + std::string(name) +
         "() is refused: its answer does not follow from its arguments alone, or only the database "
         "can give it";
}

result<value> compute_call(const call& node, const position& where, const eval_context& context) {
  if (node.function.starts_with("fn::")) return call_defined(node, where, context);
  // Calls are frequent and short: their arguments rarely need the heap.
  std::array<value, 4> few;
  std::vector<value> many(node.arguments.size() > few.size() ? node.arguments.size() : 0);
  const std::span<value> arguments(many.empty() ? few.data() : many.data(), node.arguments.size());
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    SPOOKY_ASSIGN(arguments[i], compute(*node.arguments[i], context));
  }
  if (node.function == "type::field" && arguments.size() == 1)
    return field_by_name(arguments[0], context);
  if (node.function == "type::fields" && arguments.size() == 1)
    return fields_by_name(arguments[0], context);
  const function_entry* entry = find_function(node.function);
  if (!entry)
    return fail(errc::unsupported, place(where) + "unknown function " + node.function + "()");
  if (!entry->call) return fail(errc::unsupported, place(where) + refused_function(node.function));
  context.spent->at(where.line, where.column);
  function_bridge bridge(context);
  return call_function(*entry, arguments, bridge);
}

}  // namespace spooky::surrealql
