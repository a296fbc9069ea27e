#include "surrealql/functions/library.hpp"
#include "surrealql/values/distinct.hpp"
#include "surrealql/values/numbers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

/// The vector:: functions: arithmetic, distances and similarities of lists of numbers.
namespace spooky::surrealql::library {
namespace {

result<void> same_size(const array& a, const array& b) {
  if (a.size() == b.size()) return {};
  return bad_argument("The two vectors must be of the same dimension.");
}

// Unlike the operators, vectors of ints wrap around.

bool both_ints(const value& a, const value& b) noexcept {
  return a.type() == value_type::integer && b.type() == value_type::integer;
}

std::uint64_t bits_of(const value& v) noexcept {
  return static_cast<std::uint64_t>(v.as_integer());
}

result<value> plus(const value& a, const value& b) {
  if (!both_ints(a, b)) return add_numbers(a, b);
  return value(static_cast<std::int64_t>(bits_of(a) + bits_of(b)));
}

result<value> minus(const value& a, const value& b) {
  if (!both_ints(a, b)) return subtract_numbers(a, b);
  return value(static_cast<std::int64_t>(bits_of(a) - bits_of(b)));
}

result<value> times(const value& a, const value& b) {
  if (!both_ints(a, b)) return multiply_numbers(a, b);
  return value(static_cast<std::int64_t>(bits_of(a) * bits_of(b)));
}

using number_operation = result<value> (*)(const value&, const value&);

template <number_operation Operation>
result<value> each(arguments a) {
  const array& left = a[0].as_array();
  const array& right = a[1].as_array();
  SPOOKY_TRY(same_size(left, right));
  array out;
  for (std::size_t i = 0; i < left.size(); ++i) {
    SPOOKY_ASSIGN(value made, Operation(left[i], right[i]));
    out.push_back(std::move(made));
  }
  return value(std::move(out));
}

bool is_nan(const value& v) {
  return v.type() == value_type::floating && std::isnan(v.as_floating());
}

/// Division that gives NaN for a zero divisor of any kind.
result<value> quotient(const value& a, const value& b) {
  if (is_nan(a) || is_nan(b) || b == value(0))
    return value(std::numeric_limits<double>::quiet_NaN());
  return divide_numbers(a, b);
}

result<value> dot_of(const array& left, const array& right) {
  value total(0);
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    SPOOKY_ASSIGN(const value product, times(left[i], right[i]));
    SPOOKY_ASSIGN(total, plus(total, product));
  }
  return total;
}

double squares_of(const array& numbers) {
  double total = 0;
  for (const auto& n : numbers) total += to_double(n) * to_double(n);
  return total;
}

value magnitude_of(const array& numbers) { return value(std::sqrt(squares_of(numbers))); }

result<value> magnitude(arguments a) { return magnitude_of(a[0].as_array()); }

result<value> dot(arguments a) {
  SPOOKY_TRY(same_size(a[0].as_array(), a[1].as_array()));
  return dot_of(a[0].as_array(), a[1].as_array());
}

/// The dot product over the product of the lengths.
result<value> cosine(arguments a) {
  SPOOKY_TRY(same_size(a[0].as_array(), a[1].as_array()));
  SPOOKY_ASSIGN(const value product, dot_of(a[0].as_array(), a[1].as_array()));
  SPOOKY_ASSIGN(const value lengths,
                times(magnitude_of(a[0].as_array()), magnitude_of(a[1].as_array())));
  return divide_numbers(product, lengths);
}

result<value> angle(arguments a) {
  SPOOKY_TRY(same_size(a[0].as_array(), a[1].as_array()));
  SPOOKY_ASSIGN(const value product, dot_of(a[0].as_array(), a[1].as_array()));
  SPOOKY_ASSIGN(const value lengths,
                times(magnitude_of(a[0].as_array()), magnitude_of(a[1].as_array())));
  SPOOKY_ASSIGN(const value ratio, quotient(product, lengths));
  return value(std::acos(to_double(ratio)));
}

result<value> cross(arguments a) {
  const array& x = a[0].as_array();
  const array& y = a[1].as_array();
  if (x.size() != 3 || y.size() != 3)
    return bad_argument("Both vectors must have a dimension of 3.");
  array out;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t j = (i + 1) % 3;
    const std::size_t k = (i + 2) % 3;
    SPOOKY_ASSIGN(const value left, times(x[j], y[k]));
    SPOOKY_ASSIGN(const value right, times(x[k], y[j]));
    SPOOKY_ASSIGN(value made, minus(left, right));
    out.push_back(std::move(made));
  }
  return value(std::move(out));
}

