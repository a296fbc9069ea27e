#include "surrealql/syntax/parser.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

/// Type names in casts and closures, as canonical text: lower case, "option<int>" for what may be
/// NONE, "int | string" for alternatives, "array<int, 5>", "record<a | b>".
namespace spooky::surrealql {

namespace {

constexpr std::array<std::string_view, 15> plain_types = {
    "bool",   "null",   "bytes", "datetime", "decimal", "duration", "float",   "int",
    "number", "object", "point", "string",   "uuid",    "range",    "function"};

constexpr std::array<std::string_view, 7> shapes = {
    "point", "line", "polygon", "multipoint", "multiline", "multipolygon", "collection"};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string joined(const std::vector<std::string>& alternatives) {
  std::string out;
  for (const std::string& one : alternatives) out += (out.empty() ? "" : " | ") + one;
  return out;
}

}  // namespace

result<std::string> parser::type_union() {
  const nesting level(*this);
  SPOOKY_TRY(level.entered());
  std::vector<std::string> alternatives;
  bool optional = false;
  do {
    if (!alternatives.empty() || optional) SPOOKY_TRY(advance());
    SPOOKY_ASSIGN(std::string one, type_name());
    if (one == "none") {
      optional = true;
    } else {
      alternatives.push_back(std::move(one));
    }
  } while (is(token_kind::pipe));
  if (!optional) return joined(alternatives);
  return alternatives.empty() ? std::string("none") : "option<" + joined(alternatives) + ">";
}

result<std::string> parser::type_name() {
  if (!is(token_kind::word) || lower(current_.text) != "option") return concrete_type();
  SPOOKY_TRY(advance());
  SPOOKY_TRY(expect(token_kind::less, "`<`"));
  SPOOKY_ASSIGN(const std::string inner, type_union());
  SPOOKY_TRY(expect(token_kind::greater, "`>`"));
  return inner.starts_with("option<") ? inner : "option<" + inner + ">";
}

result<std::string> parser::concrete_type() {
  if (!is(token_kind::word)) return literal_type();
  const std::string name = lower(current_.text);
  if (name == "true" || name == "false") return literal_type();
  if (name == "any" || name == "none" || name == "regex" ||
      std::find(plain_types.begin(), plain_types.end(), name) != plain_types.end()) {
    SPOOKY_TRY(advance());
    return name;
  }
  if (name == "array" || name == "set") {
    SPOOKY_TRY(advance());
    if (!is(token_kind::less)) return name;
    SPOOKY_TRY(advance());
    SPOOKY_ASSIGN(std::string inner, type_union());
    if (is(token_kind::comma)) {
      SPOOKY_TRY(advance());
      if (!is(token_kind::digits)) return unexpected("the greatest number of items");
      inner += ", " + std::string(current_.text);
      SPOOKY_TRY(advance());
    }
    SPOOKY_TRY(expect(token_kind::greater, "`>`"));
    return name + "<" + inner + ">";
  }
  if (name == "record" || name == "table" || name == "geometry" || name == "file") {
    SPOOKY_TRY(advance());
    if (!is(token_kind::less)) return name;
    SPOOKY_ASSIGN(const std::string inner, type_parameters(name != "geometry"));
    return name + "<" + inner + ">";
  }
  return unexpected("a type");
}

/// `<a | b>`: table names, or the names of geometries.
result<std::string> parser::type_parameters(bool names) {
  std::vector<std::string> alternatives;
  do {
    SPOOKY_TRY(advance());
    if (!names && std::find(shapes.begin(), shapes.end(), lower(current_.text)) == shapes.end())
      return unexpected("the name of a geometry");
    SPOOKY_ASSIGN(std::string one, take_name("a name"));
    alternatives.push_back(names ? escape_name(one) : lower(one));
  } while (is(token_kind::pipe));
  SPOOKY_TRY(expect(token_kind::greater, "`>`"));
  return joined(alternatives);
}

result<std::string> parser::literal_type() {
  if (is(token_kind::string) && current_.prefix == 0) {
    SPOOKY_ASSIGN(const std::string text, unescape(current_));
    SPOOKY_TRY(advance());
    return to_text(value(text));
  }
  if (is(token_kind::digits) || is(token_kind::minus) || is(token_kind::plus)) {
    SPOOKY_ASSIGN(const value number, take_number());
    return to_text(number);
  }
  if (is(keyword::true_) || is(keyword::false_)) {
    const std::string name = lower(current_.text);
    SPOOKY_TRY(advance());
    return name;
  }
  if (is(token_kind::left_brace) || is(token_kind::left_bracket))
    return unsupported(current_.where, "an object or array type", "cast its members");
  return unexpected("a type");
}

}  // namespace spooky::surrealql
