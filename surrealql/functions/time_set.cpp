#include "surrealql/functions/formats.hpp"
#include "surrealql/functions/library.hpp"
#include "surrealql/values/calendar.hpp"
#include "surrealql/values/text.hpp"

#include <limits>

/// The time:: functions that make a datetime: from a number or identifier, or by changing one part.
namespace spooky::surrealql::library {
namespace {

/// A count of 1/`per_second` seconds since 1970.
result<value> from_count(std::int64_t count, std::int64_t per_second, std::string_view unit) {
  std::int64_t seconds = count / per_second;
  std::int64_t rest = count % per_second;
  if (rest < 0) {
    rest += per_second;
    --seconds;
  }
  if (!in_calendar(seconds))
    return bad_argument("The argument must be a number of " + std::string(unit) +
                        " relative to January 1, 1970 0:00:00 UTC that produces a datetime "
                        "between -262143-01-01T00:00:00Z and +262142-12-31T23:59:59Z.");
  return value(
      datetime{seconds, static_cast<std::uint32_t>(rest * (nanos_per_second / per_second))});
}

result<value> from_nanos(arguments a) {
  return from_count(a[0].as_integer(), nanos_per_second, "nanoseconds");
}
result<value> from_micros(arguments a) {
  return from_count(a[0].as_integer(), 1'000'000, "microseconds");
}
result<value> from_millis(arguments a) {
  return from_count(a[0].as_integer(), 1'000, "milliseconds");
}
result<value> from_secs(arguments a) { return from_count(a[0].as_integer(), 1, "seconds"); }

result<value> from_ulid(arguments a) {
  const auto milliseconds = parse_ulid(a[0].as_string());
  if (!milliseconds)
    return bad_argument("The first argument must be a string, containing a valid ULID.");
  return from_count(static_cast<std::int64_t>(*milliseconds), 1'000, "milliseconds");
}

/// Versions 1 and 6 count 100 ns steps from 1582-10-15, version 7 milliseconds from 1970.
result<value> from_uuid(arguments a) {
  const auto& b = a[0].as_uuid().bytes;
  const auto bytes = [&b](std::initializer_list<int> places) {
    std::uint64_t out = 0;
    for (const int i : places) out = (out << 8) | b[static_cast<std::size_t>(i)];
    return out;
  };
  const unsigned version = b[6] >> 4;
  if (version == 7)
    return from_count(static_cast<std::int64_t>(bytes({0, 1, 2, 3, 4, 5})), 1'000, "milliseconds");
  constexpr std::uint64_t low_bits = 0x0FFF;
  std::uint64_t steps = 0;
  if (version == 1) {
    steps = ((bytes({6, 7}) & low_bits) << 48) | bytes({4, 5, 0, 1, 2, 3});
  } else if (version == 6) {
    steps = (bytes({0, 1, 2, 3, 4, 5}) << 12) | (bytes({6, 7}) & low_bits);
  } else {
    return bad_argument("The first argument must be a v1, v6 or v7 UUID.");
  }
  constexpr std::int64_t epoch_steps = 0x01B2'1DD2'1381'4000;
  return from_count(static_cast<std::int64_t>(steps) - epoch_steps, 10'000'000, "steps");
}

// -- setting one part ---------------------------------------------------------------------------

error cannot_set(const std::string& what) {
  return evaluation_failed("Unable to set datetime to " + what);
}

error out_of_range() {
  return evaluation_failed("out of range integral type conversion attempted");
}

std::string bare(const value& number) {
  if (number.type() == value_type::floating) return float_digits(number.as_floating());
  return to_raw_text(number);
}

using setter = void (*)(civil_time&, std::int64_t);

bool exists(const civil_time& t) noexcept {
  return t.year >= first_year && t.year <= last_year && t.month >= 1 && t.month <= 12 &&
         t.day >= 1 && t.day <= days_in_month(t.year, t.month) && t.hour < 24 && t.minute < 60 &&
         t.second < 60 && t.nanos < nanos_per_second;
}

/// `before` and `after` frame the number in the error: "hour 5", "5 minutes".
result<value> with_part(arguments a, setter set, bool is_year, std::string_view before,
                        std::string_view after) {
  const std::string what = std::string(before) + bare(a[1]) + std::string(after);
  if (a[1].type() != value_type::integer) return cannot_set(what);
  const std::int64_t number = a[1].as_integer();
  const bool narrow = is_year ? number == static_cast<std::int32_t>(number)
                              : number >= 0 && number <= std::numeric_limits<std::uint32_t>::max();
  if (!narrow) return out_of_range();
  civil_time t = to_civil(a[0].as_datetime());
  set(t, number);
  if (!exists(t)) return cannot_set(what);
  return value(from_civil(t));
}

result<value> set_year(arguments a) {
  return with_part(
      a, [](civil_time& t, std::int64_t n) { t.year = n; }, true, "year ", "");
}
result<value> set_month(arguments a) {
  return with_part(
      a, [](civil_time& t, std::int64_t n) { t.month = static_cast<unsigned>(n); }, false, "month ",
      "");
}
result<value> set_day(arguments a) {
  return with_part(
      a, [](civil_time& t, std::int64_t n) { t.day = static_cast<unsigned>(n); }, false, "day ",
      "");
}
result<value> set_hour(arguments a) {
  return with_part(
      a, [](civil_time& t, std::int64_t n) { t.hour = static_cast<unsigned>(n); }, false, "hour ",
      "");
}
result<value> set_minute(arguments a) {
  return with_part(
      a, [](civil_time& t, std::int64_t n) { t.minute = static_cast<unsigned>(n); }, false, "",
      " minutes");
}
result<value> set_second(arguments a) {
  return with_part(
      a, [](civil_time& t, std::int64_t n) { t.second = static_cast<unsigned>(n); }, false, "",
      " seconds");
}
result<value> set_nanosecond(arguments a) {
  return with_part(
      a, [](civil_time& t, std::int64_t n) { t.nanos = static_cast<std::uint32_t>(n); }, false, "",
      " nanoseconds");
}

constexpr function_entry rows[] = {
    row("time::from_micros", "i", plain<from_micros>),
    row("time::from_millis", "i", plain<from_millis>),
    row("time::from_nanos", "i", plain<from_nanos>),
    row("time::from_secs", "i", plain<from_secs>),
    row("time::from_ulid", "s", plain<from_ulid>),
    row("time::from_unix", "i", plain<from_secs>),
    row("time::from_uuid", "u", plain<from_uuid>),
    row("time::set_day", "dn", plain<set_day>),
    row("time::set_hour", "dn", plain<set_hour>),
    row("time::set_minute", "dn", plain<set_minute>),
    row("time::set_month", "dn", plain<set_month>),
    row("time::set_nanosecond", "dn", plain<set_nanosecond>),
    row("time::set_second", "dn", plain<set_second>),
    row("time::set_year", "dn", plain<set_year>),
};

}  // namespace

std::span<const function_entry> time_set_functions() { return rows; }

}  // namespace spooky::surrealql::library
