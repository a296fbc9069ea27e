#pragma once

#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/distinct.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// SurrealDB's aggregates: the functions that, in a grouped SELECT, take one value of each row.
namespace spooky::surrealql {

enum class aggregate_function : std::uint8_t {
  count_rows,    ///< count()
  count_truthy,  ///< count(x)
  sum,
  mean,
  minimum,
  maximum,
  standard_deviation,
  variance,
  median,
  earliest,  ///< time::min
  latest,    ///< time::max
  group,     ///< array::group, and every expression without an aggregate
  join,
  distinct,
};

/// The aggregate behind a function's name, or nothing.
std::optional<aggregate_function> find_aggregate(std::string_view function,
                                                 bool has_argument) noexcept;

/// One aggregate over the rows of one group. Values of other types than it works on are skipped.
class accumulator {
 public:
  /// `separator` is array::join's second argument.
  accumulator(aggregate_function function, semantics rules, value separator = {});

  void add(const value& v);
  /// About how many bytes of an added value stay here, or will be in the result.
  std::size_t bytes_kept_of(const value& v) const noexcept;
  /// From now on the rows behind one whose arithmetic overflows are left out of variances: the
  /// engine gives up the batch of rows there, which for GROUP ALL is all that follow.
  void stop_at_overflow() noexcept { stops_at_overflow_ = true; }
  /// The result so far; what SurrealDB gives for no rows, if there were none.
  value finish() const;

 private:
  void add_difference(const value& number);
  value variance_of_differences() const;

  aggregate_function function_;
  std::int64_t count_ = 0;
  value best_;  ///< sum, extreme
  semantics rules_;
  double mean_ = 0;
  double squares_ = 0;  ///< Welford's sum of squared differences from the mean
  /// From 3.2: the first number, and the sums of the differences from it and of their squares.
  value shift_;
  value differences_ = 0.0;
  value squared_differences_ = 0.0;
  bool stops_at_overflow_ = false;
  bool stopped_ = false;
  array items_;
  distinct_values seen_;
  std::string separator_;
};

/// One aggregate that can also forget rows, in O(log n) whatever the number of rows. Its result is
/// that of an accumulator over the rows that are left in any order, as long as exact() says so:
/// sums of floats, lists, medians and variances depend on all rows in their order and need a
/// replay.
class running_aggregate {
 public:
  running_aggregate(aggregate_function function, semantics rules)
      : function_(function), rules_(rules) {}

  void add(const value& v) { change(v, 1); }
  /// Precondition: `v` was added before.
  void remove(const value& v) { change(v, -1); }
  bool exact() const noexcept;
  /// Precondition: exact().
  value finish() const;

 private:
  void change(const value& v, std::int64_t by);

  aggregate_function function_;
  semantics rules_;
  std::int64_t rows_ = 0;      ///< rows that count
  std::int64_t integers_ = 0;  ///< rows with an integer, a plain float, anything else numeric
  std::int64_t floats_ = 0;
  std::int64_t others_ = 0;
  std::uint64_t sum_ = 0;  ///< of the integers, wrapping around
  /// Value -> rows, for minimum and maximum. Equal numbers of two types are two entries, so that
  /// what is left after one type is gone has the other's.
  std::map<std::pair<value, value_type>, std::int64_t> sorted_;
};

/// One aggregate call found in a projection.
struct aggregate_call {
  aggregate_function function;
  expr_ptr argument;   ///< null: `count()`
  expr_ptr separator;  ///< of array::join, or null
};

/// How one projected expression of a grouped SELECT is computed.
struct group_output {
  std::vector<std::string> path;   ///< where it goes in the row; empty: it is the row (VALUE)
  std::optional<std::size_t> key;  ///< it is that GROUP BY key
  std::vector<aggregate_call> calls;
  /// What is left around the calls, which are the fields `_a0`, `_a1`, … of its document; null if
  /// the single call is all there is.
  expr_ptr rest;
};

/// Takes the aggregates out of an expression.
group_output extract_aggregates(const expr_ptr& expression);

/// Whether SurrealDB treats this failure of one row, inside a group, as NONE.
bool is_ignorable(const error& e) noexcept;

}  // namespace spooky::surrealql
