#pragma once

#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <span>

/// Arithmetic over int, float and decimal with the engine's promotions: int with float gives float,
/// anything with decimal gives decimal, int with int stays int and fails on overflow.
/// Arguments are numbers (asserted); errors are evaluation_error with the engine's text.
namespace spooky::surrealql {

result<value> add_numbers(const value& a, const value& b);
result<value> subtract_numbers(const value& a, const value& b);
result<value> multiply_numbers(const value& a, const value& b);
/// int by int truncates; a zero divisor gives NaN.
result<value> divide_numbers(const value& a, const value& b);
result<value> remainder_numbers(const value& a, const value& b);
result<value> power_numbers(const value& a, const value& b);
result<value> negate_number(const value& a);

/// The number as a float: exact for int below 2^53, the nearest otherwise.
double to_double(const value& number) noexcept;
/// The number as a decimal; 0 where it has none (NaN, infinities, too large), as in the engine.
decimal to_decimal(const value& number) noexcept;

/// The square root by Newton's steps until it stands still, as the engine's; 0 for a negative.
decimal decimal_square_root(const decimal& v) noexcept;

// -- over lists of numbers (what math:: and GROUP BY share) -------------------------------------

/// 0 for none; ints wrap around instead of failing, as math::sum does. Here and below a decimal
/// that overflows on the way fails with evaluation_error, as in the engine (whose math::sum ends
/// the process).
result<value> sum(std::span<const value> numbers);
/// NaN for none; decimal if any number is, else float.
result<value> mean(std::span<const value> numbers);
/// +inf or -inf for none, as in the engine.
value minimum(std::span<const value> numbers);
value maximum(std::span<const value> numbers);
/// Of the sample (n - 1); NaN for none, 0 for one; decimal if any number is.
result<value> variance(std::span<const value> numbers);
result<value> standard_deviation(std::span<const value> numbers);
/// NaN for none. `sorted` is in ascending order.
value median_of_sorted(std::span<const value> sorted);

}  // namespace spooky::surrealql
