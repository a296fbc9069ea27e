#include "surrealql/evaluate/evaluate.hpp"

#include "surrealql/evaluate/evaluation.hpp"
#include "surrealql/types/kind.hpp"
#include "surrealql/values/operators.hpp"
#include "surrealql/values/pattern.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace spooky::surrealql {
namespace {

// `$this` and `$parent` where no document is current: those of the statement around a sub-query.
const value& enclosing(const eval_context& context) noexcept {
  if (context.parent) return *context.parent;
  if (!context.rules.has(behaviour::parent_without_outer)) return none_value();
  const value* root = document_root(context);
  return root ? *root : none_value();
}

std::string_view verb(binary_op op) noexcept {
  switch (op) {
    case binary_op::add:
      return "addition";
    case binary_op::subtract:
      return "subtraction";
    case binary_op::multiply:
      return "multiplication";
    case binary_op::divide:
      return "division";
    default:
      return "remainder";
  }
}

// The engine's later texts name the operands' types instead of showing them.
error named_by_types(error failure, binary_op op, const value& a, const value& b) {
  const std::string left(type_name(a.type()));
  const std::string right(type_name(b.type()));
  if (a.is_number() && b.is_number()) return failure;
  if (failure.message.starts_with("Cannot perform "))
    failure.message =
        "Cannot perform " + std::string(verb(op)) + " with '" + left + "' and '" + right + "'";
  else if (failure.message.starts_with("Cannot raise the value "))
    failure.message = "Cannot raise the value '" + left + "' with '" + right + "'";
  return failure;
}

bool is_short_circuit(binary_op op) noexcept { return op <= binary_op::truthy_coalesce; }

bool keeps_left(binary_op op, const value& left) noexcept {
  switch (op) {
    case binary_op::logical_and:
      return !left.truthy();
    case binary_op::null_coalesce:
      return !left.is_nullish();
    default:
      return left.truthy();
  }
}

bool is_predicate(binary_op op) noexcept {
  return op >= binary_op::equal && op <= binary_op::intersects;
}

bool test(binary_op op, const value& a, const value& b) {
  switch (op) {
    case binary_op::equal:
      return equal(a, b);
    case binary_op::exact_equal:
      return a == b;
    case binary_op::not_equal:
      return !equal(a, b);
    case binary_op::any_equal:
      return any_equal(a, b);
    case binary_op::all_equal:
      return all_equal(a, b);
    case binary_op::less:
      return a < b;
    case binary_op::less_equal:
      return a <= b;
    case binary_op::greater:
      return a > b;
    case binary_op::greater_equal:
      return a >= b;
    case binary_op::contains:
      return contains(a, b);
    case binary_op::contains_not:
      return !contains(a, b);
    case binary_op::contains_all:
      return contains_all(a, b);
    case binary_op::contains_any:
      return contains_any(a, b);
    case binary_op::contains_none:
      return contains_none(a, b);
    case binary_op::inside:
      return contains(b, a);
    case binary_op::not_inside:
      return !contains(b, a);
    case binary_op::all_inside:
      return contains_all(b, a);
    case binary_op::any_inside:
      return contains_any(b, a);
    case binary_op::none_inside:
      return contains_none(b, a);
    case binary_op::outside:
      return !intersects(a, b);
    default:
      return intersects(a, b);
  }
}

result<value> calculate(binary_op op, const value& a, const value& b, semantics rules) {
  switch (op) {
    case binary_op::add:
      if (rules.has(behaviour::subtract_arrays)) return add_items(a, b);
      return add(a, b);
    case binary_op::subtract:
      if (rules.has(behaviour::subtract_arrays)) return subtract_items(a, b);
      return subtract(a, b);
    case binary_op::multiply:
      return multiply(a, b);
    case binary_op::divide:
      return divide(a, b);
    case binary_op::remainder:
      return remainder(a, b);
    case binary_op::power:
      return power(a, b);
    default:
      return fail(errc::unsupported,
                  "full-text search (@@) needs a search index, which only the database has");
  }
}

// What going through the operands costs. Lists asked for in a list, or shapes compared with shapes,
// are compared each with each.
std::uint64_t steps_of(binary_op op, const value& a, const value& b) {
  if (a.type() == value_type::regex) return pattern_steps(a.as_string(), b.weight());
  if (b.type() == value_type::regex) return pattern_steps(b.as_string(), a.weight());
  const std::uint64_t left = a.weight() / 256;
  const std::uint64_t right = b.weight() / 256;
  const bool each = op >= binary_op::contains && op <= binary_op::intersects;
  return each ? (left + 1) * (right + 1) : std::min(left, right) + 1;
}

// One evaluation of one node; overloads per kind of node.
class evaluation {
 public:
  evaluation(const eval_context& context, const position& where) noexcept
      : context_(context), where_(where) {}

