#include "surrealql/select/aggregate.hpp"

#include "surrealql/analyse/analyse.hpp"
#include "surrealql/syntax/rewrite.hpp"
#include "surrealql/values/numbers.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <utility>

namespace spooky::surrealql {
namespace {

struct named_aggregate {
  std::string_view name;
  aggregate_function function;
};

constexpr std::array named_aggregates{
    named_aggregate{"math::sum", aggregate_function::sum},
    named_aggregate{"math::mean", aggregate_function::mean},
    named_aggregate{"math::min", aggregate_function::minimum},
    named_aggregate{"math::max", aggregate_function::maximum},
    named_aggregate{"math::stddev", aggregate_function::standard_deviation},
    named_aggregate{"math::variance", aggregate_function::variance},
    named_aggregate{"math::median", aggregate_function::median},
    named_aggregate{"time::min", aggregate_function::earliest},
    named_aggregate{"time::max", aggregate_function::latest},
    named_aggregate{"array::group", aggregate_function::group},
    named_aggregate{"array::join", aggregate_function::join},
    named_aggregate{"array::distinct", aggregate_function::distinct},
};

// The ends of the engine's calendar, which time::min and time::max give for no rows.
constexpr spooky::datetime last_moment{8'210'266'876'799, 999'999'999};
constexpr spooky::datetime first_moment{-8'334'601'228'800, 0};

const call* as_aggregate(const expr& expression) noexcept {
  const auto* node = std::get_if<call>(&expression.node);
  return node && is_aggregate(node->function) ? node : nullptr;
}

value square_root(const value& number) {
  if (number == value(0.0)) return 0.0;
  if (number.type() == value_type::decimal) return value(decimal_square_root(number.as_decimal()));
  return std::sqrt(to_double(number));
}

value median_of(array items) {
  if (items.empty()) return {};
  std::ranges::sort(items);
  const std::size_t middle = items.size() / 2;
  if (items.size() % 2 == 1) return items[middle];
  return (to_double(items[middle - 1]) + to_double(items[middle])) / 2.0;
}

}  // namespace

bool is_aggregate(std::string_view function) noexcept {
  return function == "count" || std::ranges::find(named_aggregates, function,
                                                  &named_aggregate::name) != named_aggregates.end();
}

std::optional<aggregate_function> find_aggregate(std::string_view function,
                                                 bool has_argument) noexcept {
  if (function == "count")
    return has_argument ? aggregate_function::count_truthy : aggregate_function::count_rows;
  const auto found = std::ranges::find(named_aggregates, function, &named_aggregate::name);
  if (found == named_aggregates.end()) return std::nullopt;
  return found->function;
}

accumulator::accumulator(aggregate_function function, semantics rules, value separator)
    : function_(function),
      best_(function == aggregate_function::sum || function == aggregate_function::mean ? value(0)
                                                                                        : value()),
      rules_(rules) {
  if (function == aggregate_function::join) separator_ = to_raw_text(separator);
}

// Differences from the first number keep their digits where the numbers are large and close.
void accumulator::add_difference(const value& number) {
  if (stopped_) return void(--count_);
  if (count_ == 1) shift_ = number;
  auto difference = subtract_numbers(number, shift_);
  if (difference.ok() && difference->type() == value_type::integer)
    difference = value(static_cast<double>(difference->as_integer()));
  const auto sum = difference.ok() ? add_numbers(differences_, *difference) : difference;
  if (sum.ok()) differences_ = *sum;
  const auto square = sum.ok() ? multiply_numbers(*difference, *difference) : sum;
  const auto squares = square.ok() ? add_numbers(squared_differences_, *square) : square;
  if (squares.ok()) {
    squared_differences_ = *squares;
    return;
  }
  // What overflows is not counted, as in the engine.
  --count_;
  stopped_ = stops_at_overflow_;
}

value accumulator::variance_of_differences() const {
  const value undefined = std::numeric_limits<double>::quiet_NaN();
  if (count_ == 1) return 0.0;
  const auto mean = divide_numbers(differences_, value::integer(count_));
  const auto product = mean.ok() ? multiply_numbers(differences_, *mean) : undefined;
  const auto rest = product.ok() ? subtract_numbers(squared_differences_, *product) : undefined;
  return rest.ok() ? divide_numbers(*rest, value::integer(count_ - 1)).value_or(undefined)
                   : undefined;
}

void accumulator::add(const value& v) {
  switch (function_) {
    case aggregate_function::count_rows:
      ++count_;
      return;
    case aggregate_function::count_truthy:
      if (v.truthy()) ++count_;
      return;
    case aggregate_function::group:
    case aggregate_function::join:
      items_.push_back(v);
      return;
    case aggregate_function::distinct:
      if (seen_.insert(v).second) items_.push_back(v);
      return;
    case aggregate_function::earliest:
    case aggregate_function::latest:
      if (v.type() != value_type::datetime) return;
      if (count_++ == 0 || (function_ == aggregate_function::earliest ? v < best_ : v > best_))
        best_ = v;
      return;
    default:
      break;
  }
  if (!v.is_number()) return;
  ++count_;
  switch (function_) {
    case aggregate_function::sum:
    case aggregate_function::mean: {
      const std::array<value, 2> both{best_, v};
      best_ = sum(both).value_or(std::numeric_limits<double>::quiet_NaN());
      return;
    }
    case aggregate_function::minimum:
      if (count_ == 1 || v < best_) best_ = v;
      return;
    case aggregate_function::maximum:
      if (count_ == 1 || v > best_) best_ = v;
      return;
    case aggregate_function::median:
      items_.push_back(v);
      return;
    default: {
      if (rules_.has(behaviour::spread_of_differences)) return add_difference(v);
      const double x = to_double(v);
      const double delta = x - mean_;
      mean_ += delta / static_cast<double>(count_);
      squares_ += delta * (x - mean_);
    }
  }
}

std::size_t accumulator::bytes_kept_of(const value& v) const noexcept {
  switch (function_) {
    case aggregate_function::group:
    case aggregate_function::median:
    case aggregate_function::distinct:
      return sizeof(value) + v.weight();
    case aggregate_function::join:
      return 2 * (sizeof(value) + v.weight()) + separator_.size();
    default:
      return 0;
  }
}

value accumulator::finish() const {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto variance = [this]() -> value {
    if (count_ == 0 && rules_.has(behaviour::no_spread_of_none))
      return std::numeric_limits<double>::quiet_NaN();
    if (rules_.has(behaviour::spread_of_differences)) return variance_of_differences();
    return count_ <= 1 ? 0.0 : squares_ / static_cast<double>(count_ - 1);
  };
  switch (function_) {
    case aggregate_function::count_rows:
    case aggregate_function::count_truthy:
      return value::integer(count_);
    case aggregate_function::sum:
      return best_;
    case aggregate_function::mean:
      if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
      return to_double(best_) / static_cast<double>(count_);
    case aggregate_function::minimum:
      return count_ == 0 ? value(infinity) : best_;
    case aggregate_function::maximum:
      return count_ == 0 ? value(-infinity) : best_;
    case aggregate_function::standard_deviation:
      return square_root(variance());
    case aggregate_function::variance:
      return variance();
    case aggregate_function::median:
      return median_of(items_);
    case aggregate_function::earliest:
      return count_ == 0 && !rules_.has(behaviour::no_moment_of_none) ? value(last_moment) : best_;
    case aggregate_function::latest:
      return count_ == 0 && !rules_.has(behaviour::no_moment_of_none) ? value(first_moment) : best_;
    case aggregate_function::group:
    case aggregate_function::distinct:
      return items_;
    case aggregate_function::join:
      break;
  }
  std::string joined;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (i > 0) joined += separator_;
    joined += to_raw_text(items_[i]);
  }
  return value(std::move(joined));
}