result<value> scaled(const array& numbers, const value& factor, number_operation operation) {
  array out;
  for (const auto& n : numbers) {
    SPOOKY_ASSIGN(value made, operation(n, factor));
    out.push_back(std::move(made));
  }
  return value(std::move(out));
}

result<value> scale(arguments a) { return scaled(a[0].as_array(), a[1], times); }

result<value> normalize(arguments a) {
  return scaled(a[0].as_array(), magnitude_of(a[0].as_array()), quotient);
}

result<value> project(arguments a) {
  SPOOKY_TRY(same_size(a[0].as_array(), a[1].as_array()));
  SPOOKY_ASSIGN(const value product, dot_of(a[0].as_array(), a[1].as_array()));
  SPOOKY_ASSIGN(const value factor, quotient(product, value(squares_of(a[1].as_array()))));
  array out;
  for (const auto& n : a[1].as_array()) {
    SPOOKY_ASSIGN(value made, times(factor, n));
    out.push_back(std::move(made));
  }
  return value(std::move(out));
}

// -- distances ----------------------------------------------------------------------------------

result<value> chebyshev(arguments a) {
  SPOOKY_TRY(same_size(a[0].as_array(), a[1].as_array()));
  double most = std::numeric_limits<double>::lowest();
  for (std::size_t i = 0; i < a[0].as_array().size(); ++i)
    most = std::max(most, std::fabs(to_double(a[0].as_array()[i]) - to_double(a[1].as_array()[i])));
  return value(most);
}

result<value> euclidean(arguments a) {
  SPOOKY_TRY(same_size(a[0].as_array(), a[1].as_array()));
  double total = 0;
  for (std::size_t i = 0; i < a[0].as_array().size(); ++i) {
    SPOOKY_ASSIGN(const value apart, minus(a[0].as_array()[i], a[1].as_array()[i]));
    total += to_double(apart) * to_double(apart);
  }
  return value(std::sqrt(total));
}

result<value> hamming(arguments a) {
  SPOOKY_TRY(same_size(a[0].as_array(), a[1].as_array()));
  std::int64_t count = 0;
  for (std::size_t i = 0; i < a[0].as_array().size(); ++i)
    count += a[0].as_array()[i] == a[1].as_array()[i] ? 0 : 1;
  return value(count);
}

result<value> manhattan(arguments a) {
  SPOOKY_TRY(same_size(a[0].as_array(), a[1].as_array()));
  value total(0);
  for (std::size_t i = 0; i < a[0].as_array().size(); ++i) {
    SPOOKY_ASSIGN(value apart, minus(a[0].as_array()[i], a[1].as_array()[i]));
    if (apart < value(0)) {
      SPOOKY_ASSIGN(apart, negate_number(apart));
    }
    SPOOKY_ASSIGN(total, plus(total, apart));
  }
  return total;
}

result<value> minkowski(arguments a) {
  SPOOKY_TRY(same_size(a[0].as_array(), a[1].as_array()));
  const double order = to_double(a[2]);
  double total = 0;
  for (std::size_t i = 0; i < a[0].as_array().size(); ++i)
    total +=
        std::pow(std::fabs(to_double(a[0].as_array()[i]) - to_double(a[1].as_array()[i])), order);
  return value(std::pow(total, 1.0 / order));
}

result<value> jaccard(arguments a) {
  const array& first = a[0].as_array();
  distinct_values all(first.begin(), first.end());
  double common = 0;
  for (const auto& n : a[1].as_array()) common += all.insert(n).second ? 0 : 1;
  return value(common / static_cast<double>(all.size()));
}

