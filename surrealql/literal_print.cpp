#include "surrealql/literal_text.hpp"

#include "surrealql/token.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace spooky::surrealql {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_word(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// Words that would start a clause or another expression where a name is meant.
constexpr std::array reserved = {
    keyword::all,      keyword::alter,      keyword::at,       keyword::begin,  keyword::break_,
    keyword::by,       keyword::cancel,     keyword::commit,   keyword::continue_,
    keyword::create,   keyword::define,     keyword::delete_,  keyword::explain, keyword::false_,
    keyword::for_,     keyword::function,   keyword::if_,      keyword::info,   keyword::insert,
    keyword::kill,     keyword::let,        keyword::live,     keyword::none_value,
    keyword::null,     keyword::on,         keyword::only,     keyword::option, keyword::rand,
    keyword::rebuild,  keyword::relate,     keyword::remove,   keyword::return_, keyword::select,
    keyword::show,     keyword::sleep,      keyword::table,    keyword::throw_, keyword::true_,
    keyword::update,   keyword::upsert,     keyword::use,      keyword::value,  keyword::where};

void append_escaped(std::string& out, std::string_view text, char quote) {
  for (const char c : text) {
    switch (c) {
      case '\0': out += "\\0"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\n': out += "\\n"; break;
      case '\b': out += "\\u{8}"; break;
      case '\f': out += "\\f"; break;
      case '\\': out += "\\\\"; break;
      default:
        if (c == quote) out += '\\';
        out += c;
    }
  }
}

std::string quoted_with(std::string_view text, char quote) {
  std::string out(1, quote);
  append_escaped(out, text, quote);
  return out + quote;
}

bool is_plain_word(std::string_view name) {
  return !name.empty() && !is_digit(name.front()) && std::all_of(name.begin(), name.end(), is_word) &&
         name != "NaN" && name != "Infinity";
}

template <class Items>
std::string joined(const Items& items) {
  std::string out;
  for (const value& item : items) {
    if (!out.empty()) out += ", ";
    out += to_surrealql(item);
  }
  return out;
}

std::string object_text(const object& members) {
  std::string out = "{ ";
  bool first = true;
  for (const auto& [name, member] : members) {
    if (!first) out += ", ";
    first = false;
    out += quote_member(name) + ": " + to_surrealql(member);
  }
  return out + " }";
}

std::string key_text(const value& key);

template <class Text>
std::string range_text(const value_range& range, const Text& text_of) {
  std::string out;
  if (range.begin.type != range_bound::kind::unbounded) out += text_of(range.begin.at);
  if (range.begin.type == range_bound::kind::excluded) out += ">";
  out += "..";
  if (range.end.type == range_bound::kind::included) out += "=";
  if (range.end.type != range_bound::kind::unbounded) out += text_of(range.end.at);
  return out;
}

std::string key_text(const value& key) {
  if (key.is_string()) return quote_record_key(key.as_string());
  if (key.type() == value_type::range) return range_text(key.as_range(), key_text);
  return to_surrealql(key);
}

/// A bound of a range value; what would read differently beside the dots goes in parentheses.
std::string bound_text(const value& bound) {
  const bool covered = bound.type() == value_type::range || bound.is_record();
  return covered ? "(" + to_surrealql(bound) + ")" : to_surrealql(bound);
}

std::string position_text(const geometry::position& at) {
  return "[" + float_digits(at.first) + ", " + float_digits(at.second) + "]";
}

std::string coordinates_text(const geometry& shape) {
  if (shape.type == geometry::kind::point) return position_text(shape.positions.front());
  std::string out;
  for (const auto& at : shape.positions) out += (out.empty() ? "" : ", ") + position_text(at);
  for (const auto& part : shape.parts) out += (out.empty() ? "" : ", ") + coordinates_text(part);
  return "[" + out + "]";
}

