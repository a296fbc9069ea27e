#include "surrealql/values/text.hpp"

#include "surrealql/values/calendar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace spooky::surrealql {
namespace {

/// Keywords that SurrealQL writes in backticks where they name a table or field. Sorted.
constexpr std::array<std::string_view, 44> reserved_words = {
    "AFTER",    "ALL",    "ALTER",  "BEFORE", "BEGIN",  "BREAK",    "BY",    "CANCEL",   "COMMIT",
    "CONTINUE", "CREATE", "DEFINE", "DELETE", "DIFF",   "FALSE",    "FOR",   "FUNCTION", "IF",
    "INFO",     "INSERT", "KILL",   "LET",    "LIVE",   "NONE",     "NULL",  "OPTION",   "RAND",
    "REBUILD",  "RELATE", "REMOVE", "RETURN", "SELECT", "SEQUENCE", "SHOW",  "SLEEP",    "TABLE",
    "TB",       "THROW",  "TRUE",   "UPDATE", "UPSERT", "USE",      "VALUE", "WHERE"};

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_word(char c) noexcept {
  return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_reserved(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return std::binary_search(reserved_words.begin(), reserved_words.end(), upper);
}

bool is_plain_name(std::string_view name) noexcept {
  return !name.empty() && !is_digit(name[0]) && std::all_of(name.begin(), name.end(), is_word) &&
         name != "NaN" && name != "Infinity";
}

bool is_plain_key(std::string_view key) noexcept {
  return std::all_of(key.begin(), key.end(), is_word) &&
         std::any_of(key.begin(), key.end(), [](char c) { return !is_digit(c) && c != '_'; }) &&
         key != "NaN" && key != "Infinity";
}

void append_quoted(std::string_view text, char quote, std::string& out) {
  out += quote;
  for (const char c : text) {
    switch (c) {
      case '\0':
        out += "\\0";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\b':
        out += "\\u{8}";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        if (c == quote) out += '\\';
        out += c;
    }
  }
  out += quote;
}

void append_string(std::string_view text, std::string& out) {
  append_quoted(text, text.find('\'') == std::string_view::npos ? '\'' : '"', out);
}

void append_name(std::string_view name, std::string& out) {
  if (is_plain_name(name) && !is_reserved(name)) {
    out += name;
  } else {
    append_quoted(name, '`', out);
  }
}

void append_bytes(std::string_view raw, std::string& out) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  out += "b\"";
  for (const char c : raw) {
    out += hex[static_cast<unsigned char>(c) >> 4];
    out += hex[static_cast<unsigned char>(c) & 0xF];
  }
  out += '"';
}

void append_file_part(std::string_view text, bool escape_slash, std::string& out) {
  for (const char c : text) {
    const bool plain = (is_word(c) || c == '-' || c == '.' || (c == '/' && !escape_slash)) ||
                       (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (!plain) out += '\\';
    out += c;
  }
}

template <class Items, class Append>
void append_list(const Items& items, Append append, std::string& out) {
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ", ";
    first = false;
    append(item);
  }
}

// -- geometries ---------------------------------------------------------------------------------

void append_position(const geometry::position& at, char open, char close, std::string& out) {
  out += open;
  out += float_digits(at.first) + ", " + float_digits(at.second);
  out += close;
}

/// The nested coordinate lists of GeoJSON.
void append_coordinates(const geometry& shape, std::string& out) {
  out += '[';
  append_list(
      shape.positions, [&](const auto& at) { append_position(at, '[', ']', out); }, out);
  append_list(
      shape.parts, [&](const auto& part) { append_coordinates(part, out); }, out);
  out += ']';
}

void append_geometry(const geometry& shape, std::string& out) {
  switch (shape.type) {
    case geometry::kind::point:
      append_position(shape.positions.empty() ? geometry::position{} : shape.positions[0], '(', ')',
                      out);
      return;
    case geometry::kind::line:
      out += "{ type: 'LineString'";
      break;
    case geometry::kind::polygon:
      out += "{ type: 'Polygon'";
      break;
    case geometry::kind::multi_point:
      out += "{ type: 'MultiPoint'";
      break;
    case geometry::kind::multi_line:
      out += "{ type: 'MultiLineString'";
      break;
    case geometry::kind::multi_polygon:
      out += "{ type: 'MultiPolygon'";
      break;
    case geometry::kind::collection:
      out += "{ type: 'GeometryCollection', geometries: [";
      append_list(
          shape.parts, [&](const auto& part) { append_geometry(part, out); }, out);
      out += "] }";
      return;
  }
  out += ", coordinates: ";
  append_coordinates(shape, out);
  out += " }";
}

// -- composite values ---------------------------------------------------------------------------

void append_key(const value& key, std::string& out);

void append_range(const value_range& range, void (*append)(const value&, std::string&),
                  std::string& out) {
  if (range.begin.type != range_bound::kind::unbounded) append(range.begin.at, out);
  if (range.begin.type == range_bound::kind::excluded) out += '>';
  out += "..";
  if (range.end.type == range_bound::kind::included) out += '=';
  if (range.end.type != range_bound::kind::unbounded) append(range.end.at, out);
}

void append_key(const value& key, std::string& out) {
  if (key.is_string()) {
    const auto text = key.as_string();
    if (is_plain_key(text)) {
      out += text;
    } else {
      append_quoted(text, '`', out);
    }
  } else if (key.type() == value_type::range) {
    append_range(key.as_range(), append_key, out);
  } else {
    append_text(key, out);
  }
}

void append_object(const object& members, std::string& out) {
  if (members.empty()) {
    out += "{  }";
    return;
  }
  out += "{ ";
  append_list(
      members,
      [&](const object::member& m) {
        if (is_plain_name(m.first)) {
          out += m.first;
        } else {
          append_quoted(m.first, '"', out);
        }
        out += ": ";
        append_text(m.second, out);
      },
      out);
  out += " }";
}

void append_set(const array& items, std::string& out) {
  if (items.empty()) {
    out += "{,}";
    return;
  }
  out += '{';
  append_list(
      items, [&](const value& item) { append_text(item, out); }, out);
  if (items.size() == 1) out += ',';
  out += '}';
}

void append_regex(std::string_view pattern, std::string& out) {
  out += '/';
  for (const char c : pattern) {
    if (c == '/') out += '\\';
    out += c;
  }
  out += '/';
}

}  // namespace

