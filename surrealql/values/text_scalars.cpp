#include "surrealql/values/calendar.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <limits>

namespace spooky::surrealql {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

error invalid(std::string_view what, std::string_view text, std::string_view expected) {
  return fail(errc::parse_error, "Invalid " + std::string(what) + " '" + std::string(text) +
                                     "': expected " + std::string(expected));
}

/// Reads exactly `count` digits.
bool take_digits(std::string_view& text, std::size_t count, unsigned& out) noexcept {
  if (text.size() < count) return false;
  out = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return false;
    out = out * 10 + static_cast<unsigned>(text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool take(std::string_view& text, std::string_view any_of) noexcept {
  if (text.empty() || any_of.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

bool take_year(std::string_view& text, std::int64_t& year) noexcept {
  const bool negative = text.starts_with('-');
  std::size_t digits = 4;
  if (negative || text.starts_with('+')) {
    text.remove_prefix(1);
    digits = 0;
    while (digits < 6 && digits < text.size() && is_digit(text[digits])) ++digits;
    if (digits < 4) return false;
  }
  unsigned number = 0;
  if (!take_digits(text, digits, number)) return false;
  year = negative ? -static_cast<std::int64_t>(number) : static_cast<std::int64_t>(number);
  return year >= first_year && year <= last_year;
}

bool take_date(std::string_view& text, civil_time& at) noexcept {
  return take_year(text, at.year) && take(text, "-") && take_digits(text, 2, at.month) &&
         take(text, "-") && take_digits(text, 2, at.day) && at.month >= 1 && at.month <= 12 &&
         at.day >= 1 && at.day <= days_in_month(at.year, at.month);
}

/// `.5`, `.123456789`; digits beyond the ninth are rounded away one by one from the right, so that
/// .1234567894445 rounds up. False also where that makes a whole second: in SurrealDB it is an
/// error, or in a minute's last second a leap second, which has no place here.
bool take_fraction(std::string_view& text, std::uint32_t& nanos) noexcept {
  constexpr std::size_t kept = 9;
  constexpr std::uint32_t second = 1'000'000'000;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  std::uint32_t unit = second / 10;
  for (std::size_t i = 0; i < std::min(digits, kept); ++i, unit /= 10)
    nanos += unit * static_cast<std::uint32_t>(text[i] - '0');
  bool up = false;
  for (std::size_t i = digits; i > kept; --i) up = text[i - 1] - '0' + (up ? 1 : 0) >= 5;
  if (up) ++nanos;
  text.remove_prefix(digits);
  return digits > 0 && nanos < second;
}

bool take_time(std::string_view& text, civil_time& at) noexcept {
  if (!take_digits(text, 2, at.hour) || !take(text, ":") || !take_digits(text, 2, at.minute) ||
      !take(text, ":") || !take_digits(text, 2, at.second))
    return false;
  if (at.hour > 23 || at.minute > 59 || at.second > 59) return false;
  return !take(text, ".") || take_fraction(text, at.nanos);
}

/// `Z` or `+02:00`, as seconds east of UTC.
bool take_offset(std::string_view& text, std::int64_t& offset) noexcept {
  if (take(text, "Zz")) return true;
  const bool west = text.starts_with('-');
  unsigned hours = 0;
  unsigned minutes = 0;
  if (!take(text, "+-") || !take_digits(text, 2, hours) || !take(text, ":") ||
      !take_digits(text, 2, minutes) || hours > 23 || minutes > 59)
    return false;
  offset = static_cast<std::int64_t>(hours) * 3600 + static_cast<std::int64_t>(minutes) * 60;
  if (west) offset = -offset;
  return true;
}

}  // namespace

result<datetime> parse_datetime(std::string_view text) {
  constexpr std::string_view form = "a form like 2024-01-31T12:00:00.5Z or 2024-01-31";
  std::string_view rest = text;
  civil_time at;
  if (!take_date(rest, at)) return invalid("datetime", text, form);
  if (rest.empty()) return from_civil(at);
  std::int64_t offset = 0;
  if (!take(rest, "Tt ") || !take_time(rest, at) || !take_offset(rest, offset) || !rest.empty())
    return invalid("datetime", text, form);
  datetime parsed = from_civil(at);
  parsed.seconds -= offset;
  if (!in_calendar(parsed.seconds)) return invalid("datetime", text, "a year within ±262142");
  return parsed;
}

namespace {

/// The length in nanoseconds of the unit at the front of `text`, or 0 if there is none.
std::uint64_t take_unit(std::string_view& text) noexcept {
  struct unit {
    std::string_view name;
    std::uint64_t nanos;
  };
  constexpr std::uint64_t second = 1'000'000'000;
  constexpr unit units[] = {{"ns", 1},
                            {"µs", 1'000},
                            {"μs", 1'000},
                            {"us", 1'000},
                            {"ms", 1'000'000},
                            {"s", second},
                            {"m", 60 * second},
                            {"h", 3'600 * second},
                            {"d", 86'400 * second},
                            {"w", 604'800 * second},
                            {"y", 31'536'000 * second}};
  for (const auto& u : units) {
    if (text.starts_with(u.name)) {
      text.remove_prefix(u.name.size());
      return u.nanos;
    }
  }
  return 0;
}

}  // namespace

result<duration> parse_duration(std::string_view text) {
  constexpr std::string_view form = "parts like 1h30m (units ns us µs ms s m h d w y)";
  constexpr auto limit = static_cast<unsigned __int128>(std::numeric_limits<std::uint64_t>::max());
  unsigned __int128 total = 0;
  std::string_view rest = text;
  if (rest.empty()) return invalid("duration", text, form);
  while (!rest.empty()) {
    unsigned __int128 count = 0;
    bool digits = false;
    while (!rest.empty() && is_digit(rest[0])) {
      count = count * 10 + static_cast<unsigned>(rest[0] - '0');
      if (count > limit) return invalid("duration", text, "a part below 2^64");
      digits = true;
      rest.remove_prefix(1);
    }
    const std::uint64_t unit = digits ? take_unit(rest) : 0;
    if (unit == 0) return invalid("duration", text, form);
    total += count * unit;
    if (total / nanos_per_second > limit) return invalid("duration", text, "below 2^64 seconds");
  }
  return duration{static_cast<std::uint64_t>(total / nanos_per_second),
                  static_cast<std::uint32_t>(total % nanos_per_second)};
}

result<uuid> parse_uuid(std::string_view text) {
  constexpr std::string_view form = "a form like 018f0000-0000-7000-8000-000000000001";
  std::string_view rest = text;
  if (rest.size() == 38 && rest.front() == '{' && rest.back() == '}') rest = rest.substr(1, 36);
  if (rest.size() != 36 && rest.size() != 32) return invalid("uuid", text, form);
  const bool hyphens = rest.size() == 36;
  uuid id;
  std::size_t digit = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (hyphens && (i == 8 || i == 13 || i == 18 || i == 23)) {
      if (c != '-') return invalid("uuid", text, form);
      continue;
    }
    const int nibble = is_digit(c)            ? c - '0'
                       : c >= 'a' && c <= 'f' ? c - 'a' + 10
                       : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                              : -1;
    if (nibble < 0) return invalid("uuid", text, form);
    auto& byte = id.bytes[digit / 2];
    byte = static_cast<std::uint8_t>(digit % 2 == 0 ? nibble << 4 : byte | nibble);
    ++digit;
  }
  return id;
}

}  // namespace spooky::surrealql