double population_deviation(const array& numbers, double mean_value) {
  if (numbers.empty()) return std::numeric_limits<double>::quiet_NaN();
  if (numbers.size() == 1) return 0;
  double total = 0;
  for (const auto& n : numbers) total += (to_double(n) - mean_value) * (to_double(n) - mean_value);
  return std::sqrt(total / static_cast<double>(numbers.size()));
}

result<value> pearson(arguments a) {
  const array& x = a[0].as_array();
  const array& y = a[1].as_array();
  SPOOKY_TRY(same_size(x, y));
  SPOOKY_ASSIGN(const value middle_x, mean(x));
  SPOOKY_ASSIGN(const value middle_y, mean(y));
  const double mean_x = to_double(middle_x);
  const double mean_y = to_double(middle_y);
  double covariance = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    covariance += (to_double(x[i]) - mean_x) * (to_double(y[i]) - mean_y);
  covariance /= static_cast<double>(x.size());
  return value(covariance / (population_deviation(x, mean_x) * population_deviation(y, mean_y)));
}

// -- checked, from 3.3 on --------------------------------------------------------------------

result<value> jaccard_of_sets(arguments a) {
  const array& first = a[0].as_array();
  const array& second = a[1].as_array();
  const distinct_values left(first.begin(), first.end());
  const distinct_values right(second.begin(), second.end());
  distinct_values all = left;
  double common = 0;
  for (const auto& n : right) common += all.insert(n).second ? 0 : 1;
  return value(all.empty() ? 1.0 : common / static_cast<double>(all.size()));
}

result<value> correlation(const std::vector<double>& x, const std::vector<double>& y) {
  if (x.size() < 2) return bad_argument("The two vectors must have a dimension of at least 2.");
  const auto count = static_cast<double>(x.size());
  const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / count;
  const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / count;
  const auto deviation_of = [&](const std::vector<double>& of, double middle) {
    double total = 0;
    for (const double n : of) total += (n - middle) * (n - middle);
    return std::sqrt(total / count);
  };
  const double spread_x = deviation_of(x, mean_x);
  const double spread_y = deviation_of(y, mean_y);
  if (spread_x == 0 || spread_y == 0)
    return bad_argument("The two vectors must not have a variance of zero.");
  double covariance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) covariance += (x[i] - mean_x) * (y[i] - mean_y);
  return value(covariance / count / (spread_x * spread_y));
}

std::vector<double> as_floats(const array& numbers) {
  std::vector<double> out;
  for (const value& n : numbers) out.push_back(to_double(n));
  return out;
}

/// The ranks from 1 on; equal numbers share the middle of theirs.
std::vector<double> ranks_of(const array& numbers) {
  std::vector<std::size_t> order(numbers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order,
                           [&](std::size_t a, std::size_t b) { return numbers[a] < numbers[b]; });
  std::vector<double> ranks(numbers.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && numbers[order[last + 1]] == numbers[order[first]]) ++last;
    for (std::size_t k = first; k <= last; ++k)
      ranks[order[k]] = static_cast<double>(first + last) / 2.0 + 1.0;
    first = last + 1;
  }
  return ranks;
}

result<value> checked_pearson(arguments a) {
  SPOOKY_TRY(same_size(a[0].as_array(), a[1].as_array()));
  return correlation(as_floats(a[0].as_array()), as_floats(a[1].as_array()));
}

result<value> spearman(arguments a) {
  SPOOKY_TRY(same_size(a[0].as_array(), a[1].as_array()));
  return correlation(ranks_of(a[0].as_array()), ranks_of(a[1].as_array()));
}

result<value> checked_divide(arguments a) {
  SPOOKY_TRY(same_size(a[0].as_array(), a[1].as_array()));
  if (std::ranges::any_of(a[1].as_array(), [](const value& n) { return n == value(0); }))
    return bad_argument("The second vector must not contain a value of zero.");
  return each<quotient>(a);
}

result<value> checked_normalize(arguments a) {
  if (squares_of(a[0].as_array()) == 0)
    return bad_argument("The vector must not have a magnitude of zero.");
  return normalize(a);
}

