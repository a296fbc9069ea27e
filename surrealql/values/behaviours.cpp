#include "surrealql/values/behaviours.hpp"

#include <algorithm>
#include <charconv>

namespace spooky::surrealql {
namespace {

// Answers are known of 3.0.2, 3.2.4 and 3.3.3.
constexpr server_version v3_2{3, 2, 0};
constexpr server_version v3_3{3, 3, 0};

constexpr behaviour_entry table[] = {
    {behaviour::subtract_arrays, "arrays and sets are subtracted, and lists added to sets",
     "RETURN [1, 2, 1] - [1]", "ERR", "[2]", v3_2},
    {behaviour::errors_name_types, "errors of operators name types, not values", "RETURN 1 + 'a'",
     "ERR Cannot perform addition with '1' and 'a'",
     "ERR Cannot perform addition with 'int' and 'string'", v3_2},
    {behaviour::nested_aliases, "names nest by their parts, not by the dots in their text",
     "SELECT n + 1 AS x.y FROM a WHERE n = 1", "[{ 'x.y': 2 }]", "[{ x: { y: 2 } }]", v3_2},
    {behaviour::projections_see_the_row, "a projection does not see another's result",
     "SELECT n + 1 AS n, n AS m FROM a WHERE n = 1", "[{ m: 2, n: 2 }]", "[{ m: 1, n: 2 }]", v3_2},
    {behaviour::lists_are_records, "a list of ids in FROM is read as records",
     "SELECT VALUE $this FROM [b:1, b:9]", "[b:1, b:9]", "[{ id: b:1, name: 'x' }]", v3_2},
    {behaviour::order_by_links, "ORDER BY follows the links of what it names",
     "SELECT n, r.name AS name FROM a ORDER BY name", "[{ n: 1, name: 'z' }, { n: 2, name: 'x' }]",
     "[{ n: 2, name: 'x' }, { n: 1, name: 'z' }]", v3_2},
    {behaviour::order_of_values, "SELECT VALUE may be ordered by what it does not give",
     "SELECT VALUE id FROM a ORDER BY n DESC", "ERR", "[a:2, a:1]", v3_2},
    {behaviour::order_by_unselected, "ORDER BY may name what is not selected",
     "SELECT id FROM a ORDER BY n DESC", "ERR", "[{ id: a:2 }, { id: a:1 }]", v3_3},
    {behaviour::parent_without_outer, "$parent is the row where no statement is around it",
     "SELECT VALUE $parent.n FROM a", "[NONE, NONE]", "[1, 2]", v3_2},
    {behaviour::row_inside_filters, "$parent is the row inside its filters",
     "SELECT VALUE items[WHERE k = $parent.n].k FROM a", "[[], []]", "[[1], [2]]", v3_2},
    {behaviour::row_inside_closures, "closures see the row's fields",
     "SELECT VALUE items.map(|$i| $i.k = n) FROM a", "[[false, false], [false, false]]",
     "[[true, false], [false, true]]", v3_2},
    {behaviour::filter_of_plain_values, "[WHERE] of anything but a list is NONE",
     "RETURN (1)[WHERE true]", "[1]", "NONE", v3_3},
    {behaviour::all_of_plain_values, ".* of a plain value is NONE", "RETURN (1).*", "[1]", "NONE",
     v3_2},
    {behaviour::destructured_members_nest, "y.* inside a destructuring nests under y",
     "RETURN { y: { z: 1 } }.{ y.* }", "{ z: 1 }", "{ y: { z: 1 } }", v3_2},
    {behaviour::methods_of_none, "a method that the type has not is unknown, whoever else has it",
     "RETURN NONE.len()", "ERR Method 'len' cannot be called on value of type 'none'",
     "ERR There was a problem running the len() function. no such method found for the none type",
     v3_3},
    {behaviour::names_keep_parentheses, "names keep the parentheses that the expression needs",
     "SELECT n + (1 + 1) FROM ONLY a:1", "{ 'n + 1 + 1': 3 }", "{ 'n + (1 + 1)': 3 }", v3_3},
    {behaviour::single_parameter_is_named, "a lone parameter over plain values has its name",
     "SELECT $this FROM [1, 2]", "[1, 2]", "[{ this: 1 }, { this: 2 }]", v3_2},
    {behaviour::omit_before_value, "OMIT applies to the row that SELECT VALUE reads",
     "SELECT VALUE n OMIT n FROM a", "[1, 2]", "[NONE, NONE]", v3_2},
    {behaviour::fields_of_keys, "a field of an id whose key is an object is the key's",
     "RETURN b:{ k: 7 }.k", "NONE", "7", v3_2},
    {behaviour::whole_indexes, "fractions index nothing", "RETURN [1, 2][0.5]", "1", "NONE", v3_2},
    {behaviour::no_spread_of_none, "grouped variances of no numbers are NaN",
     "SELECT VALUE math::variance(missing) FROM a GROUP ALL", "[0f]", "[NaN]", v3_2},
    {behaviour::spread_of_differences, "grouped variances keep decimals",
     "SELECT VALUE type::is_decimal(math::variance(<decimal> n)) FROM a GROUP ALL", "[false]",
     "[true]", v3_3},
    {behaviour::no_moment_of_none, "the earliest of no datetimes is NONE",
     "SELECT VALUE time::min(missing) = NONE FROM a GROUP ALL", "[false]", "[true]", v3_2},
    {behaviour::counts_are_checked, "a negative count of a unit makes no duration",
     "RETURN duration::from_secs(-1)", "584942417355y3w5d7h15s", "ERR Failed to compute", v3_2},
    {behaviour::vectors_are_checked, "similarities are of sets; nothing divides a vector by zero",
     "RETURN vector::similarity::jaccard([1, 2], [2, 2])", "1f", "0.5f", v3_3},
    {behaviour::sets_of_arrays, "set functions take arrays", "RETURN set::len([1])",
     "ERR Incorrect arguments for function set::len()", "1", v3_3},
    {behaviour::moments_are_checked, "a moment beyond 64 bits of nanoseconds has none",
     "RETURN time::nano(d'3000-01-01T00:00:00Z')", "0", "ERR Failed to compute", v3_3},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(table); ++i)
    if (static_cast<std::size_t>(table[i].which) != i) return false;
  return true;
}
static_assert(in_order() && std::size(table) <= 64);

std::optional<std::uint16_t> take_number(std::string_view& text) {
  std::uint16_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with('.')) text.remove_prefix(1);
  return number;
}

}  // namespace

