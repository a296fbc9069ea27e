#include "surrealql/values/budget.hpp"

#include <algorithm>

namespace spooky::surrealql {
namespace {

/// Some 100 microseconds, so that a clock is read seldom and a deadline is missed by little.
constexpr std::uint64_t between_checks = 2'048;

const run_limits& defaults() {
  static const run_limits limits;
  return limits;
}

std::string named(std::string_view setting) {
  return setting.empty() ? std::string() : " (" + std::string(setting) + ")";
}

}  // namespace

budget::budget() noexcept : budget(defaults()) {}

budget::budget(const run_limits& limits, std::size_t held) noexcept
    : limits_(&limits),
      held_(held),
      most_bytes_(limits.bytes),
      until_check_(std::max<std::uint64_t>(std::min(between_checks, limits.work), 1)),
      checked_steps_(until_check_) {}

std::uint64_t budget::steps() const noexcept { return checked_steps_ - until_check_; }

std::string budget::place() const {
  return "line " + std::to_string(line_) + ", column " + std::to_string(column_) + ": ";
}

bool budget::exhaust(errc code, std::string message, error_cause cause) {
  failure_ = std::make_unique<const error>(fail(code, std::move(message), cause));
  checked_steps_ = steps();
  until_check_ = 0;
  return false;
}

bool budget::spend_and_check(std::uint64_t steps) {
  if (exhausted()) return false;
  const std::uint64_t before = this->steps();
  const std::uint64_t left = limits_->work - std::min(limits_->work, before);
  if (steps >= left)
    return exhaust(errc::limit_exceeded,
                   place() + "the query needs more than " + std::to_string(limits_->work) +
                       " steps; it was stopped there",
                   error_cause::took_too_long);
  if (limits_->should_stop && limits_->should_stop())
    return exhaust(errc::timeout,
                   place() + "the query was stopped there: it took too long" +
                       named(limits_->time_setting) + ", after " + std::to_string(before) +
                       " steps",
                   error_cause::took_too_long);
  until_check_ = std::min(between_checks, left - steps);
  checked_steps_ = before + steps + until_check_;
  return true;
}

bool budget::too_much_memory(std::uint64_t bytes) {
  if (exhausted()) return false;
  const std::string wanted =
      bytes == run_limits::unbounded
          ? "one value of more than " + std::to_string(value::heaviest)
          : std::to_string(held_) + " and " + std::to_string(bytes) + " more";
  return exhaust(errc::limit_exceeded,
                 place() + "the query holds values of " + wanted + " bytes at once, more than " +
                     std::to_string(limits_->bytes) + named(limits_->bytes_setting));
}

bool budget::too_many_rows() {
  if (exhausted()) return false;
  return exhaust(errc::limit_exceeded,
                 place() + "the query has more than " + std::to_string(limits_->rows) + " rows" +
                     named(limits_->rows_setting) + "; add a LIMIT or a narrower WHERE");
}

bool budget::too_deep() {
  if (exhausted()) return false;
  return exhaust(errc::limit_exceeded,
                 place() + "The value is nested too deeply. A value may be nested at most " +
                     std::to_string(deepest_value + 1) + " levels");
}

}  // namespace spooky::surrealql
