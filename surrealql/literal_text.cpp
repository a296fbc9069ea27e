#include "surrealql/literal_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace spooky::surrealql {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

int hex_digit(char c) noexcept {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Reads a text from the left; every step that does not fit gives nothing.
class cursor {
 public:
  explicit cursor(std::string_view text) : rest_(text) {}

  bool eat(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool eat(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  char eat_any(std::string_view of) {
    if (rest_.empty() || of.find(rest_.front()) == std::string_view::npos) return '\0';
    const char found = rest_.front();
    rest_.remove_prefix(1);
    return found;
  }
  /// Between `least` and `most` digits, as a number from `low` to `high`.
  std::optional<int> number(std::size_t least, std::size_t most, int low, int high) {
    int n = 0;
    std::size_t used = 0;
    for (; used < most && used < rest_.size() && is_digit(rest_[used]); ++used)
      n = n * 10 + (rest_[used] - '0');
    if (used < least || n < low || n > high) return std::nullopt;
    rest_.remove_prefix(used);
    return n;
  }
  std::string_view digits() {
    std::size_t used = 0;
    while (used < rest_.size() && is_digit(rest_[used])) ++used;
    const std::string_view found = rest_.substr(0, used);
    rest_.remove_prefix(used);
    return found;
  }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

constexpr std::int64_t seconds_per_day = 86'400;

bool is_leap(std::int64_t year) noexcept {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int days_in_month(std::int64_t year, int month) noexcept {
  static constexpr std::array<int, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[static_cast<std::size_t>(month - 1)];
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar (H. Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms").
std::int64_t days_from_civil(std::int64_t year, int month, int day) noexcept {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

struct civil_date {
  std::int64_t year;
  int month, day;
};

civil_date civil_from_days(std::int64_t days) noexcept {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * shifted + 2) / 5 + 1);
  const int month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

std::string padded(std::int64_t n, std::size_t width) {
  std::string text = std::to_string(n);
  return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

error not_a(std::string_view what, std::string_view text) {
  return fail(errc::parse_error,
              "expected " + std::string(what) + ", found `" + std::string(text.substr(0, 60)) + "`");
}

/// Fraction digits of a second, rounded to nanoseconds as the engine does: on the tenth digit.
std::uint32_t nanos_of(std::string_view fraction) noexcept {
  std::uint32_t nanos = 0;
  for (std::size_t i = 0; i < 9; ++i)
    nanos = nanos * 10 + (i < fraction.size() ? static_cast<std::uint32_t>(fraction[i] - '0') : 0U);
  if (fraction.size() > 9 && fraction[9] >= '5') ++nanos;
  return nanos;
}

struct time_unit {
  std::string_view suffix;
  std::uint64_t seconds;  ///< 0: below a second
  std::uint32_t nanos;
};

/// Largest first; suffixes that begin alike are ordered so that the longer one is tried first.
constexpr std::array time_units = {
    time_unit{"y", 31'536'000, 0},    time_unit{"w", 604'800, 0}, time_unit{"d", 86'400, 0},
    time_unit{"h", 3'600, 0},         time_unit{"ms", 0, 1'000'000},
    time_unit{"m", 60, 0},            time_unit{"s", 1, 0},       time_unit{"us", 0, 1'000},
    time_unit{"µs", 0, 1'000},        time_unit{"ns", 0, 1}};

bool add_seconds(duration& total, std::uint64_t amount, std::uint64_t unit) noexcept {
  std::uint64_t seconds = 0;
  return !__builtin_mul_overflow(amount, unit, &seconds) &&
         !__builtin_add_overflow(total.seconds, seconds, &total.seconds);
}

bool add_nanos(duration& total, std::uint64_t amount, std::uint32_t unit) noexcept {
  const std::uint64_t per_second = 1'000'000'000ULL / unit;
  const std::uint64_t nanos = total.nanos + (amount % per_second) * unit;
  total.nanos = static_cast<std::uint32_t>(nanos % 1'000'000'000ULL);
  return add_seconds(total, amount / per_second, 1) &&
         add_seconds(total, nanos / 1'000'000'000ULL, 1);
}

result<value> float_of(std::string_view digits, std::string_view text) {
  double d = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), d);
  if (end != digits.data() + digits.size()) return not_a("a number", text);
  if (problem == std::errc::result_out_of_range) {
    // Too large gives infinity and too small zero, as in IEEE arithmetic.
    const std::size_t exponent = digits.find_first_of("eE");
    const bool tiny = exponent != std::string_view::npos && digits[exponent + 1] == '-';
    d = std::copysign(tiny ? 0.0 : std::numeric_limits<double>::infinity(),
                      digits.starts_with("-") ? -1.0 : 1.0);
  }
  return value::floating(d);
}

/// Sign, digits, fraction and exponent are well formed (the exponent's sign optional).
bool is_number_shape(std::string_view text) {
  cursor in(text);
  in.eat_any("+-");
  if (in.digits().empty()) return false;
  if (in.eat('.') && in.digits().empty()) return false;
  if (in.eat_any("eE") != '\0') {
    in.eat_any("+-");
    if (in.digits().empty()) return false;
  }
  return in.done();
}

}  // namespace

result<datetime> parse_datetime(std::string_view text) {
  cursor in(text);
  const bool before_christ = in.eat('-');
  if (!before_christ) in.eat('+');
  const auto year_digits = in.number(4, 6, 0, 999'999);
  const auto month = in.eat('-') ? in.number(2, 2, 1, 12) : std::nullopt;
  const auto day = in.eat('-') ? in.number(2, 2, 1, 31) : std::nullopt;
  if (!year_digits || !month || !day) return not_a("a datetime", text);
  const std::int64_t year = before_christ ? -*year_digits : *year_digits;
  if (*day > days_in_month(year, *month) || year > 262'142 || year < -262'143)
    return not_a("a date that exists", text);
  datetime found{days_from_civil(year, *month, *day) * seconds_per_day, 0};
  if (in.done()) return found;

  if (in.eat_any("tT ") == '\0') return not_a("a datetime", text);
  const auto hour = in.number(2, 2, 0, 23);
  const auto minute = in.eat(':') ? in.number(2, 2, 0, 59) : std::nullopt;
  const auto second = in.eat(':') ? in.number(2, 2, 0, 59) : std::nullopt;
  if (!hour || !minute || !second) return not_a("a datetime", text);
  found.seconds += *hour * 3600 + *minute * 60 + *second;
  if (in.eat('.')) {
    const std::string_view fraction = in.digits();
    if (fraction.empty()) return not_a("a datetime", text);
    const std::uint32_t nanos = nanos_of(fraction);
    found.nanos = nanos % 1'000'000'000U;
    found.seconds += nanos / 1'000'000'000U;
  }
  if (const char sign = in.eat_any("+-"); sign != '\0') {
    const auto hours = in.number(2, 2, 0, 23);
    const auto minutes = in.eat(':') ? in.number(2, 2, 0, 59) : std::nullopt;
    if (!hours || !minutes) return not_a("a datetime", text);
    const std::int64_t offset = *hours * 3600 + *minutes * 60;
    found.seconds += sign == '-' ? offset : -offset;
  } else if (in.eat_any("zZ") == '\0') {
    return not_a("a datetime with `Z` or an offset", text);
  }
  if (!in.done()) return not_a("a datetime", text);
  return found;
}

result<duration> parse_duration(std::string_view text) {
  duration total;
  cursor in(text);
  if (in.done()) return not_a("a duration", text);
  while (!in.done()) {
    std::string digits;
    do {
      digits += in.digits();
    } while (in.eat('_'));
    std::uint64_t amount = 0;
    const auto [end, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), amount);
    if (digits.empty() || end != digits.data() + digits.size()) return not_a("a duration", text);
    const auto unit = std::find_if(time_units.begin(), time_units.end(),
                                   [&](const time_unit& u) { return in.eat(u.suffix); });
    if (unit == time_units.end())
      return not_a("a duration with the units y, w, d, h, m, s, ms, µs or ns", text);
    const bool fits = problem == std::errc{} && (unit->seconds != 0
                                                     ? add_seconds(total, amount, unit->seconds)
                                                     : add_nanos(total, amount, unit->nanos));
    if (!fits) return not_a("a duration below 2^64 seconds", text);
  }
  return total;
}

result<uuid> parse_uuid(std::string_view text) {
  uuid found;
  std::size_t at = 0;
  for (std::size_t i = 0; i < found.bytes.size(); ++i) {
    if ((i == 4 || i == 6 || i == 8 || i == 10) && (at >= text.size() || text[at++] != '-'))
      return not_a("a UUID", text);
    if (at + 1 >= text.size()) return not_a("a UUID", text);
    const int high = hex_digit(text[at]), low = hex_digit(text[at + 1]);
    if (high < 0 || low < 0) return not_a("a UUID", text);
    found.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    at += 2;
  }
  if (at != text.size()) return not_a("a UUID", text);
  return found;
}

result<std::string> parse_hex(std::string_view text) {
  std::string raw;
  if (text.size() % 2 != 0) return not_a("an even number of hexadecimal digits", text);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return not_a("hexadecimal digits", text);
    raw += static_cast<char>(high * 16 + low);
  }
  return raw;
}

result<value> parse_number(std::string_view text) {
  if (text == "NaN") return value::floating(std::numeric_limits<double>::quiet_NaN());
  std::string digits(text);
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  if (digits.starts_with('+')) digits.erase(0, 1);
  if (digits == "Infinity") return value::floating(std::numeric_limits<double>::infinity());
  if (digits == "-Infinity") return value::floating(-std::numeric_limits<double>::infinity());

  const bool as_decimal = digits.ends_with("dec");
  const bool as_float = !as_decimal && digits.ends_with('f');
  if (as_decimal) digits.resize(digits.size() - 3);
  if (as_float) digits.resize(digits.size() - 1);
  if (!is_number_shape(digits)) return not_a("a number", text);
  if (as_decimal) {
    auto parsed = decimal::parse(digits);
    if (!parsed.ok()) return not_a("a decimal of at most 28 digits", text);
    return value(*parsed);
  }
  if (as_float || digits.find_first_of(".eE") != std::string::npos) return float_of(digits, text);
  std::int64_t n = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (problem != std::errc{} || end != digits.data() + digits.size())
    return not_a("an integer of at most 64 bits", text);
  return value::integer(n);
}

std::string to_text(const datetime& d) {
  std::int64_t days = d.seconds / seconds_per_day;
  std::int64_t second = d.seconds % seconds_per_day;
  if (second < 0) {
    second += seconds_per_day;
    --days;
  }
  const civil_date date = civil_from_days(days);
  std::string text;
  if (date.year < 0) {
    text = "-" + padded(-date.year, 4);
  } else {
    text = (date.year > 9999 ? "+" : "") + padded(date.year, 4);
  }
  text += "-" + padded(date.month, 2) + "-" + padded(date.day, 2);
  text += "T" + padded(second / 3600, 2) + ":" + padded(second / 60 % 60, 2) + ":" +
          padded(second % 60, 2);
  if (d.nanos != 0) {
    std::string fraction = padded(d.nanos, 9);
    while (fraction.ends_with("000")) fraction.resize(fraction.size() - 3);
    text += "." + fraction;
  }
  return text + "Z";
}

std::string to_text(const duration& d) {
  if (d == duration{}) return "0ns";
  std::string text;
  std::uint64_t seconds = d.seconds;
  std::uint32_t nanos = d.nanos;
  for (const time_unit& unit : time_units) {
    if (unit.seconds == 0) continue;
    if (const std::uint64_t n = seconds / unit.seconds; n != 0)
      text += std::to_string(n) + std::string(unit.suffix);
    seconds %= unit.seconds;
  }
  for (const auto& [suffix, size] : {std::pair{"ms", 1'000'000U}, {"µs", 1'000U}, {"ns", 1U}}) {
    if (const std::uint32_t n = nanos / size; n != 0) text += std::to_string(n) + suffix;
    nanos %= size;
  }
  return text;
}

std::string to_text(const uuid& u) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < u.bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += digits[u.bytes[i] >> 4U];
    text += digits[u.bytes[i] & 15U];
  }
  return text;
}

std::string float_digits(double d) {
  if (std::isnan(d)) return "NaN";
  if (std::isinf(d)) return d > 0 ? "Infinity" : "-Infinity";
  std::array<char, 32> buffer{};
  const auto written =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), d, std::chars_format::scientific);
  std::string_view text(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
  std::string out;
  if (text.starts_with('-')) {
    out = "-";
    text.remove_prefix(1);
  }
  const std::size_t e = text.find('e');
  int exponent = 0;
  const std::string_view exponent_text = text.substr(text[e + 1] == '+' ? e + 2 : e + 1);
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  std::string digits(text.substr(0, 1));
  if (e > 1) digits += text.substr(2, e - 2);
  const auto shown = static_cast<int>(digits.size());
  if (exponent < 0) return out + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  if (shown <= exponent + 1)
    return out + digits + std::string(static_cast<std::size_t>(exponent + 1 - shown), '0');
  const auto whole = static_cast<std::size_t>(exponent + 1);
  return out + digits.substr(0, whole) + "." + digits.substr(whole);
}

}  // namespace spooky::surrealql
