#include "machines/ssp/claim_queue.hpp"

namespace spooky::machines {

void claim_queue::add(const view_id& view, unsigned failures) {
  if (waiting_.insert(view).second) line_.push_back({view, failures});
}

void claim_queue::remove(const view_id& view) {
  if (waiting_.erase(view) != 0)
    std::erase_if(line_, [&](const entry& each) { return each.view == view; });
}

std::vector<claim_queue::entry> claim_queue::take(
    const std::function<std::size_t(const view_id&)>& bytes_of) {
  std::vector<entry> taken;
  if (!in_flight_.empty()) return taken;
  std::size_t bytes = 0;
  while (!line_.empty() && taken.size() < most_.views) {
    const auto& first = line_.front();
    bytes += bytes_of(first.view);
    const bool alone = first.failures != 0;
    if (!taken.empty() && (alone || bytes > most_.bytes)) break;
    waiting_.erase(first.view);
    in_flight_.insert(first.view);
    taken.push_back(first);
    line_.pop_front();
    if (alone) break;
  }
  return taken;
}

}  // namespace spooky::machines
