#include "tests/unit/surrealql/syntax/random_tree.hpp"

#include <array>
#include <cmath>
#include <iterator>
#include <memory>
#include <variant>

namespace spooky::surrealql::test {

namespace {

expr_ptr make(expr::node_type node) {
  auto made = std::make_shared<expr>();
  made->node = std::move(node);
  return made;
}

/// A number that the parser would join with a sign before it.
bool takes_sign(const expr_ptr& e) {
  const auto* fixed = std::get_if<literal>(&e->node);
  return fixed != nullptr && fixed->constant.is_number();
}

constexpr std::array types = {"int",
                              "string",
                              "option<int>",
                              "array<string, 5>",
                              "int | string",
                              "record<a | b>",
                              "set<int>",
                              "geometry<point>",
                              "array<option<int>>",
                              "datetime",
                              "any"};
constexpr std::array functions = {"count", "string::len", "array::distinct", "math::sum",
                                  "type::is_int"};
constexpr std::array constants = {"math::pi", "time::epoch", "math::inf"};

}  // namespace

std::string random_tree::name() {
  static constexpr std::array names = {"a",     "b",    "name",   "a b",  "select", "value", "from",
                                       "order", "2x",   "é",      "NONE", "in",     "type",  "rand",
                                       "x`y",   "NaN",  "_under", "on",   "where",  "if",    "as",
                                       "limit", "a\\b", "count",  "by",   "only",   "fetch", "end"};
  return pick(names);
}

value random_tree::scalar() {
  switch (below(16)) {
    case 0:
      return value::none();
    case 1:
      return value::null();
    case 2:
      return value(chance(50));
    case 3:
      return value(static_cast<std::int64_t>(below(2000)) - 1000);
    case 4:
      return value::integer(chance(50) ? INT64_MAX : INT64_MIN);
    case 5:
      return value::floating(
          std::ldexp(static_cast<double>(below(1000)) - 500, static_cast<int>(below(80)) - 40));
    case 6:
      return value(*decimal::parse("12.50"));
    case 7:
      return value(std::string("it's \"q\" \n\t\\ é 😀"));
    case 8:
      return value(name());
    case 9:
      return value(duration{below(100'000'000), static_cast<std::uint32_t>(below(1'000'000'000))});
    case 10:
      return value(datetime{static_cast<std::int64_t>(below(4'000'000'000)) - 1'000'000'000,
                            static_cast<std::uint32_t>(below(1'000'000'000))});
    case 11: {
      uuid u;
      for (auto& byte : u.bytes) byte = static_cast<std::uint8_t>(below(256));
      return value(u);
    }
    case 12:
      return value::bytes(std::string("\x00\xff z", 4));
    case 13:
      return value::regex("a/b\\d+[c\\]]");
    case 14: {
      geometry point;
      point.positions.emplace_back(1.5, -2);
      return value(point);
    }
    default:
      return value(record_id{name(), key()});
  }
}

value random_tree::key() {
  switch (below(5)) {
    case 0:
      return value(static_cast<std::int64_t>(below(200)) - 100);
    case 1:
      return value(name());
    case 2:
      return value(std::string("123"));
    case 3:
      return value(array{value("a"), value(1), value::none()});
    default:
      return value(object{{"a", value(1)}, {"b c", value("x")}});
  }
}

expr_ptr random_tree::leaf() {
  switch (below(4)) {
    case 0:
      return make(param{name()});
    case 1:
      return make(constant{pick(constants)});
    case 2:
      return field_path(0, true);
    default:
      return make(literal{chance(10) ? value(array{scalar(), scalar()}) : scalar()});
  }
}

expr_ptr random_tree::field_path(int depth, bool basic) {
  path p;
  p.parts.emplace_back(field_part{name()});
  for (std::size_t i = below(3); i > 0; --i) {
    if (basic) {
      switch (below(4)) {
        case 0:
          p.parts.emplace_back(all_part{});
          break;
        case 1:
          p.parts.emplace_back(last_part{});
          break;
        case 2:
          p.parts.emplace_back(index_part{make(literal{value(3)})});
          break;
        default:
          p.parts.emplace_back(field_part{name()});
      }
    } else {
      p.parts.push_back(part(depth));
    }
  }
  return make(std::move(p));
}

std::vector<expr_ptr> random_tree::several(int depth, std::size_t least) {
  std::vector<expr_ptr> items;
  for (std::size_t i = least + below(3); i > 0; --i) items.push_back(expression(depth));
  return items;
}

expr_ptr random_tree::key_range(int depth) {
  range_expr range;
  const auto bound = [&]() -> expr_ptr {
    if (depth > 0 && chance(20))
      return make(array_literal{{make(param{name()}), make(literal{scalar()})}});
    value v = key();
    // An object is read as a tree of its own, not as one literal.
    if (v.is_object()) v = value(7);
    return make(literal{std::move(v)});
  };
  if (chance(70)) range.begin = bound();
  if (chance(70)) range.end = bound();
  range.begin_excluded = range.begin && chance(40);
  range.end_included = range.end && chance(40);
  return make(std::move(range));
}

expr_ptr random_tree::record(int depth) {
  if (chance(50)) return make(record_literal{name(), key_range(depth)});
  return make(
      record_literal{name(), make(array_literal{{make(param{name()}), expression(depth)}})});
}

graph_part random_tree::graph(int depth) {
  graph_part step;
  step.direction = static_cast<graph_direction>(below(4));
  for (std::size_t i = below(3); i > 0; --i)
    step.targets.push_back({name(), chance(20) ? key_range(depth) : nullptr, {}});
  if (depth <= 0) return step;
  if (chance(20)) {
    select_statement inner;
    inner.projections.push_back({});
    if (chance(50)) inner.projections.push_back({expression(depth - 1), field_path(0, true)});
    row_clauses(inner, depth - 1);
    if (chance(30)) inner.limit = expression(depth - 1);
    step.select = std::make_shared<const select_statement>(std::move(inner));
  } else {
    if (chance(30)) step.where = expression(depth - 1);
    if (chance(20)) step.limit = expression(depth - 1);
    if (chance(20)) step.start = expression(depth - 1);
  }
  if (chance(20)) step.alias = field_path(0, true);
  return step;
}

recurse_part random_tree::recursion(int depth) {
  recurse_part repeat;
  if (chance(60)) repeat.min = static_cast<std::uint32_t>(below(5));
  if (chance(60)) repeat.max = static_cast<std::uint32_t>(below(5));
  static constexpr std::array instructions = {"", "path", "collect", "path+inclusive", "shortest"};
  repeat.instruction = pick(instructions);
  if (repeat.instruction == "shortest") repeat.target = make(param{name()});
  if (chance(50)) {
    path inner;
    inner.parts.emplace_back(graph(depth));
    repeat.path = make(std::move(inner));
  }
  return repeat;
}

destructure_part random_tree::destructuring(int depth) {
  destructure_part picked;
  for (std::size_t i = 1 + below(3); i > 0; --i) {
    const std::string field = name();
    path own;
    own.parts.emplace_back(field_part{field});
    const bool all = chance(20);
    if (all)
      own.parts.emplace_back(all_part{});
    else if (depth > 0 && chance(20))
      own.parts.emplace_back(destructuring(depth - 1));
    if (chance(70))
      picked.members.push_back({field, make(std::move(own)), all && chance(50)});
    else
      picked.members.push_back({field, expression(depth)});
  }
  return picked;
}

path_part random_tree::part(int depth) {
  switch (below(12)) {
    case 0:
      return all_part{};
    case 1:
      return last_part{};
    case 2:
      return optional_part{};
    case 3:
      return flatten_part{};
    case 4:
      return index_part{expression(depth - 1)};
    case 5:
      return where_part{expression(depth - 1)};
    case 6:
      return method_part{name(), several(depth - 1, 0)};
    case 7:
      return destructuring(depth - 1);
    case 8:
      return recursion(depth - 1);
    case 9:
      return graph(depth);
    default:
      return field_part{name()};
  }
}

expr_ptr random_tree::any_path(int depth) {
  if (chance(40)) return field_path(depth, false);
  path p;
  if (chance(50)) {
    p.parts.emplace_back(graph(depth));
  } else {
    p.start = expression(depth - 1);
    // A bare name's path would be continued instead of becoming a start without parentheses.
    p.parts.push_back(part(depth));
  }
  for (std::size_t i = below(3); i > 0; --i) p.parts.push_back(part(depth));
  return make(std::move(p));
}

expr_ptr random_tree::collection(int depth) {
  switch (below(4)) {
    case 0: {
      auto items = several(depth - 1, 1);
      items.push_back(make(param{name()}));
      return make(array_literal{std::move(items)});
    }
    case 1:
      return make(set_literal{several(depth - 1, 0)});
    case 2: {
      object_literal members;
      for (std::size_t i = below(3); i > 0; --i)
        members.members.emplace_back(name(), expression(depth - 1));
      return make(std::move(members));
    }
    default:
      return record(depth - 1);
  }
}

expr_ptr random_tree::operation(int depth) {
  switch (below(7)) {
    case 0: {
      const auto op = static_cast<unary_op>(below(3));
      expr_ptr operand = expression(depth - 1);
      if (op != unary_op::logical_not && takes_sign(operand)) operand = make(param{"n"});
      return make(unary{op, std::move(operand)});
    }
    case 1:
      return make(type_cast{pick(types), expression(depth - 1)});
    case 2: {
      range_expr range;
      if (chance(70)) range.begin = expression(depth - 1);
      if (chance(70)) range.end = expression(depth - 1);
      range.begin_excluded = range.begin && chance(40);
      range.end_included = range.end && chance(40);
      return make(std::move(range));
    }
    case 3:
      return make(invocation{make(param{name()}), {expression(depth - 1), expression(depth - 1)}});
    default: {
      auto op = static_cast<binary_op>(below(static_cast<std::size_t>(binary_op::power) + 1));
      if (op == binary_op::matches) op = binary_op::equal;
      return make(binary{op, expression(depth - 1), expression(depth - 1)});
    }
  }
}

expr_ptr random_tree::control(int depth) {
  switch (below(5)) {
    case 0: {
      if_else choice;
      for (std::size_t i = 1 + below(2); i > 0; --i)
        choice.branches.emplace_back(expression(depth - 1), expression(depth - 1));
      if (chance(50)) choice.otherwise = expression(depth - 1);
      return make(std::move(choice));
    }
    case 1: {
      block b;
      b.statements.push_back(make(let_binding{name(), expression(depth - 1)}));
      b.statements.push_back(make(return_expr{expression(depth - 1)}));
      b.statements.push_back(expression(depth - 1));
      return make(std::move(b));
    }
    case 2:
      return make(block{{expression(depth - 1)}});
    case 3: {
      closure c;
      c.parameters.emplace_back(name(), chance(50) ? pick(types) : "");
      c.body = expression(depth - 1);
      if (chance(30)) {
        c.returns = pick(types);
        c.body = make(block{{expression(depth - 1)}});
      }
      return make(std::move(c));
    }
    default:
      return make(subquery{select(depth - 1)});
  }
}

expr_ptr random_tree::expression(int depth) {
  if (depth <= 0 || chance(15)) return leaf();
  switch (below(6)) {
    case 0:
    case 1:
      return operation(depth);
    case 2:
      return any_path(depth);
    case 3:
      return collection(depth);
    case 4:
      return control(depth);
    default:
      return make(call{pick(functions), several(depth - 1, 0)});
  }
}

void random_tree::row_clauses(select_statement& s, int depth) {
  if (chance(50)) s.where = expression(depth);
  if (chance(15)) {
    s.split.push_back(field_path(0, true));
  } else if (chance(20)) {
    s.group_all = chance(50);
    if (!s.group_all) s.group.push_back(field_path(0, true));
    // A group has no `*`, and selects its keys.
    if (!s.value_only)
      s.projections.front() = {s.group_all ? expression(depth) : s.group.front(), nullptr};
  }
  if (chance(10)) {
    s.order_random = true;
  } else if (chance(30)) {
    for (std::size_t i = 1 + below(2); i > 0; --i)
      s.order.push_back({field_path(0, true), chance(20), chance(20), chance(50)});
  }
}

select_ptr random_tree::select(int depth) {
  select_statement s;
  s.value_only = chance(20);
  if (s.value_only) {
    s.projections.push_back({expression(depth), nullptr});
  } else {
    s.projections.push_back({});
    for (std::size_t i = below(3); i > 0; --i)
      s.projections.push_back({expression(depth), chance(50) ? field_path(0, true) : nullptr});
  }
  if (chance(15)) s.omit.push_back(field_path(depth, false));
  s.only = chance(15);
  for (std::size_t i = 1 + below(2); i > 0; --i)
    s.from.push_back(chance(60) ? make(literal{value::table(name())})
                                : make(literal{value(record_id{name(), value(1)})}));
  s.no_index = chance(10);
  if (!s.no_index && chance(10)) s.with_indexes = {name(), name()};
  row_clauses(s, depth);
  if (s.value_only) {
    s.order.clear();
    s.group.clear();
    s.split.clear();
  }
  if (chance(30)) s.limit = expression(depth);
  if (chance(30)) s.start = expression(depth);
  if (chance(15)) s.fetch.push_back(field_path(depth, false));
  if (chance(10)) s.timeout = expression(depth);
  if (chance(5)) s.explain = explain_mode::full;
  return std::make_shared<const select_statement>(std::move(s));
}

}  // namespace spooky::surrealql::test
