#pragma once

#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

/// SurrealQL's operators over values of any type, without short circuits (those are the
/// evaluator's). Errors are evaluation_error with the engine's text.
namespace spooky::surrealql {

/// `a + b`: numbers, strings, arrays, objects, durations, datetime and duration.
result<value> add(const value& a, const value& b);
result<value> subtract(const value& a, const value& b);
/// The same, and of a set and a list the set of the items of both; an array is joined with a set.
result<value> add_items(const value& a, const value& b);
/// As `subtract`, and of an array or set the items that are not in `b`.
result<value> subtract_items(const value& a, const value& b);
result<value> multiply(const value& a, const value& b);
result<value> divide(const value& a, const value& b);
result<value> remainder(const value& a, const value& b);
result<value> power(const value& a, const value& b);
result<value> negate(const value& a);

/// `a = b`: equality of values, and a match where one side is a regex and the other a string.
bool equal(const value& a, const value& b);
bool all_equal(const value& list, const value& b);  ///< `*=`
bool any_equal(const value& list, const value& b);  ///< `?=`

bool contains(const value& container, const value& item);
bool contains_all(const value& container, const value& items);
bool contains_any(const value& container, const value& items);
bool contains_none(const value& container, const value& items);
bool intersects(const value& a, const value& b);

}  // namespace spooky::surrealql
