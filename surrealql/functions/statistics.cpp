#include "surrealql/functions/library.hpp"
#include "surrealql/values/numbers.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

/// The math:: functions over lists of numbers.
namespace spooky::surrealql::library {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

array sorted(const value& numbers) {
  array out = numbers.as_array();
  std::stable_sort(out.begin(), out.end());
  return out;
}

/// The value at a percentile of sorted numbers, between neighbours where it falls between.
double percentile_of(const array& numbers, double percent) {
  if (numbers.empty() || !(percent >= 0.0 && percent <= 100.0)) return not_a_number;
  const double index = static_cast<double>(numbers.size() - 1) * percent * (1.0 / 100.0);
  const double low = to_double(numbers[static_cast<std::size_t>(std::floor(index))]);
  const double fraction = index - std::trunc(index);
  if (std::fabs(fraction) <= std::numeric_limits<double>::epsilon()) return low;
  const double high = to_double(numbers[static_cast<std::size_t>(std::ceil(index))]);
  return low + (high - low) * fraction;
}

double midhinge_of(const array& numbers) {
  return (percentile_of(numbers, 75) + percentile_of(numbers, 25)) / 2.0;
}

result<value> interquartile(arguments a) {
  const array numbers = sorted(a[0]);
  return value(percentile_of(numbers, 75) - percentile_of(numbers, 25));
}

result<value> max(arguments a) { return maximum(a[0].as_array()); }
result<value> min(arguments a) { return minimum(a[0].as_array()); }
result<value> mean_of(arguments a) { return mean(a[0].as_array()); }
result<value> sum_of(arguments a) { return sum(a[0].as_array()); }
result<value> variance_of(arguments a) { return variance(a[0].as_array()); }
result<value> deviation(arguments a) { return standard_deviation(a[0].as_array()); }

result<value> median(arguments a) {
  if (a[0].as_array().empty()) return value::none();
  return median_of_sorted(sorted(a[0]));
}

result<value> midhinge(arguments a) { return value(midhinge_of(sorted(a[0]))); }

result<value> trimean(arguments a) {
  const array numbers = sorted(a[0]);
  if (numbers.empty()) return value(not_a_number);
  return value((midhinge_of(numbers) + to_double(median_of_sorted(numbers))) * 0.5);
}

/// The most frequent number; of several, the largest.
result<value> mode(arguments a) {
  const array numbers = sorted(a[0]);
  value best(not_a_number);
  std::size_t most = 0;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i;
    while (end < numbers.size() && numbers[end] == numbers[i]) ++end;
    if (end - i >= most) {
      most = end - i;
      best = numbers[i];
    }
    i = end;
  }
  return best;
}

result<value> nearest_rank(arguments a) {
  const array numbers = sorted(a[0]);
  const double percent = to_double(a[1]);
  if (numbers.empty() || !(percent >= 0.0 && percent <= 100.0)) return value(not_a_number);
  const double index = static_cast<double>(numbers.size()) * (percent * (1.0 / 100.0));
  return numbers[std::min(static_cast<std::size_t>(index), numbers.size() - 1)];
}

result<value> percentile(arguments a) {
  return value(percentile_of(sorted(a[0]), to_double(a[1])));
}

/// Ints wrap around, as in the engine.
result<value> product(arguments a) {
  value total(1);
  for (const auto& n : a[0].as_array()) {
    if (total.type() == value_type::integer && n.type() == value_type::integer) {
      total = value(static_cast<std::int64_t>(static_cast<std::uint64_t>(total.as_integer()) *
                                              static_cast<std::uint64_t>(n.as_integer())));
      continue;
    }
    SPOOKY_ASSIGN(total, multiply_numbers(total, n));
  }
  return total;
}

result<value> spread(arguments a) {
  const auto& numbers = a[0].as_array();
  if (numbers.empty()) return value(not_a_number);
  return subtract_numbers(maximum(numbers), minimum(numbers));
}

// -- top and bottom -----------------------------------------------------------------------------

/// A binary heap that keeps its elements in the order Rust's does: math::top and math::bottom hand
/// out that order.
class rust_heap {
 public:
  /// `less(x, y)`: y is nearer to the root.
  using order = std::function<bool(const value&, const value&)>;
  explicit rust_heap(order less) : less_(std::move(less)) {}

  void push(value v) {
    items_.push_back(std::move(v));
    sift_up(items_.size() - 1);
  }

  void pop() {
    items_[0] = std::move(items_.back());
    items_.pop_back();
    if (items_.empty()) return;
    std::size_t at = 0;
    value moved = std::move(items_[0]);
    for (std::size_t child = 1; child < items_.size(); child = 2 * at + 1) {
      if (child + 1 < items_.size() && !less_(items_[child + 1], items_[child])) ++child;
      items_[at] = std::move(items_[child]);
      at = child;
    }
    items_[at] = std::move(moved);
    sift_up(at);
  }

  array take() { return std::move(items_); }

 private:
  void sift_up(std::size_t at) {
    value moved = std::move(items_[at]);
    while (at > 0) {
      const std::size_t parent = (at - 1) / 2;
      if (!less_(items_[parent], moved)) break;
      items_[at] = std::move(items_[parent]);
      at = parent;
    }
    items_[at] = std::move(moved);
  }

  order less_;
  array items_;
};

result<value> extremes(arguments a, rust_heap::order less) {
  if (a[1].as_integer() <= 0)
    return bad_argument("The second argument must be an integer greater than 0.");
  const auto count = static_cast<std::size_t>(a[1].as_integer());
  rust_heap heap(std::move(less));
  const auto& numbers = a[0].as_array();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    heap.push(numbers[i]);
    if (i >= count) heap.pop();
  }
  return value(heap.take());
}

result<value> top(arguments a) { return extremes(a, std::greater<value>()); }
result<value> bottom(arguments a) { return extremes(a, std::less<value>()); }

constexpr function_entry rows[] = {
    row("math::bottom", "li", plain<bottom>),
    row("math::interquartile", "l", plain<interquartile>),
    row("math::max", "l", plain<max>),
    row("math::mean", "l", plain<mean_of>),
    row("math::median", "l", plain<median>),
    row("math::midhinge", "l", plain<midhinge>),
    row("math::min", "l", plain<min>),
    row("math::mode", "l", plain<mode>),
    row("math::nearestrank", "ln", plain<nearest_rank>),
    row("math::percentile", "ln", plain<percentile>),
    row("math::product", "l", plain<product>),
    row("math::spread", "l", plain<spread>),
    row("math::stddev", "l", plain<deviation>),
    row("math::sum", "l", plain<sum_of>),
    row("math::top", "li", plain<top>),
    row("math::trimean", "l", plain<trimean>),
    row("math::variance", "l", plain<variance_of>),
};

}  // namespace

std::span<const function_entry> statistics_functions() { return rows; }

}  // namespace spooky::surrealql::library
