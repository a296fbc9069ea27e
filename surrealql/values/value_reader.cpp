#include "surrealql/values/value_reader.hpp"

#include "surrealql/values/geometry.hpp"
#include "surrealql/values/text.hpp"
#include "surrealql/values/utf8.hpp"

#include <charconv>
#include <limits>

namespace spooky::surrealql {
namespace {

constexpr std::size_t deepest = 100;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) noexcept { return is_digit(c) || is_letter(c) || c == '_'; }
bool is_quote(char c) noexcept { return c == '\'' || c == '"'; }

int hex_digit(char c) noexcept {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool same_word(std::string_view word, std::string_view upper) noexcept {
  if (word.size() != upper.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c =
        word[i] >= 'a' && word[i] <= 'z' ? static_cast<char>(word[i] - 'a' + 'A') : word[i];
    if (c != upper[i]) return false;
  }
  return true;
}

}  // namespace

error value_reader::expected(std::string_view what) const {
  std::string found =
      at_ < text_.size() ? "'" + std::string(text_.substr(at_, 12)) + "'" : "the end";
  return fail(errc::parse_error, "Expected " + std::string(what) + " at character " +
                                     std::to_string(at_ + 1) + ", found " + found);
}

void value_reader::skip_space() noexcept {
  while (at_ < text_.size() &&
         std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
    ++at_;
}

bool value_reader::take(std::string_view what) noexcept {
  if (!peek(what)) return false;
  at_ += what.size();
  return true;
}

bool value_reader::at_end() {
  skip_space();
  return at_ == text_.size();
}

std::string_view value_reader::take_word() noexcept {
  const std::size_t begin = at_;
  while (at_ < text_.size() && is_word(text_[at_])) ++at_;
  return text_.substr(begin, at_ - begin);
}

// -- values -------------------------------------------------------------------------------------

result<value> value_reader::read_value() {
  skip_space();
  range_bound begin;
  if (!peek("..")) {
    if (depth_ >= deepest)
      return fail(errc::limit_exceeded,
                  "The value is nested deeper than " + std::to_string(deepest) + " levels");
    ++depth_;
    auto first = read_plain_value();
    --depth_;
    if (!first) return first;
    const bool excluded = peek(">..");
    if (!excluded && !peek("..")) return first;
    if (excluded) ++at_;
    begin = {excluded ? range_bound::kind::excluded : range_bound::kind::included,
             *std::move(first)};
  }
  return read_range_from(std::move(begin), &value_reader::read_plain_value);
}

result<value> value_reader::read_range_from(range_bound begin,
                                            result<value> (value_reader::*read)()) {
  if (!take("..")) return expected("..");
  const bool included = take("=");
  range_bound end;
  const bool ends = at_ == text_.size() ||
                    std::string_view(",)]} \t\r\n").find(current()) != std::string_view::npos;
  if (included || !ends) {
    SPOOKY_ASSIGN(value at, (this->*read)());
    end = {included ? range_bound::kind::included : range_bound::kind::excluded, std::move(at)};
  }
  return value(value_range{std::move(begin), std::move(end)});
}

result<value> value_reader::read_plain_value() {
  const char c = current();
  if (is_digit(c) || ((c == '-' || c == '+') && is_digit(following()))) return read_number();
  if (is_quote(c)) {
    SPOOKY_ASSIGN(std::string text, read_quoted());
    return value(std::move(text));
  }
  if (is_letter(c) && is_quote(following()) &&
      std::string_view("sdurbf").find(c) != std::string_view::npos)
    return read_prefixed(c);
  switch (c) {
    case '[':
      return read_array();
    case '{':
      return read_braces();
    case '(':
      return read_point();
    case '/':
      return read_regex();
    default:
      break;
  }
  if (take("-Infinity")) return value(-std::numeric_limits<double>::infinity());
  if (is_letter(c) || c == '_' || c == '`' || peek("⟨")) return read_word();
  return expected("a value");
}

result<value> value_reader::read_number() {
  const std::size_t begin = at_;
  if (current() == '-' || current() == '+') ++at_;
  bool fraction = false;
  while (is_digit(current()) || current() == '_') ++at_;
  if (current() == '.' && is_digit(following())) {
    fraction = true;
    ++at_;
    while (is_digit(current()) || current() == '_') ++at_;
  }
  if ((current() == 'e' || current() == 'E') &&
      (is_digit(following()) || following() == '-' || following() == '+')) {
    fraction = true;
    at_ += 2;
    while (is_digit(current())) ++at_;
  }
  std::string digits;
  for (const char c : text_.substr(begin, at_ - begin)) {
    if (c != '_') digits += c;
  }
  if (take("dec")) {
    SPOOKY_ASSIGN(const decimal parsed, decimal::parse_exact(digits));
    return value(parsed);
  }
  const bool suffixed = current() == 'f' && !is_word(following());
  if (suffixed) ++at_;
  const char* first = digits.data() + (digits[0] == '+' ? 1 : 0);
  const char* last = digits.data() + digits.size();
  if (suffixed || fraction) {
    double parsed = 0;
    const auto read = std::from_chars(first, last, parsed);
    if (read.ec != std::errc() || read.ptr != last) return expected("a float");
    return value(parsed);
  }
  if (is_letter(current()) || peek("µ") || peek("μ")) {
    while (is_word(current()) || peek("µ") || peek("μ")) at_ += peek("µ") || peek("μ") ? 2 : 1;
    SPOOKY_ASSIGN(const duration parsed, parse_duration(text_.substr(begin, at_ - begin)));
    return value(parsed);
  }
  std::int64_t parsed = 0;
  const auto read = std::from_chars(first, last, parsed);
  if (read.ec != std::errc() || read.ptr != last) return expected("an int of at most 64 bits");
  return value(parsed);
}

result<value> value_reader::read_prefixed(char prefix) {
  ++at_;
  if (prefix == 'f') return read_file();
  SPOOKY_ASSIGN(const std::string text, read_quoted());
  switch (prefix) {
    case 'd': {
      SPOOKY_ASSIGN(const datetime at, parse_datetime(text));
      return value(at);
    }
    case 'u': {
      SPOOKY_ASSIGN(const uuid id, parse_uuid(text));
      return value(id);
    }
    case 'r': {
      SPOOKY_ASSIGN(record_id id, parse_record_id(text));
      return value(std::move(id));
    }
    case 'b':
      return read_bytes(text);
    default:
      return value(text);
  }
}

result<value> value_reader::read_bytes(std::string_view text) {
  std::string raw;
  if (text.size() % 2 != 0) return expected("an even number of hexadecimal digits");
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return expected("hexadecimal digits");
    raw += static_cast<char>(high * 16 + low);
  }
  return value::bytes(std::move(raw));
}

/// A backslash takes any character for itself here, unlike in other texts.
result<value> value_reader::read_file() {
  const char quote = text_[at_++];
  std::string parts[2];
  std::size_t part = 0;
  for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
    if (text_[at_] == ':' && part == 0) {
      part = 1;
      continue;
    }
    if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
    parts[part] += text_[at_];
  }
  if (at_ == text_.size()) return expected(std::string("a closing ") + quote);
  ++at_;
  if (part == 0) return expected("a bucket and a key, as in f\"bucket:/key\"");
  if (!parts[1].starts_with('/')) parts[1].insert(parts[1].begin(), '/');
  return value::file(std::move(parts[0]), std::move(parts[1]));
}

