#include "machines/pool/rebalance.hpp"

#include <algorithm>
#include <utility>

namespace spooky::machines {

namespace {

constexpr std::size_t looked_at = 1'000;

double cost_of(const placement_table& table, const std::vector<view_id>& views) {
  double cost = 0;
  for (const auto& id : views) cost += table.find(id)->cost;
  return cost;
}

}  // namespace

std::optional<rebalance_move> next_move(const placement_table& table,
                                        const std::vector<ssp_id>& ready) {
  if (ready.size() < 2) return std::nullopt;
  const auto [least, most] = std::minmax_element(
      ready.begin(), ready.end(),
      [&](const ssp_id& a, const ssp_id& b) { return table.load(a).cost < table.load(b).cost; });
  const auto gap = table.load(*most).cost - table.load(*least).cost;
  for (const auto& id : table.least_active_on(*most, looked_at)) {
    auto group = table.equals_of(id);
    // Costs are sums of fractions: equal ones may differ in their last digits.
    if (2 * cost_of(table, group) <= gap + 1e-6)
      return rebalance_move{std::move(group), *most, *least};
  }
  return std::nullopt;
}

}  // namespace spooky::machines
