#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace spooky::views {

/// A sorted sequence in chunks of at most 512 entries: insert, erase and lookup by key in
/// O(log n + chunk), by rank in O(n / chunk). Few large blocks instead of a node per entry, so a
/// scan in order runs at memory speed. `Less` must be a strict total order over the entries.
template <class Entry, class Less>
class sorted_chunks {
 public:
  explicit sorted_chunks(Less less) : less_(std::move(less)) {}

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  const Less& less() const noexcept { return less_; }
  std::size_t bytes() const noexcept {
    return chunks_.capacity() * sizeof(chunk) + size_ * sizeof(Entry) * 4 / 3;
  }

  /// Replaces the content; `entries` are sorted here. O(n log n).
  void assign(std::vector<Entry> entries) {
    std::sort(entries.begin(), entries.end(), less_);
    chunks_.clear();
    size_ = entries.size();
    constexpr std::size_t fill = chunk_limit * 3 / 4;
    for (std::size_t from = 0; from < entries.size(); from += fill) {
      const std::size_t to = std::min(entries.size(), from + fill);
      chunks_.emplace_back(std::make_move_iterator(entries.begin() + static_cast<long>(from)),
                           std::make_move_iterator(entries.begin() + static_cast<long>(to)));
    }
  }

  void insert(Entry entry) {
    ++size_;
    if (chunks_.empty()) {
      chunks_.emplace_back().push_back(std::move(entry));
      return;
    }
    std::size_t at = chunk_for(entry);
    if (at == chunks_.size()) --at;
    chunk& target = chunks_[at];
    target.insert(std::lower_bound(target.begin(), target.end(), entry, less_), std::move(entry));
    if (target.size() > chunk_limit) split(at);
  }

  /// True if an equal entry was there.
  bool erase(const Entry& entry) {
    const std::size_t at = chunk_for(entry);
    if (at == chunks_.size()) return false;
    chunk& target = chunks_[at];
    const auto found = std::lower_bound(target.begin(), target.end(), entry, less_);
    if (found == target.end() || less_(entry, *found)) return false;
    target.erase(found);
    if (target.empty()) chunks_.erase(chunks_.begin() + static_cast<long>(at));
    --size_;
    return true;
  }

  /// How many entries sort before this one.
  std::size_t rank(const Entry& entry) const {
    const std::size_t at = chunk_for(entry);
    std::size_t before = 0;
    for (std::size_t i = 0; i < at; ++i) before += chunks_[i].size();
    if (at == chunks_.size()) return before;
    const chunk& target = chunks_[at];
    return before +
           static_cast<std::size_t>(std::lower_bound(target.begin(), target.end(), entry, less_) -
                                    target.begin());
  }

  const Entry& back() const { return chunks_.back().back(); }

  /// Drops the last `count` entries.
  void pop_back(std::size_t count) {
    size_ -= count;
    while (count > 0) {
      chunk& last = chunks_.back();
      const std::size_t here = std::min(count, last.size());
      last.resize(last.size() - here);
      count -= here;
      if (last.empty()) chunks_.pop_back();
    }
  }

  /// Calls visit(entry) in order from the entry of that rank on, until it returns false.
  template <class Visit>
  void visit_from_rank(std::size_t start, Visit&& visit) const {
    std::size_t at = 0;
    while (at < chunks_.size() && start >= chunks_[at].size()) start -= chunks_[at++].size();
    for (; at < chunks_.size(); ++at, start = 0)
      for (std::size_t i = start; i < chunks_[at].size(); ++i)
        if (!visit(chunks_[at][i])) return;
  }

  /// Calls visit(entry) in order for the entries for which `before(entry)` is false, until it
  /// returns false. `before` must be true for a prefix of the sequence only.
  template <class Before, class Visit>
  void visit_from(Before&& before, Visit&& visit) const {
    auto first = std::partition_point(chunks_.begin(), chunks_.end(),
                                      [&](const chunk& c) { return before(c.back()); });
    if (first == chunks_.end()) return;
    auto entry = std::partition_point(first->begin(), first->end(), before);
    for (;;) {
      for (; entry != first->end(); ++entry)
        if (!visit(*entry)) return;
      if (++first == chunks_.end()) return;
      entry = first->begin();
    }
  }

 private:
  using chunk = std::vector<Entry>;
  static constexpr std::size_t chunk_limit = 512;

  /// The first chunk whose last entry is not before `entry`.
  std::size_t chunk_for(const Entry& entry) const {
    const auto found = std::partition_point(chunks_.begin(), chunks_.end(),
                                            [&](const chunk& c) { return less_(c.back(), entry); });
    return static_cast<std::size_t>(found - chunks_.begin());
  }

  void split(std::size_t at) {
    chunk& full = chunks_[at];
    const auto middle = full.begin() + static_cast<long>(full.size() / 2);
    chunk upper(std::make_move_iterator(middle), std::make_move_iterator(full.end()));
    full.erase(middle, full.end());
    chunks_.insert(chunks_.begin() + static_cast<long>(at) + 1, std::move(upper));
  }

  std::vector<chunk> chunks_;
  std::size_t size_ = 0;
  Less less_;
};

}  // namespace spooky::views
