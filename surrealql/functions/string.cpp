#include "surrealql/functions/library.hpp"
#include "surrealql/functions/unicode.hpp"
#include "surrealql/values/pattern.hpp"
#include "surrealql/values/text.hpp"
#include "surrealql/values/transliteration.hpp"
#include "surrealql/values/utf8.hpp"

#include <algorithm>

#include <re2/re2.h>

/// The string:: functions that read or rebuild text.
namespace spooky::surrealql::library {
namespace {

result<void> bounded(std::size_t bytes) {
  if (bytes > largest_output)
    return bad_argument("Output must not exceed " + std::to_string(largest_output) + " bytes.");
  return {};
}

/// What a short text takes in a list.
constexpr std::size_t part_bytes = 40;

result<value> capitalize(arguments a) {
  std::u32string out;
  bool at_start = true;
  for (const char32_t c : to_code_points(a[0].as_string())) {
    if (at_start && is_lowercase(c)) {
      out += uppercase(c);
    } else {
      out += c;
    }
    at_start = is_white_space(c);
  }
  return value(from_code_points(out));
}

result<value> concat(arguments a) {
  std::string out;
  for (const auto& part : a) {
    if (part.is_string()) SPOOKY_TRY(bounded(out.size() + part.as_string().size()));
    out += to_raw_text(part);
    SPOOKY_TRY(bounded(out.size()));
  }
  return value(std::move(out));
}

result<value> contains(arguments a, function_context& context) {
  // The library's search may go back to the beginning for each character.
  SPOOKY_TRY(
      charge(context, 1 + a[1].as_string().size() / 64, 0, 1 + a[0].as_string().size() / 64));
  return value(a[0].as_string().find(a[1].as_string()) != std::string_view::npos);
}

result<value> ends_with(arguments a) { return value(a[0].as_string().ends_with(a[1].as_string())); }
result<value> starts_with(arguments a) {
  return value(a[0].as_string().starts_with(a[1].as_string()));
}

result<value> join(arguments a) {
  if (a.empty()) return bad_argument("Expected at least one argument");
  const std::string separator = to_raw_text(a[0]);
  std::string out;
  for (std::size_t i = 1; i < a.size(); ++i) {
    if (i > 1) out += separator;
    if (a[i].is_string()) SPOOKY_TRY(bounded(out.size() + a[i].as_string().size()));
    out += to_raw_text(a[i]);
    SPOOKY_TRY(bounded(out.size()));
  }
  return value(std::move(out));
}

result<value> len(arguments a) {
  return value(static_cast<std::int64_t>(count_code_points(a[0].as_string())));
}

result<value> lowercase_of(arguments a) { return value(lowercase(a[0].as_string())); }
result<value> uppercase_of(arguments a) { return value(uppercase(a[0].as_string())); }

result<value> matches(arguments a, function_context& context) {
  SPOOKY_ASSIGN(const auto pattern, compile_pattern(a[1].as_string()));
  const auto text = a[0].as_string();
  if (!context.spent().spend(pattern_steps(a[1].as_string(), text.size())))
    return context.spent().failure();
  return value(re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *pattern));
}

result<value> repeat(arguments a) {
  const auto text = a[0].as_string();
  const auto count = static_cast<std::uint64_t>(a[1].as_integer());
  if (!text.empty())
    SPOOKY_TRY(bounded(count > largest_output ? largest_output + 1 : text.size() * count));
  if (text.size() == 1) return value(std::string(count, text.front()));
  std::string out;
  if (!text.empty()) out.reserve(text.size() * count);
  for (std::uint64_t i = 0; i < count && !text.empty(); ++i) out += text;
  return value(std::move(out));
}

/// Every occurrence replaced; an empty search text occurs before each character and at the end.
/// What becomes larger than any output may be is left unfinished.
std::string replaced(std::string_view text, std::string_view search, std::string_view by) {
  std::string out;
  std::size_t at = 0;
  if (search.empty()) {
    while (at < text.size() && out.size() <= largest_output) {
      out += by;
      const std::size_t begin = at;
      next_code_point(text, at);
      out += text.substr(begin, at - begin);
    }
    return out.append(by);
  }
  for (std::size_t found = text.find(search); found != std::string_view::npos;
       found = text.find(search, at)) {
    out += text.substr(at, found - at);
    out += by;
    at = found + search.size();
    if (out.size() > largest_output) break;
  }
  return out.append(text.substr(at));
}

result<value> replace(arguments a, function_context& context) {
  std::string out;
  if (a[1].is_string()) {
    out = replaced(a[0].as_string(), a[1].as_string(), a[2].as_string());
  } else if (a[1].type() == value_type::regex) {
    SPOOKY_ASSIGN(out, pattern_replace(a[1].as_string(), a[0].as_string(), a[2].as_string(),
                                       largest_output, context.spent()));
  } else {
    return bad_argument("Argument 2 was the wrong type. Expected a string but found " +
                        to_text(a[1]));
  }
  SPOOKY_TRY(bounded(out.size()));
  return value(std::move(out));
}

result<value> reverse(arguments a) {
  std::u32string points = to_code_points(a[0].as_string());
  std::reverse(points.begin(), points.end());
  return value(from_code_points(points));
}

result<value> slice(arguments a) {
  const std::u32string points = to_code_points(a[0].as_string());
  SPOOKY_ASSIGN(const slice_bounds part, slice_of(a.subspan(1), points.size(), "array::slice"));
  return value(
      from_code_points(std::u32string_view(points).substr(part.begin, part.end - part.begin)));
}

result<value> slug(arguments a) {
  std::string plain;
  for (const char32_t c : to_code_points(a[0].as_string())) {
    if (c < 0x80)
      plain += static_cast<char>(c);
    else
      plain += transliterated(c).ascii.value_or("-");
  }
  std::string out;
  for (char c : plain) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (kept) {
      out += c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return value(std::move(out));
}

/// Split as Rust splits: an empty separator gives an empty text, each character, an empty text.
result<value> split(arguments a, function_context& context) {
  const auto text = a[0].as_string();
  const auto separator = a[1].as_string();
  std::size_t parts = separator.empty() ? text.size() : 0;
  if (!separator.empty())
    for (std::size_t at = text.find(separator); at != std::string_view::npos;
         at = text.find(separator, at + separator.size()))
      ++parts;
  SPOOKY_TRY(charge(context, parts, part_bytes));
  array out;
  if (separator.empty()) {
    out.emplace_back("");
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t begin = at;
      next_code_point(text, at);
      out.emplace_back(text.substr(begin, at - begin));
    }
    out.emplace_back("");
    return value(std::move(out));
  }
  std::size_t at = 0;
  for (std::size_t found = text.find(separator); found != std::string_view::npos;
       found = text.find(separator, at)) {
    out.emplace_back(text.substr(at, found - at));
    at = found + separator.size();
  }
  out.emplace_back(text.substr(at));
  return value(std::move(out));
}

result<value> trim(arguments a) {
  const std::u32string points = to_code_points(a[0].as_string());
  std::size_t begin = 0;
  std::size_t end = points.size();
  while (begin < end && is_white_space(points[begin])) ++begin;
  while (end > begin && is_white_space(points[end - 1])) --end;
  return value(from_code_points(std::u32string_view(points).substr(begin, end - begin)));
}

result<value> words(arguments a, function_context& context) {
  SPOOKY_TRY(charge(context, a[0].as_string().size(), part_bytes / 2));
  array out;
  std::u32string word;
  for (const char32_t c : to_code_points(a[0].as_string())) {
    if (!is_white_space(c)) {
      word += c;
    } else if (!word.empty()) {
      out.emplace_back(from_code_points(word));
      word.clear();
    }
  }
  if (!word.empty()) out.emplace_back(from_code_points(word));
  return value(std::move(out));
}

result<value> html_encode(arguments a) {
  std::string out;
  for (const char c : a[0].as_string()) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      case '`':
        out += "&grave;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '/':
      case '=':
      case ' ':
      case '\t':
      case '\n':
      case '\f':
      case '\r':
        out += "&#" + std::to_string(static_cast<int>(c)) + ";";
        break;
      case '\0':
        out += "&#65533;";
        break;
      default:
        out += c;
    }
  }
  return value(std::move(out));
}

