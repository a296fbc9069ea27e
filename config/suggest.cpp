#include "config/suggest.hpp"

#include <algorithm>

namespace spooky::config {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string nearest(std::string_view written, const std::vector<std::string>& known) {
  constexpr std::size_t longest_key = 128;
  if (written.empty() || written.size() > longest_key) return {};
  const auto is_part_of = [](std::string_view part, std::string_view whole) {
    if (part.size() < 3 || part.size() >= whole.size()) return false;
    const char before = whole[whole.size() - part.size() - 1];
    const char after = whole[part.size()];
    return (whole.ends_with(part) && (before == '.' || before == '_')) ||
           (whole.starts_with(part) && (after == '.' || after == '_'));
  };
  std::string best;
  std::size_t best_distance = 0;
  for (const auto& name : known) {
    const std::size_t distance = is_part_of(written, name) ? 1 : edit_distance(written, name);
    if (distance > std::max<std::size_t>(1, name.size() / 3)) continue;
    if (best.empty() || distance < best_distance) {
      best = name;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace spooky::config
