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

constexpr function_entry rows[] = {
    row("duration::days", "D", plain<whole<day>>),
    row("duration::from_days", "i", plain<from_days>),
    row("duration::from_hours", "i", plain<from_hours>),
    row("duration::from_micros", "i", plain<from_fine<1'000'000>>),
    row("duration::from_millis", "i", plain<from_fine<1'000>>),
    row("duration::from_mins", "i", plain<from_mins>),
    row("duration::from_nanos", "i", plain<from_fine<nanos_per_second>>),
    row("duration::from_secs", "i", plain<from_secs>),
    row("duration::from_weeks", "i", plain<from_weeks>),
    row("duration::hours", "D", plain<whole<hour>>),
    row("duration::micros", "D", plain<fine<1'000'000>>),
    row("duration::millis", "D", plain<fine<1'000>>),
    row("duration::mins", "D", plain<whole<minute>>),
    row("duration::nanos", "D", plain<fine<nanos_per_second>>),
    row("duration::secs", "D", plain<whole<1>>),
    row("duration::weeks", "D", plain<whole<week>>),
    row("duration::years", "D", plain<whole<year>>),
};

}  // namespace

std::span<const function_entry> duration_functions() { return rows; }

}  // namespace spooky::surrealql::library