std::string geometry_text(const geometry& shape) {
  static constexpr std::array<std::string_view, 7> names = {
      "Point",     "LineString",      "Polygon",      "MultiPoint",
      "MultiLineString", "MultiPolygon", "GeometryCollection"};
  if (shape.type == geometry::kind::point) {
    const auto& at = shape.positions.front();
    return "(" + float_digits(at.first) + ", " + float_digits(at.second) + ")";
  }
  const std::string type = "{ type: '" + std::string(names[static_cast<std::size_t>(shape.type)]) + "', ";
  if (shape.type != geometry::kind::collection)
    return type + "coordinates: " + coordinates_text(shape) + " }";
  std::string parts;
  for (const auto& part : shape.parts) parts += (parts.empty() ? "" : ", ") + geometry_text(part);
  return type + "geometries: [" + parts + "] }";
}

std::string bytes_text(std::string_view raw) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out = "b\"";
  for (const char c : raw) {
    out += digits[static_cast<unsigned char>(c) >> 4U];
    out += digits[static_cast<unsigned char>(c) & 15U];
  }
  return out + "\"";
}

std::string regex_text(std::string_view pattern) {
  std::string out = "/";
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      out += pattern.substr(i, 2);
      ++i;
    } else {
      if (pattern[i] == '/') out += '\\';
      out += pattern[i];
    }
  }
  return out + "/";
}

std::string float_text(double d) {
  const std::string digits = float_digits(d);
  return is_digit(digits.back()) ? digits + "f" : digits;
}

}  // namespace

std::string to_text(const record_id& id) {
  return quote_record_key(id.table) + ":" + key_text(id.key);
}

std::string to_surrealql(const value& v) {
  switch (v.type()) {
    case value_type::none: return "NONE";
    case value_type::null: return "NULL";
    case value_type::boolean: return v.as_bool() ? "true" : "false";
    case value_type::integer: return std::to_string(v.as_integer());
    case value_type::floating: return float_text(v.as_floating());
    case value_type::decimal: return v.as_decimal().to_string() + "dec";
    case value_type::string: return quote_string(v.as_string());
    case value_type::duration: return to_text(v.as_duration());
    case value_type::datetime: return "d'" + to_text(v.as_datetime()) + "'";
    case value_type::uuid: return "u'" + to_text(v.as_uuid()) + "'";
    case value_type::array: return "[" + joined(v.as_array()) + "]";
    case value_type::set:
      return "{" + joined(v.as_array()) + (v.as_array().size() < 2 ? ",}" : "}");
    case value_type::object: return object_text(v.as_object());
    case value_type::geometry: return geometry_text(v.as_geometry());
    case value_type::bytes: return bytes_text(v.as_string());
    case value_type::table: return quote_name(v.as_string());
    case value_type::record: return to_text(v.as_record());
    case value_type::file: {
      const auto [bucket, key] = v.as_file();
      return "f\"" + std::string(bucket) + ":" + std::string(key) + "\"";
    }
    case value_type::range: return range_text(v.as_range(), bound_text);
    case value_type::regex: return regex_text(v.as_string());
    case value_type::closure: return "|…| …";
  }
  return {};
}

std::string quote_string(std::string_view text) {
  return quoted_with(text, text.find('\'') == std::string_view::npos ? '\'' : '"');
}

std::string quote_name(std::string_view name) {
  const keyword word = keyword_of(name);
  const bool is_reserved =
      word != keyword::none && std::find(reserved.begin(), reserved.end(), word) != reserved.end();
  return is_reserved ? quoted_with(name, '`') : quote_plain_name(name);
}

std::string quote_plain_name(std::string_view name) {
  return is_plain_word(name) ? std::string(name) : quoted_with(name, '`');
}

std::string quote_member(std::string_view name) {
  return is_plain_word(name) ? std::string(name) : quoted_with(name, '"');
}

std::string quote_record_key(std::string_view key) {
  const bool number_like =
      std::all_of(key.begin(), key.end(), [](char c) { return is_digit(c) || c == '_'; });
  const bool plain = !key.empty() && std::all_of(key.begin(), key.end(), is_word) && !number_like &&
                     key != "NaN" && key != "Infinity";
  return plain ? std::string(key) : quoted_with(key, '`');
}

}  // namespace spooky::surrealql