std::optional<server_version> parse_server_version(std::string_view text) {
  constexpr std::string_view product = "surrealdb-";
  if (text.starts_with(product)) text.remove_prefix(product.size());
  const auto major = take_number(text);
  const auto minor = major ? take_number(text) : std::nullopt;
  if (!minor) return std::nullopt;
  return server_version{*major, *minor, take_number(text).value_or(0)};
}

std::string to_text(const server_version& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
         std::to_string(version.patch);
}

std::span<const behaviour_entry> behaviours() noexcept { return table; }

std::string_view behaviour_rows() noexcept {
  return "[{ id: a:1, n: 1, r: b:2, o: { k: 1 }, items: [{ k: 1 }, { k: 2 }] }, "
         "{ id: a:2, n: 2, r: b:1, o: { k: 2 }, items: [{ k: 1 }, { k: 2 }] }, "
         "{ id: b:1, name: 'x' }, { id: b:2, name: 'z' }]";
}

semantics semantics::of(const server_version& version) noexcept {
  semantics out;
  out.bits_ = 0;
  for (const behaviour_entry& one : table)
    if (one.since <= version) out.bits_ |= std::uint64_t{1} << static_cast<unsigned>(one.which);
  return out;
}

server_version newest_known_version() noexcept { return v3_3; }

}  // namespace spooky::surrealql
