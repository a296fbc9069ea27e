#include "machines/jobs/retry_policy.hpp"

#include "machines/backoff.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace spooky::machines {

namespace {

constexpr std::chrono::milliseconds base_pause{200};
constexpr std::chrono::milliseconds longest{max_retry_pause};

std::chrono::milliseconds plain_pause(retry_strategy strategy, std::uint64_t retry) {
  const auto steps = static_cast<std::uint64_t>(longest / base_pause);
  if (strategy == retry_strategy::exponential)
    return retry > 16 ? longest : std::min(longest, base_pause * (std::int64_t{1} << retry));
  return retry >= steps ? longest : base_pause * static_cast<std::int64_t>(retry + 1);
}

}  // namespace

std::chrono::milliseconds retry_pause(retry_strategy strategy, std::uint64_t retry,
                                      std::uint64_t seed) {
  const auto pause = plain_pause(strategy, retry);
  // backoff_delay takes up to half away; a fifth of that, added, is the contract's jitter.
  const auto taken = pause - backoff_delay(1, pause, pause, seed);
  return pause + taken / 5;
}

job_verdict judge(unsigned status) noexcept {
  if (status / 100 == 2) return job_verdict::success;
  if (status == 408 || status == 425 || status == 429 || status >= 500) return job_verdict::retry;
  return job_verdict::failure;
}

namespace {

template <class Int>
std::optional<Int> read_number(std::string_view text) {
  Int number{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<std::chrono::sys_seconds> read_http_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> months{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(25) != " GMT") return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  const auto day = read_number<unsigned>(text.substr(5, 2));
  const auto year = read_number<int>(text.substr(12, 4));
  const auto hours = read_number<int>(text.substr(17, 2));
  const auto minutes = read_number<int>(text.substr(20, 2));
  const auto seconds = read_number<int>(text.substr(23, 2));
  if (month == months.end() || !day || !year || !hours || !minutes || !seconds) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year{*year},
      std::chrono::month{static_cast<unsigned>(month - months.begin()) + 1},
      std::chrono::day{*day}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{*hours} + std::chrono::minutes{*minutes} +
         std::chrono::seconds{*seconds};
}

std::chrono::milliseconds bounded(std::chrono::seconds asked) {
  return std::clamp<std::chrono::seconds>(asked, std::chrono::seconds{0}, max_retry_pause);
}

}  // namespace

std::optional<std::chrono::milliseconds> read_retry_after(std::string_view retry_after,
                                                          std::string_view date) {
  const bool digits =
      !retry_after.empty() && retry_after.find_first_not_of("0123456789") == std::string_view::npos;
  // A number too large for anything is a long pause as well.
  if (digits)
    return bounded(
        std::chrono::seconds{read_number<std::uint32_t>(retry_after)
                                 .value_or(std::chrono::seconds{max_retry_pause}.count())});
  const auto until = read_http_date(retry_after);
  const auto now = read_http_date(date);
  if (!until || !now) return std::nullopt;
  return bounded(*until - *now);
}

}  // namespace spooky::machines
