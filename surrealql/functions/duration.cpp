#include "surrealql/functions/library.hpp"

#include <limits>

/// The duration:: functions.
namespace spooky::surrealql::library {
namespace {

constexpr std::uint64_t minute = 60;
constexpr std::uint64_t hour = 60 * minute;
constexpr std::uint64_t day = 24 * hour;
constexpr std::uint64_t week = 7 * day;
constexpr std::uint64_t year = 365 * day;
constexpr std::uint64_t nanos_per_second = 1'000'000'000;

template <std::uint64_t Unit>
result<value> whole(arguments a) {
  return value(static_cast<std::int64_t>(a[0].as_duration().seconds / Unit));
}

/// In units of a part of a second; a count beyond 64 bits wraps around, as in the engine.
template <std::uint64_t PerSecond>
result<value> fine(arguments a) {
  const duration d = a[0].as_duration();
  return value(
      static_cast<std::int64_t>(d.seconds * PerSecond + d.nanos / (nanos_per_second / PerSecond)));
}

/// Of whole units; a negative count is read as a large one, as in the engine, and does not fit.
template <std::uint64_t Unit>
result<value> from_whole(arguments a, std::string_view name) {
  const auto count = static_cast<std::uint64_t>(a[0].as_integer());
  duration made;
  if (__builtin_mul_overflow(count, Unit, &made.seconds))
    return evaluation_failed("Failed to compute: \"" + std::string(name) + "(" +
                             std::to_string(count) +
                             ")\", as the operation results in an arithmetic overflow.");
  return value(made);
}

result<value> from_days(arguments a) { return from_whole<day>(a, "duration::from_days"); }
result<value> from_hours(arguments a) { return from_whole<hour>(a, "duration::from_hours"); }
result<value> from_mins(arguments a) { return from_whole<minute>(a, "duration::from_mins"); }
result<value> from_secs(arguments a) { return from_whole<1>(a, "duration::from_secs"); }
result<value> from_weeks(arguments a) { return from_whole<week>(a, "duration::from_weeks"); }

template <std::uint64_t PerSecond>
result<value> from_fine(arguments a) {
  const auto count = static_cast<std::uint64_t>(a[0].as_integer());
  return value(
      duration{count / PerSecond,
               static_cast<std::uint32_t>(count % PerSecond * (nanos_per_second / PerSecond))});
}

constexpr char days_name[] = "duration::from_days";
constexpr char hours_name[] = "duration::from_hours";
constexpr char micros_name[] = "duration::from_micros";
constexpr char millis_name[] = "duration::from_millis";
constexpr char mins_name[] = "duration::from_mins";
constexpr char nanos_name[] = "duration::from_nanos";
constexpr char secs_name[] = "duration::from_secs";
constexpr char weeks_name[] = "duration::from_weeks";

/// `Make` of a count that must not be negative.
template <const char* Name, plain_function Make>
result<value> of_count(arguments a) {
  if (a[0].as_integer() < 0) return negative_count(Name, a[0].as_integer());
  return Make(a);
}

template <const char* Name, plain_function Make>
constexpr function_body checked = since<Make, behaviour::counts_are_checked, of_count<Name, Make>>;

/// In units of a part of a second; a count beyond 64 bits is a decimal.
template <std::uint64_t PerSecond>
result<value> fine_or_decimal(arguments a) {
  const duration d = a[0].as_duration();
  const auto count = static_cast<unsigned __int128>(d.seconds) * PerSecond +
                     d.nanos / (nanos_per_second / PerSecond);
  if (count <= static_cast<unsigned __int128>(std::numeric_limits<std::int64_t>::max()))
    return value(static_cast<std::int64_t>(count));
  std::string digits;
  for (unsigned __int128 rest = count; rest != 0; rest /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  SPOOKY_ASSIGN(const decimal exact, decimal::parse(digits));
  return value(exact);
}

template <std::uint64_t PerSecond>
constexpr function_body counted =
    since<fine<PerSecond>, behaviour::counts_are_checked, fine_or_decimal<PerSecond>>;

constexpr function_entry rows[] = {
    row("duration::days", "D", plain<whole<day>>),
    row("duration::from_days", "i", (checked<days_name, from_days>)),
    row("duration::from_hours", "i", (checked<hours_name, from_hours>)),
    row("duration::from_micros", "i", (checked<micros_name, from_fine<1'000'000>>)),
    row("duration::from_millis", "i", (checked<millis_name, from_fine<1'000>>)),
    row("duration::from_mins", "i", (checked<mins_name, from_mins>)),
    row("duration::from_nanos", "i", (checked<nanos_name, from_fine<nanos_per_second>>)),
    row("duration::from_secs", "i", (checked<secs_name, from_secs>)),
    row("duration::from_weeks", "i", (checked<weeks_name, from_weeks>)),
    row("duration::hours", "D", plain<whole<hour>>),
    row("duration::micros", "D", counted<1'000'000>),
    row("duration::millis", "D", counted<1'000>),
    row("duration::mins", "D", plain<whole<minute>>),
    row("duration::nanos", "D", counted<nanos_per_second>),
    row("duration::secs", "D", plain<whole<1>>),
    row("duration::weeks", "D", plain<whole<week>>),
    row("duration::years", "D", plain<whole<year>>),
};

}  // namespace

std::span<const function_entry> duration_functions() { return rows; }

}  // namespace spooky::surrealql::library