template <plain_function Before, plain_function After>
constexpr function_body checked = since<Before, behaviour::vectors_are_checked, After>;

error not_positive_definite() {
  return bad_argument("The covariance matrix must be symmetric positive-definite.");
}

using matrix = std::vector<std::vector<double>>;

result<matrix> covariance_of(const value& given, std::size_t size) {
  matrix out;
  bool square = given.is_array() && given.as_array().size() == size;
  for (std::size_t i = 0; square && i < size; ++i) {
    const value& row = given.as_array()[i];
    square = row.is_array() && row.as_array().size() == size &&
             std::ranges::all_of(row.as_array(), &value::is_number);
    if (square) out.push_back(as_floats(row.as_array()));
  }
  if (square) return out;
  return bad_argument(
      "The covariance matrix must be a square matrix of the same dimension as the vectors.");
}

/// By Cholesky's decomposition of the covariance.
result<value> mahalanobis(arguments a) {
  if (a.size() < 3) return bad_argument("Expected 3 arguments");
  const array& x = a[0].as_array();
  const array& y = a[1].as_array();
  SPOOKY_TRY(same_size(x, y));
  if (x.empty()) return bad_argument("The two vectors must not be empty.");
  SPOOKY_ASSIGN(const matrix covariance, covariance_of(a[2], x.size()));
  matrix lower(x.size(), std::vector<double>(x.size()));
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      if (covariance[i][j] != covariance[j][i]) return not_positive_definite();
      double known = 0;
      for (std::size_t k = 0; k < j; ++k) known += lower[i][k] * lower[j][k];
      const double rest = covariance[i][j] - known;
      if (i == j && !(rest > 0)) return not_positive_definite();
      lower[i][j] = i == j ? std::sqrt(rest) : rest / lower[j][j];
    }
  std::vector<double> solved(x.size());
  double total = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    double known = 0;
    for (std::size_t k = 0; k < i; ++k) known += lower[i][k] * solved[k];
    solved[i] = (to_double(x[i]) - to_double(y[i]) - known) / lower[i][i];
    total += solved[i] * solved[i];
  }
  return value(std::sqrt(total));
}

template <std::size_t Name>
result<value> unimplemented(arguments) {
  constexpr std::string_view names[] = {"vector::distance::mahalanobis",
                                        "vector::similarity::spearman"};
  return evaluation_failed("Unimplemented functionality: " + std::string(names[Name]) +
                           "() function");
}

constexpr function_entry rows[] = {
    row("vector::add", "ll", plain<each<plus>>),
    row("vector::angle", "ll", plain<angle>),
    row("vector::cross", "ll", plain<cross>),
    row("vector::distance::chebyshev", "ll", plain<chebyshev>),
    row("vector::distance::euclidean", "ll", plain<euclidean>),
    row("vector::distance::hamming", "ll", plain<hamming>),
    row("vector::distance::mahalanobis", "llv?", (checked<unimplemented<0>, mahalanobis>)),
    row("vector::distance::manhattan", "ll", plain<manhattan>),
    row("vector::distance::minkowski", "lln", plain<minkowski>),
    row("vector::divide", "ll", (checked<each<quotient>, checked_divide>)),
    row("vector::dot", "ll", plain<dot>),
    row("vector::magnitude", "l", plain<magnitude>),
    row("vector::multiply", "ll", plain<each<times>>),
    row("vector::normalize", "l", (checked<normalize, checked_normalize>)),
    row("vector::project", "ll", plain<project>),
    row("vector::scale", "ln", plain<scale>),
    row("vector::similarity::cosine", "ll", plain<cosine>),
    row("vector::similarity::jaccard", "ll", (checked<jaccard, jaccard_of_sets>)),
    row("vector::similarity::pearson", "ll", (checked<pearson, checked_pearson>)),
    row("vector::similarity::spearman", "ll", (checked<unimplemented<1>, spearman>)),
    row("vector::subtract", "ll", plain<each<minus>>),
};

}  // namespace

std::span<const function_entry> vector_functions() { return rows; }

}  // namespace spooky::surrealql::library
