#include "surrealql/functions/formats.hpp"
#include "surrealql/functions/library.hpp"
#include "surrealql/functions/time_format.hpp"
#include "surrealql/values/calendar.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <limits>

/// The time:: functions that read or round a datetime, and the clock.
namespace spooky::surrealql::library {
namespace {

using reader = std::int64_t (*)(const datetime&);

template <reader Read>
result<value> part(arguments a) {
  return value(Read(a[0].as_datetime()));
}

std::int64_t day(const datetime& t) { return to_civil(t).day; }
std::int64_t hour(const datetime& t) { return to_civil(t).hour; }
std::int64_t minute(const datetime& t) { return to_civil(t).minute; }
std::int64_t month(const datetime& t) { return to_civil(t).month; }
std::int64_t second(const datetime& t) { return to_civil(t).second; }
std::int64_t unix_seconds(const datetime& t) { return t.seconds; }
std::int64_t weekday(const datetime& t) { return iso_weekday(t); }
std::int64_t week(const datetime& t) { return iso_week(t); }
std::int64_t year_day(const datetime& t) { return day_of_year(to_civil(t)); }
std::int64_t year(const datetime& t) { return to_civil(t).year; }
std::int64_t micros(const datetime& t) { return t.seconds * 1'000'000 + t.nanos / 1'000; }
std::int64_t millis(const datetime& t) { return t.seconds * 1'000 + t.nanos / 1'000'000; }

/// Nanoseconds since 1970, where they fit in 64 bits.
bool nanos_of(const datetime& t, std::int64_t& out) noexcept {
  const auto wide = static_cast<__int128>(t.seconds) * nanos_per_second + t.nanos;
  out = static_cast<std::int64_t>(wide);
  return out == wide;
}

std::int64_t nano(const datetime& t) {
  std::int64_t out = 0;
  return nanos_of(t, out) ? out : 0;
}

result<value> checked_nano(arguments a) {
  std::int64_t out = 0;
  if (nanos_of(a[0].as_datetime(), out)) return value(out);
  return evaluation_failed("Failed to compute: \"time::nano(" +
                           surrealql::to_text(a[0].as_datetime()) +
                           ")\", as the operation results in an arithmetic overflow.");
}

result<value> is_leap_year_of(arguments a) {
  return value(is_leap_year(to_civil(a[0].as_datetime()).year));
}

// -- rounding -----------------------------------------------------------------------------------

constexpr std::string_view bad_step =
    "The second argument must be a duration, and must be able to be represented as nanoseconds.";

/// How far a time lies above the multiple of `step` below it; false where that cannot be told in 64
/// bits.
bool above_multiple(const datetime& t, const duration& step, std::int64_t& span,
                    std::int64_t& above) noexcept {
  const auto wide = static_cast<__int128>(step.seconds) * nanos_per_second + step.nanos;
  std::int64_t stamp = 0;
  span = static_cast<std::int64_t>(wide);
  if (span != wide || span <= 0 || !nanos_of(t, stamp)) return false;
  above = stamp % span;
  if (above < 0) above += span;
  return true;
}

bool moved(const datetime& t, std::int64_t nanos, datetime& out) noexcept {
  const bool back = nanos < 0;
  const auto size = static_cast<std::uint64_t>(back ? -nanos : nanos);
  constexpr auto second_size = static_cast<std::uint64_t>(nanos_per_second);
  return shift(t, {size / second_size, static_cast<std::uint32_t>(size % second_size)}, back, out);
}

enum class rounding { down, up, nearest };

template <rounding Way>
result<value> rounded(arguments a) {
  const datetime t = a[0].as_datetime();
  const duration step = a[1].as_duration();
  if (step == duration{}) return a[0];
  std::int64_t span = 0;
  std::int64_t above = 0;
  if (!above_multiple(t, step, span, above)) return bad_argument(std::string(bad_step));
  if (above == 0) return a[0];
  const bool up = Way == rounding::up || (Way == rounding::nearest && span - above <= above);
  datetime out;
  if (!moved(t, up ? span - above : -above, out)) return bad_argument(std::string(bad_step));
  return value(out);
}

result<value> group(arguments a) {
  const auto unit = a[1].as_string();
  civil_time t = to_civil(a[0].as_datetime());
  constexpr std::string_view units[] = {"year", "month", "day", "hour", "minute", "second"};
  const auto found = std::find(std::begin(units), std::end(units), unit);
  if (found == std::end(units))
    return bad_argument(
        "The second argument must be a string, and can be one of 'year', 'month', 'day', 'hour', "
        "'minute', or 'second'.");
  const auto kept = found - std::begin(units);
  t.nanos = 0;
  if (kept < 5) t.second = 0;
  if (kept < 4) t.minute = 0;
  if (kept < 3) t.hour = 0;
  if (kept < 2) t.day = 1;
  if (kept < 1) t.month = 1;
  return value(from_civil(t));
}

result<value> format(arguments a) {
  auto text = format_time(a[0].as_datetime(), a[1].as_string());
  if (!text) return bad_argument(text.failure().message);
  return value(*std::move(text));
}

result<value> max(arguments a) {
  const array& times = a[0].as_array();
  return times.empty() ? value::none() : *std::max_element(times.begin(), times.end());
}

result<value> min(arguments a) {
  const array& times = a[0].as_array();
  return times.empty() ? value::none() : *std::min_element(times.begin(), times.end());
}

result<value> now(arguments, function_context& context) {
  SPOOKY_ASSIGN(const datetime at, context.now());
  return value(at);
}

/// Of the moment where no time is given.
template <function_body Of>
result<value> or_now(arguments a, function_context& context) {
  if (!a.empty()) return Of(a, context);
  SPOOKY_ASSIGN(const datetime at, context.now());
  const value given(at);
  return Of({&given, 1}, context);
}

constexpr function_entry part_row(std::string_view name, function_body call) {
  return row(name, "d?", call, determinism::clock_by_default);
}

constexpr function_entry rows[] = {
    row("time::ceil", "dD", plain<rounded<rounding::up>>),
    part_row("time::day", or_now<plain<part<day>>>),
    row("time::floor", "dD", plain<rounded<rounding::down>>),
    row("time::format", "ds", plain<format>),
    row("time::group", "ds", plain<group>),
    part_row("time::hour", or_now<plain<part<hour>>>),
    part_row("time::is_leap_year", or_now<plain<is_leap_year_of>>),
    row("time::max", "t", plain<max>),
    part_row("time::micros", or_now<plain<part<micros>>>),
    part_row("time::millis", or_now<plain<part<millis>>>),
    row("time::min", "t", plain<min>),
    part_row("time::minute", or_now<plain<part<minute>>>),
    part_row("time::month", or_now<plain<part<month>>>),
    part_row("time::nano", or_now<since<part<nano>, behaviour::moments_are_checked, checked_nano>>),
    row("time::now", "", now, determinism::clock),
    row("time::round", "dD", plain<rounded<rounding::nearest>>),
    part_row("time::second", or_now<plain<part<second>>>),
    part_row("time::unix", or_now<plain<part<unix_seconds>>>),
    part_row("time::wday", or_now<plain<part<weekday>>>),
    part_row("time::week", or_now<plain<part<week>>>),
    part_row("time::yday", or_now<plain<part<year_day>>>),
    part_row("time::year", or_now<plain<part<year>>>),
};

}  // namespace

std::span<const function_entry> time_functions() { return rows; }

}  // namespace spooky::surrealql::library
