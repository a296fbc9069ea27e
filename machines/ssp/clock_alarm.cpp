#include "machines/ssp/clock_alarm.hpp"

#include <algorithm>

namespace spooky::machines {

namespace {

constexpr std::int64_t nanos_per_second = 1'000'000'000;

}  // namespace

datetime to_datetime(timestamp at) noexcept {
  const std::int64_t nanos = at.time_since_epoch().count();
  std::int64_t seconds = nanos / nanos_per_second;
  if (nanos % nanos_per_second < 0) --seconds;
  return {seconds, static_cast<std::uint32_t>(nanos - seconds * nanos_per_second)};
}

timestamp to_timestamp(const datetime& at) noexcept {
  constexpr std::int64_t most = timespan::max().count() / nanos_per_second - 1;
  if (at.seconds > most) return timestamp::max();
  if (at.seconds < -most) return timestamp::min();
  return timestamp{timespan{at.seconds * nanos_per_second + at.nanos}};
}

std::optional<clock_alarm::setting> clock_alarm::wait_for(const std::optional<datetime>& next,
                                                          timestamp now) {
  if (!next) return std::nullopt;
  const timestamp due = std::clamp(to_timestamp(*next), now + shortest, now + longest);
  if (waits_for_ && *waits_for_ <= due) return std::nullopt;
  waits_for_ = due;
  return setting{due - now, ++number_};
}

bool clock_alarm::goes_off(std::uint64_t number) noexcept {
  if (number != number_) return false;
  waits_for_.reset();
  return true;
}

}  // namespace spooky::machines