result<value> value_reader::read_array() {
  ++at_;
  array items;
  while (true) {
    skip_space();
    if (take("]")) return value(std::move(items));
    SPOOKY_ASSIGN(value item, read_value());
    items.push_back(std::move(item));
    skip_space();
    if (!peek("]") && !take(",")) return expected(", or ]");
  }
}

result<value> value_reader::read_braces() {
  ++at_;
  skip_space();
  if (take("}")) return value(object());
  if (take(",")) {
    skip_space();
    if (!take("}")) return expected("}");
    return value::set({});
  }
  const std::size_t begin = at_;
  if (is_quote(current())) {
    SPOOKY_TRY(read_quoted());
  } else {
    take_word();
  }
  skip_space();
  // `name:` starts an object; `table:key` inside a set has no space, but neither has `{a:1}`. The
  // engine decides for the object as well.
  const bool is_object = at_ > begin && current() == ':';
  at_ = begin;
  if (is_object || current() == '`') return read_members();
  SPOOKY_ASSIGN(value first, read_value());
  array items;
  items.push_back(std::move(first));
  return read_set_items(std::move(items));
}

result<value> value_reader::read_members() {
  std::vector<object::member> members;
  while (true) {
    skip_space();
    if (take("}")) break;
    std::string name;
    if (is_quote(current())) {
      SPOOKY_ASSIGN(name, read_quoted());
    } else if (is_word(current())) {
      name = take_word();
    } else {
      SPOOKY_ASSIGN(name, read_name());
    }
    skip_space();
    if (!take(":")) return expected(":");
    SPOOKY_ASSIGN(value member, read_value());
    members.emplace_back(std::move(name), std::move(member));
    skip_space();
    if (!peek("}") && !take(",")) return expected(", or }");
  }
  object made(std::move(members));
  if (auto shape = geometry_from_object(made)) return value(*std::move(shape));
  return value(std::move(made));
}

