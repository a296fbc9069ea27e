#pragma once

#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"
#include "views/maintain/subquery_source.hpp"
#include "views/plan/plan.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace spooky::views {

/// What few rows have besides themselves.
struct row_details {
  std::vector<std::uint64_t> reads;
  std::vector<related_row> related;
  std::optional<error> failure;
  bool row_failed = false;  ///< the failure is of projecting: it counts only inside the window
};

/// What one evaluation of a root gave.
struct row_outcome {
  std::uint32_t root = 0;
  bool member = false;
  value row;  ///< the result row; with SPLIT the array of its rows
  value key;  ///< its sort key; with SPLIT the array of theirs
  std::uint64_t version = 0;
  std::size_t bytes = 0;  ///< that keeping it takes
  row_details more;

  /// Whether it must be kept: as a member, or because what it read could make it one.
  bool stays() const noexcept { return member || !more.reads.empty() || more.failure; }
};

/// Sort key and row of the context's document, which passed WHERE, or with SPLIT of each of its
/// pieces. Fails if there is no sort key; a projection that fails is noted in `out.more` instead.
result<void> evaluate_row(const plan& query, const surrealql::eval_context& context,
                          row_outcome& out);

}  // namespace spooky::views
