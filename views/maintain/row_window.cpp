#include "views/maintain/row_window.hpp"

#include <algorithm>

namespace spooky::views {

bool row_window::counts_failure(std::uint32_t root, bool only_projecting, bool ordered,
                                const source_roots& roots) const {
  if (limit_ == 0) return false;
  if (only_projecting) return std::find(shown_.begin(), shown_.end(), root) != shown_.end();
  return ordered || shown_.size() < limit_ || roots.before(root, shown_.back());
}

window_change compare_windows(const std::vector<std::uint32_t>& before,
                              const std::vector<std::uint32_t>& now) {
  std::vector<std::uint32_t> sorted_before = before;
  std::vector<std::uint32_t> sorted_now = now;
  std::sort(sorted_before.begin(), sorted_before.end());
  std::sort(sorted_now.begin(), sorted_now.end());
  const auto in = [](const std::vector<std::uint32_t>& sorted, std::uint32_t root) {
    return std::binary_search(sorted.begin(), sorted.end(), root);
  };
  window_change out;
  std::vector<std::uint32_t> kept_before;
  std::vector<std::uint32_t> kept_now;
  for (const std::uint32_t root : before)
    (in(sorted_now, root) ? kept_before : out.left).push_back(root);
  for (const std::uint32_t root : now) {
    const bool entered = !in(sorted_before, root);
    out.entered.push_back(entered);
    if (!entered) kept_now.push_back(root);
  }
  out.reordered = kept_before != kept_now || kept_now.size() != now.size();
  return out;
}

}  // namespace spooky::views
