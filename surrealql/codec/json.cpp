#include "surrealql/codec/json.hpp"

#include "surrealql/codec/json_fast.hpp"
#include "surrealql/values/geometry.hpp"
#include "surrealql/values/text.hpp"
#include "surrealql/values/utf8.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

namespace spooky::surrealql {
namespace {

void append_escaped(std::string_view text, std::string& out) {
  constexpr std::string_view hex = "0123456789abcdef";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += hex[static_cast<unsigned char>(c) >> 4];
          out += hex[static_cast<unsigned char>(c) & 0xF];
        } else {
          out += c;
        }
    }
  }
}

void append_string(std::string_view text, std::string& out) {
  out += '"';
  if (valid_utf8(text)) {
    append_escaped(text, out);
  } else {
    append_escaped(from_code_points(to_code_points(text)), out);
  }
  out += '"';
}

void append_float(double v, std::string& out) {
  if (!std::isfinite(v)) {
    out += "null";
    return;
  }
  constexpr double plain_from = 1e-5;
  constexpr double plain_below = 1e16;
  const double magnitude = std::fabs(v);
  char buffer[40];
  if (magnitude != 0 && (magnitude < plain_from || magnitude >= plain_below)) {
    out.append(buffer,
               std::to_chars(buffer, buffer + sizeof buffer, v, std::chars_format::scientific).ptr);
    return;
  }
  const std::string digits = float_digits(v);
  out += digits;
  if (digits.find('.') == std::string::npos) out += ".0";
}

void append_items(const array& items, std::string& out) {
  out += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    write_json(item, out);
  }
  out += ']';
}

void append_members(const object& members, std::string& out) {
  out += '{';
  bool first = true;
  for (const auto& [name, member] : members) {
    if (!first) out += ',';
    first = false;
    append_string(name, out);
    out += ':';
    write_json(member, out);
  }
  out += '}';
}

void append_byte_numbers(std::string_view raw, std::string& out) {
  out += '[';
  bool first = true;
  for (const char c : raw) {
    if (!first) out += ',';
    first = false;
    out += std::to_string(static_cast<unsigned char>(c));
  }
  out += ']';
}

}  // namespace

void write_json(const value& v, std::string& out) {
  switch (v.type()) {
    case value_type::none:
    case value_type::null:
    case value_type::closure:
      out += "null";
      return;
    case value_type::boolean:
      out += v.as_bool() ? "true" : "false";
      return;
    case value_type::integer:
      out += std::to_string(v.as_integer());
      return;
    case value_type::floating:
      append_float(v.as_floating(), out);
      return;
    case value_type::string:
    case value_type::table:
      append_string(v.as_string(), out);
      return;
    case value_type::array:
    case value_type::set:
      append_items(v.as_array(), out);
      return;
    case value_type::object:
      append_members(v.as_object(), out);
      return;
    case value_type::geometry:
      write_json(geometry_to_object(v.as_geometry()), out);
      return;
    case value_type::bytes:
      append_byte_numbers(v.as_string(), out);
      return;
    case value_type::file:
      append_string(std::string(v.as_file().first) + ":" + std::string(v.as_file().second), out);
      return;
    case value_type::decimal:
      append_string(v.as_decimal().to_string(), out);
      return;
    case value_type::duration:
    case value_type::datetime:
    case value_type::uuid:
    case value_type::record:
    case value_type::regex:
    case value_type::range:
      append_string(to_raw_text(v), out);
      return;
  }
}

std::string to_json(const value& v) {
  std::string out;
  write_json(v, out);
  return out;
}

// -- reading ------------------------------------------------------------------------------------

namespace {

/// Builds a value from nlohmann's events; nothing here recurses, so depth costs no stack.
class value_builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit value_builder(const codec_limits& limits) : limits_(limits) {}

  bool null() override { return add(value::null()); }
  bool boolean(bool v) override { return add(value(v)); }
  bool number_integer(number_integer_t v) override { return add(value(std::int64_t{v})); }
  bool number_unsigned(number_unsigned_t v) override {
    constexpr auto largest =
        static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max());
    if (v > largest) return add(value(static_cast<double>(v)));
    return add(value(static_cast<std::int64_t>(v)));
  }
  bool number_float(number_float_t v, const string_t&) override { return add(value(v)); }
  bool string(string_t& v) override { return add(value(std::string_view(v))); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(true); }
  bool key(string_t& name) override {
    levels_.back().name = std::move(name);
    return true;
  }
  bool end_object() override {
    object members(std::move(levels_.back().members));
    levels_.pop_back();
    return add(value(std::move(members)));
  }
  bool start_array(std::size_t) override { return open(false); }
  bool end_array() override {
    array items = std::move(levels_.back().items);
    levels_.pop_back();
    return add(value(std::move(items)));
  }

  bool parse_error(std::size_t byte, const std::string& last_token,
                   const nlohmann::json::exception& what) override {
    // nlohmann's texts read "[json.exception.parse_error.101] parse error at line 1, column 2:
    // ...".
    (void)last_token;
    std::string text = what.what();
    const auto place = text.find("at line ");
    if (place != std::string::npos) {
      text = text.substr(place + 3);
    } else {
      text = "byte " + std::to_string(byte);
    }
    failure_ = fail(errc::parse_error, "Invalid JSON at " + text);
    return false;
  }

  result<value> take(bool parsed) {
    if (failure_) return *std::move(failure_);
    if (!parsed) return fail(errc::parse_error, "Invalid JSON");
    return std::move(root_);
  }

 private:
  struct level {
    bool is_object;
    std::string name;
    std::vector<object::member> members;
    array items;
  };

  bool open(bool is_object) {
    if (levels_.size() >= limits_.depth) {
      failure_ = fail(errc::limit_exceeded,
                      "JSON is nested deeper than " + std::to_string(limits_.depth) + " levels");
      return false;
    }
    levels_.push_back({is_object, {}, {}, {}});
    return true;
  }

  bool add(value v) {
    if (levels_.empty()) {
      root_ = std::move(v);
    } else if (levels_.back().is_object) {
      levels_.back().members.emplace_back(std::move(levels_.back().name), std::move(v));
    } else {
      levels_.back().items.push_back(std::move(v));
    }
    return true;
  }

  const codec_limits& limits_;
  std::vector<level> levels_;
  value root_;
  std::optional<error> failure_;
};

}  // namespace

result<value> parse_json(std::string_view text, const codec_limits& limits) {
  if (text.size() > limits.bytes)
    return fail(errc::limit_exceeded,
                "JSON is longer than " + std::to_string(limits.bytes) + " bytes");
  if (auto usual = read_json_fast(text, limits)) return *std::move(usual);
  value_builder builder(limits);
  const bool parsed = nlohmann::json::sax_parse(text, &builder);
  return builder.take(parsed);
}

}  // namespace spooky::surrealql