result<value> value_reader::read_set_items(array items) {
  while (true) {
    skip_space();
    if (take("}")) return value::set(std::move(items));
    if (!take(",")) return expected(", or }");
    skip_space();
    if (take("}")) return value::set(std::move(items));
    SPOOKY_ASSIGN(value item, read_value());
    items.push_back(std::move(item));
  }
}

/// Coordinates are floats however they are written: (1, 2) holds 1.0 and 2.0.
result<value> value_reader::read_point() {
  ++at_;
  double parts[2] = {0, 0};
  for (int i = 0; i < 2; ++i) {
    skip_space();
    if (current() == '+' && is_digit(following())) ++at_;
    const char* first = text_.data() + at_;
    if (!is_digit(current()) && (current() != '-' || !is_digit(following())))
      return expected("a number");
    const auto read = std::from_chars(first, text_.data() + text_.size(), parts[i]);
    if (read.ec != std::errc()) return expected("a number");
    at_ += static_cast<std::size_t>(read.ptr - first);
    if (current() == 'f') ++at_;
    skip_space();
    if (!take(i == 0 ? "," : ")")) return expected(i == 0 ? "," : ")");
  }
  return value(geometry{geometry::kind::point, {{parts[0], parts[1]}}, {}});
}

result<value> value_reader::read_regex() {
  ++at_;
  std::string pattern;
  while (at_ < text_.size() && current() != '/') {
    if (current() == '\\' && following() == '/') ++at_;
    pattern += text_[at_++];
  }
  if (!take("/")) return expected("/");
  return value::regex(std::move(pattern));
}

result<value> value_reader::read_word() {
  const std::size_t begin = at_;
  const std::string_view word = take_word();
  if (!word.empty() && current() != ':') {
    if (same_word(word, "NONE")) return value::none();
    if (same_word(word, "NULL")) return value::null();
    if (same_word(word, "TRUE")) return value(true);
    if (same_word(word, "FALSE")) return value(false);
    if (word == "NaN") return value(std::numeric_limits<double>::quiet_NaN());
    if (word == "Infinity") return value(std::numeric_limits<double>::infinity());
    return value::table(std::string(word));
  }
  at_ = begin;
  SPOOKY_ASSIGN(std::string name, read_name());
  if (current() != ':') return value::table(std::move(name));
  at_ = begin;
  SPOOKY_ASSIGN(record_id id, read_record_id(true));
  return value(std::move(id));
}

// -- record ids ---------------------------------------------------------------------------------

result<record_id> value_reader::read_record_id(bool ranges) {
  skip_space();
  record_id id;
  SPOOKY_ASSIGN(id.table, read_name());
  skip_space();
  if (!take(":")) return expected(": between table and key");
  skip_space();
  range_bound begin;
  if (!ranges || !peek("..")) {
    SPOOKY_ASSIGN(id.key, read_key());
    const bool excluded = peek(">..");
    if (!ranges || (!excluded && !peek(".."))) return id;
    if (excluded) ++at_;
    begin = {excluded ? range_bound::kind::excluded : range_bound::kind::included,
             std::move(id.key)};
  }
  SPOOKY_ASSIGN(id.key, read_range_from(std::move(begin), &value_reader::read_key));
  return id;
}