  result<value> operator()(const literal& node) const { return node.constant; }
  result<value> operator()(const param& node) const { return compute_param(node.name, context_); }
  result<value> operator()(const array_literal& node) const {
    SPOOKY_ASSIGN(array items, all_of(node.items));
    return value(std::move(items));
  }
  result<value> operator()(const set_literal& node) const {
    SPOOKY_ASSIGN(array items, all_of(node.items));
    return value::set(std::move(items));
  }
  result<value> operator()(const object_literal& node) const;
  result<value> operator()(const record_literal& node) const;
  result<value> operator()(const range_expr& node) const;
  result<value> operator()(const path& node) const;
  result<value> operator()(const unary& node) const;
  result<value> operator()(const binary& node) const;
  result<value> operator()(const type_cast& node) const;
  result<value> operator()(const call& node) const { return compute_call(node, where_, context_); }
  result<value> operator()(const invocation& node) const;
  result<value> operator()(const constant& node) const;
  result<value> operator()(const closure& node) const { return make_closure(node, context_); }
  result<value> operator()(const if_else& node) const;
  result<value> operator()(const block& node) const;
  result<value> operator()(const let_binding&) const { return value::none(); }
  result<value> operator()(const return_expr& node) const;
  result<value> operator()(const subquery& node) const {
    return run_subquery(*node.select, context_);
  }

 private:
  result<array> all_of(const std::vector<expr_ptr>& expressions) const {
    array out;
    out.reserve(expressions.size());
    for (const expr_ptr& item : expressions) {
      SPOOKY_ASSIGN(value v, compute(*item, context_));
      out.push_back(std::move(v));
    }
    return out;
  }

