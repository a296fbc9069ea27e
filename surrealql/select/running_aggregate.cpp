#include "surrealql/select/aggregate.hpp"

#include <bit>
#include <cmath>

namespace spooky::surrealql {
namespace {

bool finds_extreme(aggregate_function f) noexcept {
  return f == aggregate_function::minimum || f == aggregate_function::maximum ||
         f == aggregate_function::earliest || f == aggregate_function::latest;
}

}  // namespace

void running_aggregate::change(const value& v, std::int64_t by) {
  switch (function_) {
    case aggregate_function::count_rows:
      rows_ += by;
      return;
    case aggregate_function::count_truthy:
      if (v.truthy()) rows_ += by;
      return;
    case aggregate_function::earliest:
    case aggregate_function::latest:
      if (v.type() != value_type::datetime) return;
      break;
    case aggregate_function::sum:
    case aggregate_function::mean:
    case aggregate_function::minimum:
    case aggregate_function::maximum:
      if (!v.is_number()) return;
      break;
    default:
      return;
  }
  rows_ += by;
  if (v.type() == value_type::integer) {
    integers_ += by;
    const auto bits = std::bit_cast<std::uint64_t>(v.as_integer());
    sum_ += by > 0 ? bits : -bits;
  } else if (v.type() == value_type::floating &&
             !(v.as_floating() == 0 && std::signbit(v.as_floating()))) {
    floats_ += by;
  } else if (v.is_number()) {
    others_ += by;
  }
  if (!finds_extreme(function_)) return;
  const auto at = sorted_.try_emplace({v, v.type()}, 0).first;
  at->second += by;
  if (at->second == 0) sorted_.erase(at);
}

bool running_aggregate::exact() const noexcept {
  switch (function_) {
    case aggregate_function::count_rows:
    case aggregate_function::count_truthy:
    case aggregate_function::earliest:
    case aggregate_function::latest:
      return true;
    case aggregate_function::sum:
    case aggregate_function::mean:
      return floats_ == 0 && others_ == 0;
    case aggregate_function::minimum:
    case aggregate_function::maximum:
      // Of equal numbers of two types the first row's stays, which only a replay can tell.
      return others_ == 0 && (integers_ == 0 || floats_ == 0);
    default:
      return false;
  }
}

value running_aggregate::finish() const {
  const bool smallest =
      function_ == aggregate_function::minimum || function_ == aggregate_function::earliest;
  if (finds_extreme(function_) && !sorted_.empty())
    return smallest ? sorted_.begin()->first.first : sorted_.rbegin()->first.first;
  if (finds_extreme(function_)) return accumulator(function_, rules_).finish();
  const auto sum = std::bit_cast<std::int64_t>(sum_);
  if (function_ == aggregate_function::sum) return value::integer(sum);
  if (function_ == aggregate_function::mean)
    return rows_ == 0 ? accumulator(function_, rules_).finish()
                      : value(static_cast<double>(sum) / static_cast<double>(rows_));
  return value::integer(rows_);
}

}  // namespace spooky::surrealql