// -- scalars ------------------------------------------------------------------------------------

namespace {

/// Of two equally short and equally near digit strings to_chars takes the even one; Rust, and so
/// the engine, takes the larger. `digits` are the shortest digits of `v`.
void break_tie_upwards(double v, std::string& digits) {
  constexpr std::size_t shortest_tie = 15;
  constexpr int exact_digits = 60;
  if (digits.size() < shortest_tie || digits.back() == '9') return;
  char buffer[exact_digits + 16];
  std::to_chars(buffer, buffer + sizeof buffer, v, std::chars_format::scientific, exact_digits);
  const std::string_view rest(buffer + digits.size() + 1, exact_digits + 1 - digits.size());
  if (rest[0] == '5' && rest.find_first_not_of('0', 1) == std::string_view::npos &&
      std::string_view(buffer + 2, digits.size() - 1) == std::string_view(digits).substr(1))
    ++digits.back();
}

}  // namespace

std::string float_digits(double v) {
  if (std::isnan(v)) return "NaN";
  if (std::isinf(v)) return std::signbit(v) ? "-inf" : "inf";
  char buffer[40];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, std::fabs(v), std::chars_format::scientific)
          .ptr;
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  const auto e = text.find('e');
  std::string digits(1, text[0]);
  if (e > 2) digits += text.substr(2, e - 2);
  break_tie_upwards(std::fabs(v), digits);
  int exponent = 0;
  const char* power = text.data() + e + 1;
  if (*power == '+') ++power;
  std::from_chars(power, end, exponent);

  std::string out = std::signbit(v) ? "-" : "";
  if (exponent < 0)
    return out + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return out + digits + std::string(whole - digits.size(), '0');
  return out + digits.substr(0, whole) + "." + digits.substr(whole);
}

std::string to_text(double v) {
  if (std::isnan(v)) return "NaN";
  if (std::isinf(v)) return std::signbit(v) ? "-Infinity" : "Infinity";
  return float_digits(v) + "f";
}

