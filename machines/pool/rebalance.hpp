#pragma once

#include "machines/pool/placement_table.hpp"

#include <optional>
#include <string>
#include <vector>

namespace spooky::machines {

/// Views that share one query and are better kept elsewhere; they move together.
struct rebalance_move {
  std::vector<view_id> views;
  ssp_id from;
  ssp_id to;
};

/// The next step towards an even pool: from the SSP whose views cost most to the one whose cost
/// least, the least active query that narrows the gap between the two without turning it round, so
/// that following these steps ends. Nothing when there is none: the pool is as even as its views
/// allow. Looks at no more than a thousand views of one SSP.
/// @param ready the SSPs that take views, sorted.
std::optional<rebalance_move> next_move(const placement_table& table,
                                        const std::vector<ssp_id>& ready);

}  // namespace spooky::machines
