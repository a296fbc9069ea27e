#include "machines/capture/compare_queue.hpp"

#include "machines/capture/page.hpp"
#include "machines/capture/tables.hpp"

#include <algorithm>
#include <utility>

namespace spooky::machines {

void compare_queue::add(const std::string& table) {
  const auto it = std::find_if(tables_.begin(), tables_.end(),
                               [&](const entry& e) { return e.summary.name == table; });
  if (it != tables_.end()) {
    it->again = it->again || it->under_way;
    return;
  }
  entry added;
  added.summary.name = table;
  tables_.push_back(std::move(added));
}

void compare_queue::remove(const std::string& table) {
  std::erase_if(tables_, [&](const entry& e) { return e.summary.name == table; });
}

page_request compare_queue::next(sequence_number applied) {
  tables_.front().under_way = true;
  return {front(), tables_.front().after, applied};
}

std::optional<compared_table> compare_queue::took(const page_difference& page) {
  auto& now = tables_.front();
  now.summary.rows += page.rows;
  now.summary.changes += page.changes.size();
  now.after = page.reached;
  if (page.reached) return std::nullopt;
  auto done = now.summary;
  const bool again = now.again;
  tables_.pop_front();
  if (again) add(done.name);
  return done;
}

void compare_queue::postpone() {
  const auto table = front();
  tables_.pop_front();
  add(table);
}

}  // namespace spooky::machines