result<value> repeat_a_count(arguments a) {
  if (a[1].as_integer() < 0) return negative_count("string::repeat", a[1].as_integer());
  return repeat(a);
}

constexpr function_entry rows[] = {
    row("string::capitalize", "s", plain<capitalize>),
    row("string::concat", "v*", plain<concat>),
    row("string::contains", "ss", contains),
    row("string::ends_with", "ss", plain<ends_with>),
    row("string::html::encode", "s", plain<html_encode>),
    row("string::join", "v*", plain<join>),
    row("string::len", "s", plain<len>),
    row("string::lowercase", "s", plain<lowercase_of>),
    row("string::matches", "sx", matches),
    row("string::repeat", "si", since<repeat, behaviour::counts_are_checked, repeat_a_count>),
    row("string::replace", "svs", replace),
    row("string::reverse", "s", plain<reverse>),
    row("string::slice", "sv?i?", plain<slice>),
    row("string::slug", "s", plain<slug>),
    row("string::split", "ss", split),
    row("string::starts_with", "ss", plain<starts_with>),
    row("string::trim", "s", plain<trim>),
    row("string::uppercase", "s", plain<uppercase_of>),
    row("string::words", "s", words),
};

}  // namespace

std::span<const function_entry> string_functions() { return rows; }

}  // namespace spooky::surrealql::library
