#pragma once

#include "surrealql/values/value.hpp"

#include <cstdint>

/// The proleptic Gregorian calendar in UTC, without leap seconds, over the years SurrealDB knows.
namespace spooky::surrealql {

inline constexpr std::int64_t nanos_per_second = 1'000'000'000;
inline constexpr std::int64_t seconds_per_day = 86'400;
inline constexpr std::int64_t first_year = -262'143;
inline constexpr std::int64_t last_year = 262'142;

struct civil_time {
  std::int64_t year = 1970;
  unsigned month = 1;  ///< 1 to 12
  unsigned day = 1;    ///< 1 to 31
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  std::uint32_t nanos = 0;
};

/// Days since 1970-01-01. The date must exist.
std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) noexcept;
unsigned days_in_month(std::int64_t year, unsigned month) noexcept;
bool is_leap_year(std::int64_t year) noexcept;

civil_time to_civil(const datetime& at) noexcept;
datetime from_civil(const civil_time& at) noexcept;

/// Whether a time so many seconds from 1970 lies within first_year to last_year.
bool in_calendar(std::int64_t seconds) noexcept;

unsigned day_of_year(const civil_time& at) noexcept;      ///< 1 to 366
unsigned iso_weekday(const datetime& at) noexcept;        ///< Monday 1 to Sunday 7
unsigned iso_week(const datetime& at) noexcept;           ///< 1 to 53
std::int64_t iso_week_year(const datetime& at) noexcept;  ///< the year iso_week() belongs to

/// `at` plus or minus `d`; false where the result leaves the calendar.
bool shift(const datetime& at, const duration& d, bool back, datetime& out) noexcept;

}  // namespace spooky::surrealql