group_output extract_aggregates(const expr_ptr& expression) {
  group_output out;
  const replacement take = [&](const expr_ptr& node) -> expr_ptr {
    const call* found = as_aggregate(*node);
    if (!found) return nullptr;
    // array::distinct over another aggregate is the plain function over its result.
    if (found->function == "array::distinct" && !found->arguments.empty() &&
        as_aggregate(*found->arguments[0]))
      return nullptr;
    const bool given = !found->arguments.empty();
    out.calls.push_back({*find_aggregate(found->function, given),
                         given ? found->arguments[0] : nullptr,
                         found->arguments.size() > 1 ? found->arguments[1] : nullptr});
    path field;
    field.parts.emplace_back(field_part{"_a" + std::to_string(out.calls.size() - 1)});
    return std::make_shared<const expr>(expr{std::move(field), node->where});
  };
  const bool whole = as_aggregate(*expression) != nullptr;
  expr_ptr rest = rewrite(expression, take);
  if (out.calls.empty())
    out.calls.push_back({aggregate_function::group, expression, nullptr});
  else if (!whole || out.calls.size() > 1 || std::holds_alternative<call>(rest->node))
    out.rest = std::move(rest);
  return out;
}

bool is_ignorable(const error& e) noexcept {
  constexpr std::string_view prefixes[] = {
      "Incorrect arguments for function ", "Cannot perform addition ",
      "Cannot perform subtraction ",       "Cannot perform multiplication ",
      "Cannot perform division ",          "Cannot raise the value ",
      "Cannot negate the value ",
  };
  return e.code == errc::evaluation_error &&
         std::ranges::any_of(prefixes, [&](std::string_view prefix) {
           return std::string_view(e.message).starts_with(prefix);
         });
}

}  // namespace spooky::surrealql
