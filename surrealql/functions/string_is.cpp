#include "surrealql/functions/formats.hpp"
#include "surrealql/functions/library.hpp"
#include "surrealql/functions/unicode.hpp"
#include "surrealql/values/text.hpp"
#include "surrealql/values/value_reader.hpp"

#include <algorithm>

#include <re2/re2.h>

/// string::is_*: whether a text has a certain form.
namespace spooky::surrealql::library {
namespace {

using test = bool (*)(std::string_view);

template <test Test>
result<value> tested(arguments a) {
  return value(Test(a[0].as_string()));
}

bool matches(std::string_view text, const re2::RE2& pattern) {
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

bool ascii(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return static_cast<signed char>(c) >= 0; });
}

bool hexadecimal_digits(std::string_view text) {
  static const re2::RE2 pattern("[0-9a-fA-F]+");
  return matches(text, pattern);
}

bool latitude(std::string_view text) {
  static const re2::RE2 pattern("[-+]?([1-8]?\\d(\\.\\d+)?|90(\\.0+)?)");
  return matches(text, pattern);
}

bool longitude(std::string_view text) {
  static const re2::RE2 pattern("[-+]?(180(\\.0+)?|((1[0-7]\\d)|([1-9]?\\d))(\\.\\d+)?)");
  return matches(text, pattern);
}

bool uuid_text(std::string_view text) { return parse_uuid(text).ok(); }
bool datetime_text(std::string_view text) { return parse_datetime(text).ok(); }
bool ulid_text(std::string_view text) { return parse_ulid(text).has_value(); }
bool semver_text(std::string_view text) { return parse_version(text).has_value(); }
bool url_text(std::string_view text) { return parse_url(text).has_value(); }
bool email_text(std::string_view text) { return parse_email(text).has_value(); }
bool any_ip(std::string_view text) { return is_ipv4(text) || is_ipv6(text); }

result<value> is_record(arguments a) {
  value_reader reader(a[0].as_string());
  const auto id = reader.read_record_id(false);
  if (a.size() > 1 && !a[1].is_string() && a[1].type() != value_type::table) {
    if (!id) return value(false);
    return evaluation_failed(
        "Incorrect arguments for function string::is_record()(). Expected an optional string or "
        "table type for the second argument");
  }
  return value(id.ok() && (a.size() < 2 || id->table == a[1].as_string()));
}

constexpr function_entry rows[] = {
    row("string::is_alpha", "s", plain<tested<all_letters>>),
    row("string::is_alphanum", "s", plain<tested<all_letters_or_numbers>>),
    row("string::is_ascii", "s", plain<tested<ascii>>),
    row("string::is_datetime", "s", plain<tested<datetime_text>>),
    row("string::is_domain", "s", plain<tested<is_domain>>),
    row("string::is_email", "s", plain<tested<email_text>>),
    row("string::is_hexadecimal", "s", plain<tested<hexadecimal_digits>>),
    row("string::is_ip", "s", plain<tested<any_ip>>),
    row("string::is_ipv4", "s", plain<tested<is_ipv4>>),
    row("string::is_ipv6", "s", plain<tested<is_ipv6>>),
    row("string::is_latitude", "s", plain<tested<latitude>>),
    row("string::is_longitude", "s", plain<tested<longitude>>),
    row("string::is_numeric", "s", plain<tested<all_numbers>>),
    row("string::is_record", "sv?", plain<is_record>),
    row("string::is_semver", "s", plain<tested<semver_text>>),
    row("string::is_ulid", "s", plain<tested<ulid_text>>),
    row("string::is_url", "s", plain<tested<url_text>>),
    row("string::is_uuid", "s", plain<tested<uuid_text>>),
};

}  // namespace

std::span<const function_entry> string_is_functions() { return rows; }

}  // namespace spooky::surrealql::library
