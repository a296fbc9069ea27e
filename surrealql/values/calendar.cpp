#include "surrealql/values/calendar.hpp"

namespace spooky::surrealql {
namespace {

constexpr std::int64_t days_per_cycle = 146'097;  ///< 400 years
constexpr std::int64_t epoch_shift = 719'468;     ///< from 0000-03-01 to 1970-01-01

std::int64_t floor_divide(std::int64_t a, std::int64_t b) noexcept {
  return a / b - (a % b < 0 ? 1 : 0);
}

}  // namespace

// Years are counted from March, so that the leap day is the last of its year.
std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) noexcept {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t cycle = floor_divide(y, 400);
  const std::int64_t year_of_cycle = y - cycle * 400;
  const std::int64_t months = (static_cast<std::int64_t>(month) + 9) % 12;
  const std::int64_t day_of_march_year =
      (153 * months + 2) / 5 + static_cast<std::int64_t>(day) - 1;
  const std::int64_t day_of_cycle =
      year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_march_year;
  return cycle * days_per_cycle + day_of_cycle - epoch_shift;
}

bool is_leap_year(std::int64_t year) noexcept {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

unsigned days_in_month(std::int64_t year, unsigned month) noexcept {
  if (month == 2) return is_leap_year(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

civil_time to_civil(const datetime& at) noexcept {
  const std::int64_t days = floor_divide(at.seconds, seconds_per_day);
  const auto rest = static_cast<unsigned>(at.seconds - days * seconds_per_day);
  const std::int64_t shifted = days + epoch_shift;
  const std::int64_t cycle = floor_divide(shifted, days_per_cycle);
  const std::int64_t day_of_cycle = shifted - cycle * days_per_cycle;
  const std::int64_t year_of_cycle = (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 -
                                      day_of_cycle / (days_per_cycle - 1)) /
                                     365;
  const std::int64_t day_of_march_year =
      day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
  const std::int64_t months = (5 * day_of_march_year + 2) / 153;
  civil_time civil;
  civil.day = static_cast<unsigned>(day_of_march_year - (153 * months + 2) / 5 + 1);
  civil.month = static_cast<unsigned>(months < 10 ? months + 3 : months - 9);
  civil.year = year_of_cycle + cycle * 400 + (civil.month <= 2 ? 1 : 0);
  civil.hour = rest / 3600;
  civil.minute = rest / 60 % 60;
  civil.second = rest % 60;
  civil.nanos = at.nanos;
  return civil;
}

datetime from_civil(const civil_time& at) noexcept {
  return {days_from_civil(at.year, at.month, at.day) * seconds_per_day + at.hour * 3600 +
              at.minute * 60 + at.second,
          at.nanos};
}

bool in_calendar(std::int64_t seconds) noexcept {
  static const std::int64_t first = days_from_civil(first_year, 1, 1) * seconds_per_day;
  static const std::int64_t end = days_from_civil(last_year + 1, 1, 1) * seconds_per_day;
  return seconds >= first && seconds < end;
}

unsigned day_of_year(const civil_time& at) noexcept {
  return static_cast<unsigned>(days_from_civil(at.year, at.month, at.day) -
                               days_from_civil(at.year, 1, 1) + 1);
}

unsigned iso_weekday(const datetime& at) noexcept {
  constexpr std::int64_t epoch_weekday = 3;  // 1970-01-01 was a Thursday: three days after a Monday
  const std::int64_t days = floor_divide(at.seconds, seconds_per_day) + epoch_weekday;
  return static_cast<unsigned>(days - floor_divide(days, 7) * 7) + 1;
}

namespace {

/// The Thursday of a date's week decides which year the week belongs to.
civil_time thursday_of_week(const datetime& at) noexcept {
  const auto offset = 4 - static_cast<std::int64_t>(iso_weekday(at));
  return to_civil({at.seconds + offset * seconds_per_day, 0});
}

}  // namespace

unsigned iso_week(const datetime& at) noexcept {
  return (day_of_year(thursday_of_week(at)) - 1) / 7 + 1;
}

std::int64_t iso_week_year(const datetime& at) noexcept { return thursday_of_week(at).year; }

bool shift(const datetime& at, const duration& d, bool back, datetime& out) noexcept {
  __int128 seconds = static_cast<__int128>(at.seconds);
  std::int64_t nanos = at.nanos;
  seconds += back ? -static_cast<__int128>(d.seconds) : static_cast<__int128>(d.seconds);
  nanos += back ? -static_cast<std::int64_t>(d.nanos) : static_cast<std::int64_t>(d.nanos);
  if (nanos < 0) {
    nanos += nanos_per_second;
    --seconds;
  } else if (nanos >= nanos_per_second) {
    nanos -= nanos_per_second;
    ++seconds;
  }
  if (seconds != static_cast<std::int64_t>(seconds) ||
      !in_calendar(static_cast<std::int64_t>(seconds)))
    return false;
  out = {static_cast<std::int64_t>(seconds), static_cast<std::uint32_t>(nanos)};
  return true;
}

}  // namespace spooky::surrealql
