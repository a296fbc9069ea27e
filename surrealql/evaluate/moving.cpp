#include "surrealql/evaluate/evaluation.hpp"
#include "surrealql/values/calendar.hpp"

#include <optional>
#include <utility>

/// Comparisons with the clock: from when on they come out differently.
namespace spooky::surrealql {
namespace {

// 128 bits hold every time and duration in nanoseconds.
__extension__ using wide = __int128;

std::optional<wide> nanoseconds(const value& v) noexcept {
  if (v.type() == value_type::datetime)
    return wide{v.as_datetime().seconds} * nanos_per_second + v.as_datetime().nanos;
  if (v.type() == value_type::duration)
    return wide{v.as_duration().seconds} * nanos_per_second + v.as_duration().nanos;
  return std::nullopt;
}

void hold_for(wide nanos, moment& at) {
  const wide seconds = nanos / nanos_per_second;
  if (seconds > wide{seconds_per_day} * 366 * (last_year - first_year)) return;
  const duration length{static_cast<std::uint64_t>(seconds),
                        static_cast<std::uint32_t>(nanos % nanos_per_second)};
  datetime then;
  if (shift(at.now(), length, false, then)) at.holds_until(then);
}

int sign_of(wide difference) noexcept { return difference < 0 ? -1 : difference > 0 ? 1 : 0; }

// What a comparison says of the sign of left - right; of a subtraction: whether it succeeds.
bool holds_of(binary_op op, int sign) noexcept {
  switch (op) {
    case binary_op::less:
      return sign < 0;
    case binary_op::less_equal:
      return sign <= 0;
    case binary_op::greater:
      return sign > 0;
    case binary_op::greater_equal:
    case binary_op::subtract:
      return sign >= 0;
    case binary_op::not_equal:
      return sign != 0;
    default:
      return sign == 0;
  }
}

// The difference grows by `speed` nanoseconds in each (1 or -1, 0: never): until when that holds.
void hold_until_flip(binary_op op, wide difference, int speed, moment& at) {
  if (speed == 0) return;
  const int now = sign_of(difference);
  const bool before = holds_of(op, now);
  if (now == speed) return;
  const wide to_zero = difference < 0 ? -difference : difference;
  if (now != 0 && holds_of(op, 0) != before) return hold_for(to_zero, at);
  if (holds_of(op, speed) != before) hold_for(to_zero + 1, at);
}

bool is_comparison(binary_op op) noexcept {
  return op == binary_op::equal || op == binary_op::exact_equal || op == binary_op::not_equal ||
         (op >= binary_op::less && op <= binary_op::greater_equal);
}

// Compared with a moment it is always on the same side.
bool stays_beside(const value& v) noexcept {
  return v.is_nullish() || v.type() == value_type::boolean || v.is_number() || v.is_string() ||
         v.is_record() || v.type() == value_type::duration || v.type() == value_type::datetime ||
         v.type() == value_type::uuid;
}

// How many nanoseconds the value gains in each: 0 of what does not read the clock. Nothing where
// that is not known.
std::optional<int> speed_of(const expr& e, const eval_context& context) {
  if (const auto* called = std::get_if<call>(&e.node);
      called != nullptr && called->function == "time::now" && called->arguments.empty())
    return 1;
  moment& at = *context.at;
  const std::uint64_t readings = at.readings();
  const auto* node = std::get_if<binary>(&e.node);
  if (node == nullptr || (node->op != binary_op::add && node->op != binary_op::subtract)) {
    const bool known = compute(e, context).ok();
    if (known && at.readings() == readings) return 0;
    return std::nullopt;
  }
  const auto left_speed = speed_of(*node->left, context);
  const auto right_speed = speed_of(*node->right, context);
  if (!left_speed || !right_speed) return std::nullopt;
  if (node->op == binary_op::add) return *left_speed + *right_speed;
  const auto left = compute(*node->left, context);
  const auto right = compute(*node->right, context);
  at.back_to(readings);
  if (!left.ok() || !right.ok()) return std::nullopt;
  // A duration less a time is the time less the duration.
  if (left->type() == value_type::duration && right->type() == value_type::datetime)
    return *right_speed - *left_speed;
  const int speed = *left_speed - *right_speed;
  const auto from = nanoseconds(*left);
  const auto taken = nanoseconds(*right);
  if (!from || !taken) return std::nullopt;
  if (left->type() == right->type() && (speed == 1 || speed == -1))
    hold_until_flip(binary_op::subtract, *from - *taken, speed, at);
  return speed;
}

}  // namespace

void settle_readings(const binary& node, const value& left, const value& right,
                     std::uint64_t readings, const eval_context& context) {
  moment& at = *context.at;
  if (!is_comparison(node.op) && node.op != binary_op::subtract) return;
  const std::uint64_t all = at.readings();
  at.back_to(readings);
  const auto left_speed = speed_of(*node.left, context);
  const auto right_speed = left_speed ? speed_of(*node.right, context) : std::nullopt;
  const auto of_left = nanoseconds(left);
  const auto of_right = nanoseconds(right);
  const int speed = left_speed && right_speed ? *left_speed - *right_speed : 2;
  const bool alike = of_left && of_right && left.type() == right.type();
  const bool known =
      speed >= -1 && speed <= 1 && (alike || (stays_beside(left) && stays_beside(right)));
  if (!known) return at.back_to(all);
  at.back_to(readings);
  if (alike) hold_until_flip(node.op, *of_left - *of_right, speed, at);
}

}  // namespace spooky::surrealql
