#include "surrealql/types/kind.hpp"
#include "surrealql/values/geometry.hpp"
#include "surrealql/values/numbers.hpp"
#include "surrealql/values/pattern.hpp"
#include "surrealql/values/text.hpp"
#include "surrealql/values/utf8.hpp"
#include "surrealql/values/value_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace spooky::surrealql {
namespace {

using tag = kind::tag;

/// The most elements `<array> a..b` may make.
constexpr std::int64_t longest_range = 1'048'576;

error cannot_cast(const value& v, std::string_view into) {
  return fail(errc::evaluation_error,
              "Could not cast into `" + std::string(into) + "` using input `" + to_text(v) + "`");
}

error unexpected(const value& v, std::string_view into) {
  return fail(errc::evaluation_error,
              "Expected `" + std::string(into) + "` but found `" + to_text(v) + "`");
}

bool same_type(tag type, const value& v) noexcept {
  switch (type) {
    case tag::none:
      return v.is_none();
    case tag::null:
      return v.is_null();
    case tag::boolean:
      return v.type() == value_type::boolean;
    case tag::integer:
      return v.type() == value_type::integer;
    case tag::floating:
      return v.type() == value_type::floating;
    case tag::decimal:
      return v.type() == value_type::decimal;
    case tag::number:
      return v.is_number();
    case tag::string:
      return v.is_string();
    case tag::duration:
      return v.type() == value_type::duration;
    case tag::datetime:
      return v.type() == value_type::datetime;
    case tag::uuid:
      return v.type() == value_type::uuid;
    case tag::array:
      return v.is_array();
    case tag::set:
      return v.type() == value_type::set;
    case tag::object:
      return v.is_object();
    case tag::geometry:
      return v.type() == value_type::geometry;
    case tag::bytes:
      return v.type() == value_type::bytes;
    case tag::table:
      return v.type() == value_type::table;
    case tag::record:
      return v.is_record();
    case tag::file:
      return v.type() == value_type::file;
    case tag::regex:
      return v.type() == value_type::regex;
    case tag::range:
      return v.type() == value_type::range;
    case tag::function:
      return v.type() == value_type::closure;
    case tag::any:
    case tag::either:
    case tag::literal:
      return false;
  }
  return false;
}

/// Whether a value of the right type also has one of the kind's names.
bool name_allowed(const kind& k, const value& v) {
  if (k.names.empty()) return true;
  std::string_view name;
  switch (k.type) {
    case tag::record:
      name = v.as_record().table;
      break;
    case tag::table:
      name = v.as_string();
      break;
    case tag::geometry:
      name = geometry_name(v.as_geometry().type);
      break;
    case tag::file:
      name = v.as_file().first;
      break;
    default:
      return true;
  }
  return std::find(k.names.begin(), k.names.end(), name) != k.names.end();
}

bool matches_literal(const kind& k, const value& v) {
  if (k.constant.is_array()) {
    if (!v.is_array() || v.as_array().size() != k.arguments.size()) return false;
    for (std::size_t i = 0; i < k.arguments.size(); ++i) {
      if (!coerce(k.arguments[i], v.as_array()[i]).ok()) return false;
    }
    return true;
  }
  if (!k.constant.is_object()) return v.type() == k.constant.type() && v == k.constant;
  if (!v.is_object()) return false;
  for (const auto& [name, member] : k.members) {
    if (!coerce(member, v[name]).ok()) return false;
  }
  return std::all_of(v.as_object().begin(), v.as_object().end(), [&](const auto& m) {
    return std::any_of(k.members.begin(), k.members.end(),
                       [&](const auto& known) { return known.first == m.first; });
  });
}

/// The engine writes the names in these errors without spaces around the bar.
std::string tight_text(const kind& k) {
  if (k.names.empty() || k.type == tag::geometry)
    return k.type == tag::geometry ? "geometry" : to_text(k);
  std::string out = to_text(kind{k.type, {}, {}, {}, {}, {}}) + "<";
  for (const auto& name : k.names) {
    if (out.back() != '<') out += '|';
    out += name;
  }
  return out + ">";
}

// -- numbers ------------------------------------------------------------------------------------

/// A float as Rust's `as i64` takes it: cut off at the ends.
std::int64_t saturated(double v) noexcept {
  constexpr double limit = 9223372036854775808.0;
  if (v >= limit) return std::numeric_limits<std::int64_t>::max();
  if (v < -limit) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(v);
}

/// The int that a number is without loss of a fraction.
std::optional<value> whole_number(const value& v) {
  switch (v.type()) {
    case value_type::integer:
      return v;
    case value_type::floating:
      if (!(std::trunc(v.as_floating()) == v.as_floating()) || std::isinf(v.as_floating()))
        return std::nullopt;
      return value(saturated(v.as_floating()));
    case value_type::decimal: {
      if (v.as_decimal().normalized().scale() != 0) return std::nullopt;
      const auto whole = v.as_decimal().to_integer();
      return whole ? std::optional<value>(*whole) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

std::optional<value> as_decimal_value(const value& v) {
  if (v.type() == value_type::decimal) return v;
  if (v.type() == value_type::integer) return value(decimal(v.as_integer()));
  const auto converted = decimal::from_double(v.as_floating());
  return converted ? std::optional<value>(*converted) : std::nullopt;
}

std::optional<value> int_from_text(std::string_view text) {
  const std::size_t sign = text.starts_with('+') ? 1 : 0;
  if (text.size() > sign && text.substr(sign).starts_with('-') && sign == 1) return std::nullopt;
  std::int64_t parsed = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + sign, end, parsed);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return value(parsed);
}

std::optional<value> float_from_text(std::string_view text) {
  const std::size_t sign = text.starts_with('+') ? 1 : 0;
  const std::string_view digits = text.substr(sign);
  if (digits.empty() || (sign == 1 && digits[0] == '-') ||
      digits.find('(') != std::string_view::npos)
    return std::nullopt;
  double parsed = 0;
  const char* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, parsed);
  if (read.ptr != end || read.ec == std::errc::invalid_argument) return std::nullopt;
  if (read.ec == std::errc::result_out_of_range) {
    // Too large gives infinity, too small zero: the exponent's sign tells which.
    const auto exponent = digits.find_first_of("eE");
    const bool tiny = exponent != std::string_view::npos && digits.substr(exponent + 1, 1) == "-";
    parsed = tiny ? 0.0 : std::numeric_limits<double>::infinity();
    if (digits[0] == '-') parsed = -parsed;
  }
  return value(parsed);
}

// -- casts of one type --------------------------------------------------------------------------

template <class Parsed>
std::optional<value> taken(result<Parsed> parsed) {
  return parsed ? std::optional<value>(value(*std::move(parsed))) : std::nullopt;
}

std::optional<value> bytes_from_array(const array& items) {
  std::string raw;
  for (const auto& item : items) {
    const auto whole = item.is_string() ? int_from_text(item.as_string()) : whole_number(item);
    if (!whole) return std::nullopt;
    raw += static_cast<char>(static_cast<unsigned char>(whole->as_integer() & 0xFF));
  }
  return value::bytes(std::move(raw));
}

/// The elements of `1..5`; nothing where the bounds are not both ints or too far apart.
std::optional<value> array_from_range(const value_range& range) {
  const auto first = whole_number(range.begin.at);
  const auto last = whole_number(range.end.at);
  if (!first || !last || range.begin.type == range_bound::kind::unbounded ||
      range.end.type == range_bound::kind::unbounded)
    return std::nullopt;
  const __int128 begin = static_cast<__int128>(first->as_integer()) +
                         (range.begin.type == range_bound::kind::excluded ? 1 : 0);
  const __int128 end = static_cast<__int128>(last->as_integer()) +
                       (range.end.type == range_bound::kind::included ? 1 : 0);
  if (end - begin > longest_range) return std::nullopt;
  array items;
  for (__int128 i = begin; i < end; ++i) items.emplace_back(static_cast<std::int64_t>(i));
  return value(std::move(items));
}

std::optional<value> cast_to_array(const value& v) {
  switch (v.type()) {
    case value_type::array:
      return v;
    case value_type::set:
      return value(array(v.as_array()));
    case value_type::range:
      return array_from_range(v.as_range());
    case value_type::bytes: {
      array items;
      for (const char c : v.as_string())
        items.emplace_back(static_cast<std::int64_t>(static_cast<unsigned char>(c)));
      return value(std::move(items));
    }
    default:
      return std::nullopt;
  }
}

std::optional<value> cast_to_geometry(const kind& k, const value& v) {
  const bool point = std::find(k.names.begin(), k.names.end(), "point") != k.names.end();
  if (!point || !v.is_array() || v.as_array().size() != 2) return std::nullopt;
  const value& x = v.as_array()[0];
  const value& y = v.as_array()[1];
  if (!x.is_number() || !y.is_number()) return std::nullopt;
  return value(geometry{geometry::kind::point, {{to_double(x), to_double(y)}}, {}});
}

/// The engine reads a record id at the front of the text and ignores what follows.
std::optional<value> record_from_text(std::string_view text) {
  value_reader reader(text);
  return taken(reader.read_record_id(false));
}

std::optional<value> cast_text(const kind& k, std::string_view text) {
  switch (k.type) {
    case tag::boolean:
      if (text != "true" && text != "false") return std::nullopt;
      return value(text == "true");
    case tag::integer:
      return int_from_text(text);
    case tag::floating:
      return float_from_text(text);
    case tag::decimal:
      if (text.find_first_of("eE") != std::string_view::npos) return std::nullopt;
      return taken(decimal::parse(text));
    case tag::number: {
      auto whole = int_from_text(text);
      return whole ? whole : float_from_text(text);
    }
    case tag::datetime:
      return taken(parse_datetime(text));
    case tag::duration:
      return taken(parse_duration(text));
    case tag::uuid:
      return taken(parse_uuid(text));
    case tag::record:
      return record_from_text(text);
    case tag::bytes:
      return value::bytes(std::string(text));
    case tag::table:
      return value::table(std::string(text));
    case tag::regex:
      if (!compile_pattern(text)) return std::nullopt;
      return value::regex(std::string(text));
    default:
      return std::nullopt;
  }
}

/// What a cast to a kind without alternatives or elements gives, or nothing.
std::optional<value> cast_single(const kind& k, const value& v) {
  if (same_type(k.type, v)) return v;
  if (k.type == tag::string) {
    if (v.type() == value_type::bytes && !valid_utf8(v.as_string())) return std::nullopt;
    if (v.type() == value_type::bytes) return value(v.as_string());
    if (v.type() == value_type::decimal) return value(v.as_decimal().to_string());
    return value(to_raw_text(v));
  }
  if (v.is_string()) return cast_text(k, v.as_string());
  switch (k.type) {
    case tag::integer:
      return whole_number(v);
    case tag::floating:
      return v.is_number() ? std::optional<value>(to_double(v)) : std::nullopt;
    case tag::decimal:
      return v.is_number() ? as_decimal_value(v) : std::nullopt;
    case tag::bytes:
      return v.is_array() ? bytes_from_array(v.as_array()) : std::nullopt;
    case tag::array:
      return cast_to_array(v);
    case tag::set:
      return v.is_array() ? std::optional<value>(value::set(v.as_array())) : std::nullopt;
    case tag::range:
      if (!v.is_array() || v.as_array().size() != 2) return std::nullopt;
      return value(value_range{{range_bound::kind::included, v.as_array()[0]},
                               {range_bound::kind::excluded, v.as_array()[1]}});
    case tag::table:
      return value::table(to_raw_text(v));
    case tag::geometry:
      return cast_to_geometry(k, v);
    default:
      return std::nullopt;
  }
}

using converter = result<value> (*)(const kind&, const value&);

/// Converts the elements of a list and checks its size. `list` is an array or a set.
result<value> convert_elements(const kind& k, const value& list, converter convert) {
  const bool set = k.type == tag::set;
  const std::string element = k.arguments.empty() ? "any" : to_text(k.arguments[0]);
  const std::string name = (set ? "set<" : "array<") + element;
  auto wrong_size = [&](std::size_t size) {
    return fail(errc::evaluation_error, "Expected `" + name + "," + std::to_string(*k.size) +
                                            ">` but found a collection of length `" +
                                            std::to_string(size) + "`");
  };
  if (!set && k.size && list.as_array().size() != *k.size)
    return wrong_size(list.as_array().size());
  array items;
  items.reserve(list.as_array().size());
  for (const auto& item : list.as_array()) {
    auto converted = k.arguments.empty() ? result<value>(item) : convert(k.arguments[0], item);
    if (!converted) {
      converted.failure().message += " when coercing an element of `" + name + ">`";
      return converted;
    }
    items.push_back(*std::move(converted));
  }
  if (!set) return value(std::move(items));
  value made = value::set(std::move(items));
  if (k.size && made.as_array().size() != *k.size) return wrong_size(made.as_array().size());
  return made;
}

result<value> convert_either(const kind& k, const value& v, converter convert) {
  for (const auto& alternative : k.arguments) {
    auto converted = convert(alternative, v);
    if (converted) return converted;
  }
  return convert == cast ? cannot_cast(v, to_text(k)) : unexpected(v, to_text(k));
}

}  // namespace

result<value> cast(const kind& to, const value& v) {
  switch (to.type) {
    case tag::any:
      return v;
    case tag::either: {
      // The engine asks first whether a cast can succeed, and there only arrays become arrays and
      // only record ids become ids of a given table.
      for (const auto& alternative : to.arguments) {
        const bool strict = alternative.type == tag::array || alternative.type == tag::set ||
                            (alternative.type == tag::record && !alternative.names.empty());
        if (strict && !same_type(alternative.type, v)) continue;
        if (alternative.type == tag::string && v.is_nullish()) continue;
        if (auto converted = cast(alternative, v)) return converted;
      }
      return cannot_cast(v, to_text(to));
    }
    case tag::literal:
      if (matches_literal(to, v)) return v;
      return cannot_cast(v, to_text(to));
    case tag::array:
    case tag::set: {
      const kind outer{tag::array, {}, {}, {}, {}, {}};
      auto list = to.type == tag::set && to.arguments.empty() && !to.size ? cast_single(to, v)
                                                                          : cast_single(outer, v);
      if (!list)
        return cannot_cast(v, to.type == tag::set && to.arguments.empty() ? "set" : "array");
      return convert_elements(to, *list, cast);
    }
    default:
      break;
  }
  auto converted = cast_single(to, v);
  if (!converted || !name_allowed(to, *converted)) return cannot_cast(v, tight_text(to));
  return *std::move(converted);
}

result<value> coerce(const kind& to, const value& v) {
  switch (to.type) {
    case tag::any:
      return v;
    case tag::either:
      return convert_either(to, v, coerce);
    case tag::literal:
      if (matches_literal(to, v)) return v;
      return unexpected(v, to_text(to));
    case tag::array:
    case tag::set:
      if (!same_type(to.type, v)) return unexpected(v, to.type == tag::set ? "set" : "array");
      return convert_elements(to, v, coerce);
    case tag::integer:
      if (auto whole = whole_number(v)) return *std::move(whole);
      return unexpected(v, "int");
    case tag::floating:
      if (v.is_number()) return value(to_double(v));
      return unexpected(v, "float");
    case tag::decimal:
      if (v.is_number()) {
        if (auto converted = as_decimal_value(v)) return *std::move(converted);
      }
      return unexpected(v, "decimal");
    case tag::table:
      if (v.is_string() && name_allowed(to, value::table(std::string(v.as_string()))))
        return value::table(std::string(v.as_string()));
      break;
    default:
      break;
  }
  if (!same_type(to.type, v) || !name_allowed(to, v)) return unexpected(v, tight_text(to));
  return v;
}

bool is_of(const kind& k, const value& v) {
  switch (k.type) {
    case tag::any:
      return true;
    case tag::either:
      return std::any_of(k.arguments.begin(), k.arguments.end(),
                         [&](const kind& alternative) { return is_of(alternative, v); });
    case tag::literal:
      return matches_literal(k, v);
    case tag::array:
    case tag::set:
      if (!same_type(k.type, v)) return false;
      if (k.size && v.as_array().size() != *k.size) return false;
      return k.arguments.empty() ||
             std::all_of(v.as_array().begin(), v.as_array().end(),
                         [&](const value& item) { return is_of(k.arguments[0], item); });
    default:
      return same_type(k.type, v) && name_allowed(k, v);
  }
}

}  // namespace spooky::surrealql
