#pragma once

#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// SurrealQL's types, as in `DEFINE FIELD ... TYPE` and `<type> expr`.
namespace spooky::surrealql {

/// One type: `option<array<record<person> | string, 5>>` and so on.
struct kind {
  enum class tag : std::uint8_t {
    any,
    none,
    null,
    boolean,
    integer,
    floating,
    decimal,
    number,
    string,
    duration,
    datetime,
    uuid,
    array,
    set,
    object,
    geometry,
    bytes,
    table,
    record,
    file,
    regex,
    range,
    function,
    either,   ///< one of `arguments`; `option<T>` is `none | T`
    literal,  ///< exactly `constant`; an object literal's members are kinds in `members`
  };
  tag type = tag::any;
  std::vector<kind> arguments;        ///< element type, or the alternatives
  std::vector<std::string> names;     ///< tables of a record, kinds of a geometry, buckets
  std::optional<std::uint64_t> size;  ///< the exact number of elements of an array or set
  /// Of a literal. An empty array stands for an array of the kinds in `arguments`, an empty object
  /// for an object of the kinds in `members`.
  value constant;
  std::vector<std::pair<std::string, kind>> members;  ///< of an object literal type

  friend bool operator==(const kind&, const kind&) = default;
};

/// Reads a type; the error names the column. `parse_kind(to_text(k))` gives `k`.
result<kind> parse_kind(std::string_view text);
/// Reads the type at the front of `text` and removes it from there, for `TYPE ... DEFAULT ...`.
result<kind> take_kind(std::string_view& text);
/// The engine's spelling: "none | int" for option<int>, "array<string, 5>", "record<person |
/// post>".
std::string to_text(const kind& k);

/// `<type> v`: converts where the engine's cast does ("1" to int), else fails as it does
/// ("Could not cast into `int` using input `'x'`").
result<value> cast(const kind& to, const value& v);

/// Whether `v` is of that type already, or can be taken for it without changing its meaning
/// (1.0 for int, a string for no other type): the engine's coercion, as for function arguments.
result<value> coerce(const kind& to, const value& v);
bool is_of(const kind& k, const value& v);

}  // namespace spooky::surrealql
