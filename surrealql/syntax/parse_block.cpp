#include "surrealql/syntax/parser.hpp"
#include "surrealql/values/text.hpp"

#include <utility>

/// What stands in braces (objects, sets, blocks), IF and closures.
namespace spooky::surrealql {

namespace {

using members = std::vector<std::pair<std::string, expr_ptr>>;

/// `[x, y]` of two ints or floats.
std::optional<geometry::position> position_of(const value& v) {
  if (!v.is_array() || v.as_array().size() != 2) return std::nullopt;
  const auto number = [](const value& n) -> std::optional<double> {
    if (n.type() == value_type::integer) return static_cast<double>(n.as_integer());
    if (n.type() == value_type::floating) return n.as_floating();
    return std::nullopt;
  };
  const auto x = number(v.as_array()[0]), y = number(v.as_array()[1]);
  if (!x || !y) return std::nullopt;
  return geometry::position{*x, *y};
}

std::optional<geometry> points_of(const value& v, geometry::kind type) {
  if (!v.is_array()) return std::nullopt;
  geometry shape;
  shape.type = type;
  for (const value& item : v.as_array()) {
    const auto at = position_of(item);
    if (!at) return std::nullopt;
    shape.positions.push_back(*at);
  }
  return shape;
}

/// A list of shapes of one kind, each read by `inner`.
template <class Inner>
std::optional<geometry> parts_of(const value& v, geometry::kind type, const Inner& inner) {
  if (!v.is_array()) return std::nullopt;
  geometry shape;
  shape.type = type;
  for (const value& item : v.as_array()) {
    auto part = inner(item);
    if (!part) return std::nullopt;
    shape.parts.push_back(std::move(*part));
  }
  return shape;
}

std::optional<geometry> line_of(const value& v) { return points_of(v, geometry::kind::line); }

/// A ring is closed if its text did not close it, as the engine does.
std::optional<geometry> ring_of(const value& v) {
  auto ring = line_of(v);
  if (ring && !ring->positions.empty() && ring->positions.front() != ring->positions.back())
    ring->positions.push_back(ring->positions.front());
  return ring;
}

std::optional<geometry> polygon_of(const value& v) {
  auto shape = parts_of(v, geometry::kind::polygon, ring_of);
  return shape && shape->parts.empty() ? std::nullopt : shape;
}

std::optional<geometry> inner_geometry(const value& v) {
  if (v.type() != value_type::geometry) return std::nullopt;
  return v.as_geometry();
}

/// `{ type: 'Point', coordinates: [1, 2] }` and its siblings, written with literals only, are
/// geometries.
std::optional<geometry> geometry_of(const members& from) {
  if (from.size() != 2) return std::nullopt;
  const std::size_t type_at = from[0].first == "type" ? 0 : 1;
  const auto& [type_key, type_expr] = from[type_at];
  const auto& [key, content] = from[1 - type_at];
  const auto* name = std::get_if<literal>(&type_expr->node);
  const auto inside = constant_value(*content);
  if (type_key != "type" || name == nullptr || !name->constant.is_string() || !inside)
    return std::nullopt;
  const std::string_view type = name->constant.as_string();
  if (key == "geometries" && type == "GeometryCollection")
    return parts_of(*inside, geometry::kind::collection, inner_geometry);
  if (key != "coordinates") return std::nullopt;
  if (type == "Point") {
    const auto at = position_of(*inside);
    if (!at) return std::nullopt;
    geometry point;
    point.positions.push_back(*at);
    return point;
  }
  if (type == "LineString") return line_of(*inside);
  if (type == "Polygon") return polygon_of(*inside);
  if (type == "MultiPoint") return points_of(*inside, geometry::kind::multi_point);
  if (type == "MultiLineString") return parts_of(*inside, geometry::kind::multi_line, line_of);
  if (type == "MultiPolygon") return parts_of(*inside, geometry::kind::multi_polygon, polygon_of);
  return std::nullopt;
}

/// `$x = 1` at the beginning of a statement was once LET.
bool is_letless_let(const expr& e) {
  const auto* equal = std::get_if<binary>(&e.node);
  return equal != nullptr && equal->op == binary_op::equal &&
         std::holds_alternative<param>(equal->left->node);
}

}  // namespace

/// An object, a set or a block: decided by what follows the brace, as the engine does.
result<expr_ptr> parser::braces() {
  const position where = current_.where;
  const nesting level(*this);
  SPOOKY_TRY(level.entered());
  SPOOKY_TRY(advance());
  if (is(token_kind::right_brace)) {
    SPOOKY_TRY(advance());
    return make(object_literal{}, where);
  }
  if (is(token_kind::comma)) {
    SPOOKY_TRY(advance());
    SPOOKY_TRY(expect(token_kind::right_brace, "`}` to close the empty set"));
    return make(set_literal{}, where);
  }
  if (is(token_kind::semicolon)) return block_after({}, where);

  const lexer before = lexer_;
  const token first_token = current_;
  SPOOKY_ASSIGN(std::optional<std::string> key, object_key());
  if (key && is(token_kind::colon)) return object_after_key(std::move(*key), where);
  lexer_ = before;
  current_ = first_token;

  const bool covered = is(token_kind::left_paren);
  SPOOKY_ASSIGN(expr_ptr first, block_statement());
  if (is(token_kind::comma)) return set_after(std::move(first), where);
  if (!covered && is_letless_let(*first))
    return fail(errc::parse_error, describe(first->where) + "expected `LET` before an assignment");
  if (is(token_kind::end)) return unexpected("`,`, `;` or `}`");
  return block_after({std::move(first)}, where);
}

/// The key at this place, or nothing if none can start here or the text cannot be one.
result<std::optional<std::string>> parser::object_key() {
  std::optional<std::string> key;
  if (at_name()) {
    SPOOKY_ASSIGN(key, take_name("a key"));
  } else if (is(token_kind::string) && (current_.prefix == 0 || current_.prefix == 's')) {
    SPOOKY_ASSIGN(key, unescape(current_));
    SPOOKY_TRY(advance());
  } else if (is(token_kind::digits)) {
    const std::size_t from = current_.where.offset;
    const auto number = lexer_.number_or_duration(current_);
    if (!number.ok() || !number->is_number()) return key;
    key = std::string(lexer_.source().substr(from, lexer_.where().offset - from));
    SPOOKY_TRY(advance());
  }
  return key;
}

result<expr_ptr> parser::object_after_key(std::string first_key, position where) {
  SPOOKY_TRY(advance());
  members all;
  SPOOKY_ASSIGN(expr_ptr first, expression());
  all.emplace_back(std::move(first_key), std::move(first));
  SPOOKY_ASSIGN(bool more, eat(token_kind::comma));
  while (more && !is(token_kind::right_brace)) {
    SPOOKY_ASSIGN(std::optional<std::string> key, object_key());
    if (!key) return unexpected("an object key");
    SPOOKY_TRY(expect(token_kind::colon, "`:` after the object key"));
    SPOOKY_ASSIGN(expr_ptr member, expression());
    all.emplace_back(std::move(*key), std::move(member));
    SPOOKY_ASSIGN(more, eat(token_kind::comma));
  }
  SPOOKY_TRY(expect(token_kind::right_brace, "`,` or `}` in the object"));
  return make_object(std::move(all), where);
}

/// An object whose brace was read and which can be nothing else.
result<expr_ptr> parser::object_literal_body(position where) {
  if (is(token_kind::right_brace)) {
    SPOOKY_TRY(advance());
    return make(object_literal{}, where);
  }
  SPOOKY_ASSIGN(std::optional<std::string> key, object_key());
  if (!key) return unexpected("an object key");
  if (!is(token_kind::colon)) return unexpected("`:` after the object key");
  return object_after_key(std::move(*key), where);
}

result<expr_ptr> parser::make_object(members all, position where) {
  if (auto shape = geometry_of(all)) return make(literal{value(std::move(*shape))}, where);
  return make(object_literal{std::move(all)}, where);
}

result<expr_ptr> parser::set_after(expr_ptr first, position where) {
  set_literal set;
  set.items.push_back(std::move(first));
  SPOOKY_ASSIGN(bool more, eat(token_kind::comma));
  while (more && !is(token_kind::right_brace)) {
    SPOOKY_ASSIGN(expr_ptr item, expression());
    set.items.push_back(std::move(item));
    SPOOKY_ASSIGN(more, eat(token_kind::comma));
  }
  SPOOKY_TRY(expect(token_kind::right_brace, "`,` or `}` in the set"));
  return make(std::move(set), where);
}

/// Behind the statement that told the block from an object the engine asks for no semicolon.
result<expr_ptr> parser::block_after(std::vector<expr_ptr> statements, position where) {
  bool separated = true;
  while (true) {
    while (is(token_kind::semicolon)) {
      SPOOKY_TRY(advance());
      separated = true;
    }
    if (is(token_kind::right_brace)) break;
    if (!separated) return unexpected("`;` or `}` after the statement");
    const bool covered = is(token_kind::left_paren);
    SPOOKY_ASSIGN(expr_ptr next, block_statement());
    if (!covered && is_letless_let(*next))
      return fail(errc::parse_error, describe(next->where) + "expected `LET` before an assignment");
    statements.push_back(std::move(next));
    separated = false;
  }
  SPOOKY_TRY(advance());
  return make(block{std::move(statements)}, where);
}

result<expr_ptr> parser::block_in_braces() {
  const position where = current_.where;
  const nesting level(*this);
  SPOOKY_TRY(level.entered());
  SPOOKY_TRY(expect(token_kind::left_brace, "`{`"));
  return block_after({}, where);
}

result<expr_ptr> parser::block_statement() {
  if (!is(keyword::let)) return expression();
  const position where = current_.where;
  SPOOKY_TRY(advance());
  SPOOKY_ASSIGN(std::string name, take_parameter());
  if (is(token_kind::colon))
    return unsupported(current_.where, "LET with a type", "cast the value instead");
  SPOOKY_TRY(expect(token_kind::equal, "`=`"));
  SPOOKY_ASSIGN(expr_ptr bound, expression());
  return make(let_binding{std::move(name), std::move(bound)}, where);
}

/// `IF c { … } ELSE IF c { … } ELSE { … }` or `IF c THEN x ELSE IF c THEN x ELSE x END`.
result<expr_ptr> parser::if_expression() {
  const position where = current_.where;
  const nesting level(*this);
  SPOOKY_TRY(level.entered());
  SPOOKY_TRY(advance());
  if_else choice;
  SPOOKY_ASSIGN(expr_ptr condition, expression());
  const bool worded = is(keyword::then);
  const auto body = [&]() -> result<expr_ptr> {
    if (!worded) return block_in_braces();
    SPOOKY_ASSIGN(expr_ptr chosen, expression());
    SPOOKY_ASSIGN([[maybe_unused]] const bool closed, eat(token_kind::semicolon));
    return chosen;
  };
  if (worded) {
    SPOOKY_TRY(advance());
  } else if (!is(token_kind::left_brace)) {
    return unexpected("THEN or `{` after the condition");
  }
  SPOOKY_ASSIGN(expr_ptr first, body());
  choice.branches.emplace_back(std::move(condition), std::move(first));
  while (is(keyword::else_)) {
    SPOOKY_TRY(advance());
    if (!is(keyword::if_)) {
      SPOOKY_ASSIGN(choice.otherwise, body());
      break;
    }
    SPOOKY_TRY(advance());
    SPOOKY_ASSIGN(expr_ptr next, expression());
    if (worded) SPOOKY_TRY(expect(keyword::then, "THEN"));
    SPOOKY_ASSIGN(expr_ptr chosen, body());
    choice.branches.emplace_back(std::move(next), std::move(chosen));
  }
  if (worded) SPOOKY_TRY(expect(keyword::end, "ELSE or END"));
  return make(std::move(choice), where);
}

result<expr_ptr> parser::closure_expression() {
  const position where = current_.where;
  const nesting level(*this);
  SPOOKY_TRY(level.entered());
  closure made;
  SPOOKY_ASSIGN(const bool no_parameters, eat(token_kind::double_pipe));
  if (no_parameters) return closure_body(std::move(made), where);
  SPOOKY_TRY(advance());
  if (at_name()) return unsupported(where, "`|table:1..3|`, a mock", "it makes up records");
  while (!is(token_kind::pipe)) {
    SPOOKY_ASSIGN(std::string name, take_parameter());
    std::string type;
    if (is(token_kind::colon)) {
      SPOOKY_TRY(advance());
      const bool bracketed = is(token_kind::less);
      if (bracketed) SPOOKY_TRY(advance());
      SPOOKY_ASSIGN(type, bracketed ? type_union() : type_name());
      if (bracketed) SPOOKY_TRY(expect(token_kind::greater, "`>`"));
    }
    made.parameters.emplace_back(std::move(name), std::move(type));
    SPOOKY_ASSIGN(const bool more, eat(token_kind::comma));
    if (!more) break;
  }
  SPOOKY_TRY(expect(token_kind::pipe, "`,` or `|`"));
  return closure_body(std::move(made), where);
}

result<expr_ptr> parser::closure_body(closure made, position where) {
  if (is(token_kind::arrow)) {
    SPOOKY_TRY(advance());
    SPOOKY_ASSIGN(made.returns, type_union());
    SPOOKY_ASSIGN(made.body, block_in_braces());
  } else {
    SPOOKY_ASSIGN(made.body, expression());
  }
  return make(std::move(made), where);
}

}  // namespace spooky::surrealql
