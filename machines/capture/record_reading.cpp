#include "machines/capture/record_reading.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace spooky::machines {

record_reading::record_reading(const std::vector<record_id>& ids, std::size_t group) {
  const auto size = std::max<std::size_t>(group, 1);
  for (std::size_t first = 0; first < ids.size(); first += size) {
    const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), first + size));
    groups_.emplace_back(begin, end);
  }
}

const std::vector<record_id>* record_reading::next() const {
  return groups_.empty() ? nullptr : &groups_.front();
}

void record_reading::answered(std::vector<change> found) {
  std::move(found.begin(), found.end(), std::back_inserter(found_.changes));
  groups_.pop_front();
}

bool record_reading::failed(const error& why) {
  if (why.code != errc::evaluation_error) return false;
  auto ids = std::move(groups_.front());
  groups_.pop_front();
  if (ids.size() == 1) {
    change gone;
    gone.op = change_op::erase;
    gone.id = ids.front();
    found_.changes.push_back(std::move(gone));
    found_.left_out.push_back(std::move(ids.front()));
    return true;
  }
  const auto half = ids.begin() + static_cast<std::ptrdiff_t>(ids.size() / 2);
  groups_.emplace_front(half, ids.end());
  groups_.emplace_front(ids.begin(), half);
  return true;
}

}  // namespace spooky::machines