  const eval_context& context_;
  const position& where_;
};

result<value> evaluation::operator()(const object_literal& node) const {
  std::vector<object::member> members;
  members.reserve(node.members.size());
  for (const auto& [name, expression] : node.members) {
    SPOOKY_ASSIGN(value v, compute(*expression, context_));
    members.emplace_back(name, std::move(v));
  }
  return value(object(std::move(members)));
}

result<value> evaluation::operator()(const record_literal& node) const {
  SPOOKY_ASSIGN(value key, compute(*node.key, context_));
  return value(record_id{node.table, std::move(key)});
}

result<value> evaluation::operator()(const range_expr& node) const {
  value_range range;
  if (node.begin) {
    range.begin.type =
        node.begin_excluded ? range_bound::kind::excluded : range_bound::kind::included;
    SPOOKY_ASSIGN(range.begin.at, compute(*node.begin, context_));
  }
  if (node.end) {
    range.end.type = node.end_included ? range_bound::kind::included : range_bound::kind::excluded;
    SPOOKY_ASSIGN(range.end.at, compute(*node.end, context_));
  }
  return value(std::move(range));
}

result<value> evaluation::operator()(const path& node) const {
  if (!node.start)
    return walk(node.parts, context_.document ? *context_.document : value(), context_);
  SPOOKY_ASSIGN(value start, compute(*node.start, context_));
  return walk(node.parts, std::move(start), context_);
}

result<value> evaluation::operator()(const unary& node) const {
  SPOOKY_ASSIGN(const operand on, compute_operand(*node.operand, context_));
  switch (node.op) {
    case unary_op::logical_not:
      return value::boolean(!on.get().truthy());
    case unary_op::negate: {
      auto outcome = negate(on.get());
      if (outcome.ok() || on.get().is_number() || !context_.rules.has(behaviour::errors_name_types))
        return outcome;
      return fail(errc::evaluation_error,
                  "Cannot negate the value '" + std::string(type_name(on.get().type())) + "'");
    }
    case unary_op::plus:
      break;
  }
  return on.get();
}

result<value> evaluation::operator()(const binary& node) const {
  const std::uint64_t readings = context_.at != nullptr ? context_.at->readings() : 0;
  SPOOKY_ASSIGN(operand left, compute_operand(*node.left, context_));
  if (is_short_circuit(node.op)) {
    if (keeps_left(node.op, left.get())) return std::move(left).take();
    return compute(*node.right, context_);
  }
  SPOOKY_ASSIGN(const operand right, compute_operand(*node.right, context_));
  budget& spent = *context_.spent;
  if (!spent.spend(steps_of(node.op, left.get(), right.get()))) return spent.failure();
  const auto settle = [&] {
    if (context_.at != nullptr && context_.at->readings() != readings)
      settle_readings(node, left.get(), right.get(), readings, context_);
  };
  if (is_predicate(node.op)) {
    settle();
    return value::boolean(test(node.op, left.get(), right.get()));
  }
  // What is made of texts is there twice for a moment: as it is put together, and as a value.
  const std::size_t made = left.get().weight() + right.get().weight();
  if (!spent.fits(left.get().is_string() ? 2 * made : made)) return spent.failure();
  auto outcome = calculate(node.op, left.get(), right.get(), context_.rules);
  if (!outcome.ok()) settle();
  if (outcome.ok() || !context_.rules.has(behaviour::errors_name_types)) return outcome;
  return named_by_types(std::move(outcome).failure(), node.op, left.get(), right.get());
}

result<value> evaluation::operator()(const invocation& node) const {
  SPOOKY_ASSIGN(const value target, compute(*node.callee, context_));
  std::vector<value> given;
  given.reserve(node.arguments.size());
  for (const expr_ptr& argument : node.arguments) {
    SPOOKY_ASSIGN(value v, compute(*argument, context_));
    given.push_back(std::move(v));
  }
  if (!context_.spent->spend()) return context_.spent->failure();
  return call_closure(target, given, context_, &context_);
}

result<value> evaluation::operator()(const type_cast& node) const {
  SPOOKY_ASSIGN(const operand on, compute_operand(*node.operand, context_));
  if (!context_.spent->spend(1 + on.get().weight() / 256)) return context_.spent->failure();
  SPOOKY_ASSIGN(const kind to, parse_kind(node.type));
  return cast(to, on.get());
}

result<value> evaluation::operator()(const constant& node) const {
  if (const value* known = find_constant(node.name)) return *known;
  return fail(errc::unsupported, "line " + std::to_string(where_.line) + ", column " +
                                     std::to_string(where_.column) + ": unknown constant " +
                                     node.name);
}

result<value> evaluation::operator()(const if_else& node) const {
  for (const auto& [condition, result_expression] : node.branches) {
    SPOOKY_ASSIGN(const operand when, compute_operand(*condition, context_));
    if (when.get().truthy()) return compute(*result_expression, context_);
  }
  return node.otherwise ? compute(*node.otherwise, context_) : value::none();
}

result<value> evaluation::operator()(const block& node) const {
  // Each LET opens a level of its own over the ones before, so a closure made in between captures
  // exactly what stood above it.
  object bindings;
  eval_context inner = context_;
  inner.outer = &context_;
  inner.bindings = &bindings;
  value last;
  for (const expr_ptr& statement : node.statements) {
    if (const auto* let = std::get_if<let_binding>(&statement->node)) {
      SPOOKY_ASSIGN(value bound, compute(*let->bound, inner));
      bindings.set(let->name, std::move(bound));
      last = value::none();
    } else {
      SPOOKY_ASSIGN(last, compute(*statement, inner));
    }
  }
  return last;
}

result<value> evaluation::operator()(const return_expr& node) const {
  SPOOKY_ASSIGN(value v, compute(*node.result, context_));
  if (!context_.returning) return v;
  context_.returning->active = true;
  context_.returning->result = std::move(v);
  return fail(errc::internal, "RETURN outside of an evaluation");
}

}  // namespace

const value* document_root(const eval_context& context) noexcept {
  return context.row ? context.row : context.document;
}

const value& lookup_param(std::string_view name, const eval_context& context) noexcept {
  if (name == "this" || name == "self")
    return context.document ? *context.document : enclosing(context);
  for (const eval_context* level = &context; level; level = level->outer)
    if (level->bindings)
      if (const value* bound = level->bindings->find(name)) return *bound;
  if (name == "parent") return enclosing(context);
  if (context.params)
    if (const value* given = context.params->find(name)) return *given;
  const catalog_param* defined = defined_param(name, context);
  return defined != nullptr && !has_to_be_permitted(*defined, context) ? defined->held
                                                                       : none_value();
}