result<value> value_reader::read_key() {
  if (current() == '[' || current() == '{') {
    SPOOKY_ASSIGN(value key, current() == '[' ? read_array() : read_braces());
    if (!key.is_array() && !key.is_object()) return expected("an array or object key");
    return key;
  }
  if (current() == 'u' && is_quote(following())) return read_prefixed('u');
  const std::size_t begin = at_;
  if (current() == '-' || current() == '+') ++at_;
  const std::string_view word = take_word();
  if (word.empty()) {
    at_ = begin;
    if (current() != '`' && !peek("⟨")) return expected("a record key");
    SPOOKY_ASSIGN(std::string name, read_name());
    return value(std::move(name));
  }
  const bool number = word.find_first_not_of("0123456789") == std::string_view::npos;
  if (!number && text_[begin] != word[0]) return expected("a record key");
  if (!number) return value(word);
  const std::string_view digits = text_.substr(begin, at_ - begin);
  std::int64_t parsed = 0;
  const auto read = std::from_chars(digits.data() + (digits[0] == '+' ? 1 : 0),
                                    digits.data() + digits.size(), parsed);
  return read.ec == std::errc() ? value(parsed) : value(word);
}

// -- names and strings --------------------------------------------------------------------------

result<std::string> value_reader::read_name() {
  if (current() == '`') return read_quoted();
  if (take("⟨")) {
    std::string name;
    while (at_ < text_.size() && !peek("⟩")) {
      if (current() == '\\' && text_.substr(at_ + 1).starts_with("⟩")) {
        at_ += 1;
        name += "⟩";
        at_ += std::string_view("⟩").size();
      } else if (current() == '\\') {
        if (!read_escape(name)) return expected("a known escape sequence");
      } else {
        name += text_[at_++];
      }
    }
    if (!take("⟩")) return expected("⟩");
    return name;
  }
  if (is_digit(current())) return expected("a name");
  const std::string_view word = take_word();
  if (word.empty()) return expected("a name");
  return std::string(word);
}

result<std::string> value_reader::read_quoted() {
  const char quote = text_[at_++];
  std::string out;
  while (at_ < text_.size() && text_[at_] != quote) {
    if (text_[at_] != '\\') {
      out += text_[at_++];
    } else if (!read_escape(out)) {
      return expected("a known escape sequence");
    }
  }
  if (at_ == text_.size()) return expected(std::string("a closing ") + quote);
  ++at_;
  return out;
}

bool value_reader::read_escape(std::string& out) {
  const char c = following();
  switch (c) {
    case '0':
      out += '\0';
      break;
    case 'n':
      out += '\n';
      break;
    case 'r':
      out += '\r';
      break;
    case 't':
      out += '\t';
      break;
    case 'b':
      out += '\b';
      break;
    case 'f':
      out += '\f';
      break;
    case '\\':
    case '\'':
    case '"':
    case '`':
    case '/':
      out += c;
      break;
    case 'u': {
      if (at_ + 2 >= text_.size() || text_[at_ + 2] != '{') return false;
      std::size_t end = at_ + 3;
      char32_t point = 0;
      while (end < text_.size() && hex_digit(text_[end]) >= 0 && end < at_ + 9)
        point = point * 16 + static_cast<char32_t>(hex_digit(text_[end++]));
      const bool valid = end > at_ + 3 && point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
      if (end >= text_.size() || text_[end] != '}' || !valid) return false;
      append_code_point(point, out);
      at_ = end + 1;
      return true;
    }
    default:
      return false;
  }
  at_ += 2;
  return true;
}

// -- the public readers -------------------------------------------------------------------------

result<value> parse_value(std::string_view text) {
  value_reader reader(text);
  SPOOKY_ASSIGN(value v, reader.read_value());
  if (!reader.at_end()) return reader.expected("the end of the value");
  return v;
}

result<record_id> parse_record_id(std::string_view text) {
  if (text.size() > 2 && text[0] == 'r' && is_quote(text[1])) {
    SPOOKY_ASSIGN(const value v, parse_value(text));
    return v.as_record();
  }
  value_reader reader(text);
  auto id = reader.read_record_id(true);
  if (id && !reader.at_end()) id = reader.expected("the end of the record id");
  if (!id) {
    return fail(errc::parse_error, "Invalid record id '" + std::string(text.substr(0, 80)) +
                                       "': " + id.failure().message);
  }
  return id;
}

}  // namespace spooky::surrealql