std::string to_text(const duration& v) {
  if (v.seconds == 0 && v.nanos == 0) return "0ns";
  struct unit {
    std::uint64_t size;
    std::string_view name;
  };
  constexpr unit large[] = {{31'536'000, "y"}, {604'800, "w"}, {86'400, "d"},
                            {3'600, "h"},      {60, "m"},      {1, "s"}};
  constexpr unit small[] = {{1'000'000, "ms"}, {1'000, "µs"}, {1, "ns"}};
  std::string out;
  auto append = [&out](std::uint64_t rest, std::span<const unit> units) {
    for (const auto& u : units) {
      if (rest >= u.size) out.append(std::to_string(rest / u.size)).append(u.name);
      rest %= u.size;
    }
  };
  append(v.seconds, large);
  append(v.nanos, small);
  return out;
}

std::string to_text(const datetime& v) {
  const civil_time at = to_civil(v);
  char buffer[64];
  int size = at.year >= 0 && at.year <= 9999
                 ? std::snprintf(buffer, sizeof buffer, "%04d", static_cast<int>(at.year))
                 : std::snprintf(buffer, sizeof buffer, "%+05d", static_cast<int>(at.year));
  std::string out(buffer, static_cast<std::size_t>(size));
  size = std::snprintf(buffer, sizeof buffer, "-%02u-%02uT%02u:%02u:%02u", at.month, at.day,
                       at.hour, at.minute, at.second);
  out.append(buffer, static_cast<std::size_t>(size));
  if (at.nanos != 0) {
    size = at.nanos % 1'000'000 == 0
               ? std::snprintf(buffer, sizeof buffer, ".%03u", at.nanos / 1'000'000)
           : at.nanos % 1'000 == 0 ? std::snprintf(buffer, sizeof buffer, ".%06u", at.nanos / 1'000)
                                   : std::snprintf(buffer, sizeof buffer, ".%09u", at.nanos);
    out.append(buffer, static_cast<std::size_t>(size));
  }
  return out + "Z";
}

std::string to_text(const uuid& v) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (std::size_t i = 0; i < v.bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += hex[v.bytes[i] >> 4];
    out += hex[v.bytes[i] & 0xF];
  }
  return out;
}

std::string to_text(const record_id& v) {
  std::string out;
  append_name(v.table, out);
  out += ':';
  append_key(v.key, out);
  return out;
}

std::string escape_name(std::string_view name) {
  std::string out;
  append_name(name, out);
  return out;
}

void append_text(const value& v, std::string& out) {
  switch (v.type()) {
    case value_type::none:
      out += "NONE";
      return;
    case value_type::null:
      out += "NULL";
      return;
    case value_type::boolean:
      out += v.as_bool() ? "true" : "false";
      return;
    case value_type::integer:
      out += std::to_string(v.as_integer());
      return;
    case value_type::floating:
      out += to_text(v.as_floating());
      return;
    case value_type::decimal:
      out += v.as_decimal().to_string() + "dec";
      return;
    case value_type::string:
      append_string(v.as_string(), out);
      return;
    case value_type::duration:
      out += to_text(v.as_duration());
      return;
    case value_type::datetime:
      out += "d'" + to_text(v.as_datetime()) + "'";
      return;
    case value_type::uuid:
      out += "u'" + to_text(v.as_uuid()) + "'";
      return;
    case value_type::array:
      out += '[';
      append_list(
          v.as_array(), [&](const value& item) { append_text(item, out); }, out);
      out += ']';
      return;
    case value_type::set:
      append_set(v.as_array(), out);
      return;
    case value_type::object:
      append_object(v.as_object(), out);
      return;
    case value_type::geometry:
      append_geometry(v.as_geometry(), out);
      return;
    case value_type::bytes:
      append_bytes(v.as_string(), out);
      return;
    case value_type::table:
      append_name(v.as_string(), out);
      return;
    case value_type::record:
      out += to_text(v.as_record());
      return;
    case value_type::file:
      out += "f\"";
      append_file_part(v.as_file().first, true, out);
      out += ':';
      append_file_part(v.as_file().second, false, out);
      out += '"';
      return;
    case value_type::regex:
      append_regex(v.as_string(), out);
      return;
    case value_type::range:
      append_range(v.as_range(), append_text, out);
      return;
    case value_type::closure:
      out += v.as_closure()->text();
      return;
  }
}

std::string to_text(const value& v) {
  std::string out;
  append_text(v, out);
  return out;
}

std::string to_raw_text(const value& v) {
  switch (v.type()) {
    case value_type::string:
      return std::string(v.as_string());
    case value_type::datetime:
      return to_text(v.as_datetime());
    case value_type::uuid:
      return to_text(v.as_uuid());
    default:
      return to_text(v);
  }
}

}  // namespace spooky::surrealql