const value* evaluate_ref(const expr& expression, const eval_context& context) noexcept {
  if (const auto* fixed = std::get_if<literal>(&expression.node)) return &fixed->constant;
  if (const auto* named = std::get_if<param>(&expression.node)) {
    const value& found = lookup_param(named->name, context);
    if (&found != &none_value()) return &found;
    const catalog_param* defined = defined_param(named->name, context);
    return defined != nullptr && has_to_be_permitted(*defined, context) ? nullptr : &found;
  }
  const auto* steps = std::get_if<path>(&expression.node);
  if (!steps) return nullptr;
  const value* at = context.document ? context.document : &none_value();
  if (steps->start) at = evaluate_ref(*steps->start, context);
  if (!at) return nullptr;
  for (const path_part& part : steps->parts) {
    const auto* field = std::get_if<field_part>(&part);
    if (!field) return nullptr;
    if (at->is_object()) {
      const value* member = at->as_object().find(field->name);
      at = member ? member : &none_value();
    } else if (at->is_array() || at->is_record() || at->type() == value_type::geometry) {
      return nullptr;
    } else {
      at = &none_value();
    }
  }
  return at;
}

result<operand> compute_operand(const expr& expression, const eval_context& context) {
  if (const value* in_place = evaluate_ref(expression, context)) return operand(in_place);
  SPOOKY_ASSIGN(value v, compute(expression, context));
  return operand(std::move(v));
}

namespace {

// One node that cannot be borrowed, paid for. What it built on the way is gone afterwards.
result<value> compute_new(const expr& expression, const eval_context& context) {
  budget& spent = *context.spent;
  spent.at(expression.where.line, expression.where.column);
  if (!spent.spend()) return spent.failure();
  const std::size_t before = spent.held();
  auto made = std::visit(evaluation(context, expression.where), expression.node);
  if (made.ok() && !spent.settle(before, *made)) return spent.failure();
  return made;
}

}  // namespace

result<value> compute(const expr& expression, const eval_context& context) {
  if (const value* in_place = evaluate_ref(expression, context)) return *in_place;
  return compute_new(expression, context);
}

result<eval_context> nested(const eval_context& context) {
  const std::size_t deepest = context.spent->limits().depth;
  if (context.level >= deepest)
    return fail(errc::limit_exceeded, "the query nests sub-queries and closures more than " +
                                          std::to_string(deepest) + " deep");
  eval_context inner = context;
  ++inner.level;
  return inner;
}

result<value> run_subquery(const select_statement& select, const eval_context& context) {
  if (!context.source)
    return fail(errc::evaluation_error, "a sub-query needs a database, and there is none here");
  if (auto known = context.source->answer(select, context)) return *std::move(known);
  SPOOKY_ASSIGN(eval_context inner, nested(context));
  const value* row =
      context.rules.has(behaviour::row_inside_filters) ? document_root(context) : context.document;
  if (row) inner.parent = row;
  inner.document = nullptr;
  inner.row = nullptr;
  return run(select, inner);
}

result<value> evaluate(const expr& expression, const eval_context& context) {
  if (const value* in_place = evaluate_ref(expression, context)) return *in_place;
  eval_context::returned slot;
  eval_context inner = context;
  std::optional<budget> own;
  if (!inner.spent) inner.spent = &own.emplace();
  inner.returning = &slot;
  if (!inner.row) inner.row = inner.document;
  auto outcome = compute_new(expression, inner);
  if (!outcome.ok() && slot.active) return std::move(slot.result);
  return outcome;
}

result<bool> holds(const expr& condition, const eval_context& context) {
  if (const value* in_place = evaluate_ref(condition, context)) return in_place->truthy();
  if (const auto* node = std::get_if<binary>(&condition.node)) {
    if (node->op == binary_op::logical_and || node->op == binary_op::logical_or) {
      SPOOKY_ASSIGN(const bool left, holds(*node->left, context));
      if (left == (node->op == binary_op::logical_or)) return left;
      return holds(*node->right, context);
    }
    if (is_predicate(node->op)) {
      const value* left = evaluate_ref(*node->left, context);
      const value* right = evaluate_ref(*node->right, context);
      if (left && right) {
        if (context.spent && !context.spent->spend(steps_of(node->op, *left, *right)))
          return context.spent->failure();
        return test(node->op, *left, *right);
      }
    }
  }
  SPOOKY_ASSIGN(const value v, evaluate(condition, context));
  return v.truthy();
}

}  // namespace spooky::surrealql
