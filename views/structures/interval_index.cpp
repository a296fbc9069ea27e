#include "views/structures/interval_index.hpp"

#include <compare>
#include <utility>

namespace spooky::views {
namespace {

using kind = interval_end::kind;

/// Orders low ends: unbounded first, then by value, an included end before an excluded one.
std::strong_ordering compare_low(const interval_end& a, const interval_end& b) {
  if (a.type == kind::unbounded || b.type == kind::unbounded)
    return (a.type != kind::unbounded) <=> (b.type != kind::unbounded);
  if (const auto order = a.at <=> b.at; order != 0) return order;
  return a.type <=> b.type;
}

/// Orders high ends: by value, an excluded end before an included one, unbounded last.
std::strong_ordering compare_high(const interval_end& a, const interval_end& b) {
  if (a.type == kind::unbounded || b.type == kind::unbounded)
    return (a.type == kind::unbounded) <=> (b.type == kind::unbounded);
  if (const auto order = a.at <=> b.at; order != 0) return order;
  return b.type <=> a.type;
}

}  // namespace

bool interval_index::starts_before(const interval_end& low, const value& v) {
  if (low.type == kind::unbounded) return true;
  const auto order = low.at <=> v;
  return low.type == kind::included ? order <= 0 : order < 0;
}

bool interval_index::reaches(const interval_end& high, const value& v) {
  if (high.type == kind::unbounded) return true;
  const auto order = v <=> high.at;
  return high.type == kind::included ? order <= 0 : order < 0;
}

bool interval::contains(const value& v) const {
  const auto after_low = low.type == kind::unbounded  ? true
                         : low.type == kind::included ? (low.at <=> v) <= 0
                                                      : (low.at <=> v) < 0;
  if (!after_low) return false;
  if (high.type == kind::unbounded) return true;
  const auto order = v <=> high.at;
  return high.type == kind::included ? order <= 0 : order < 0;
}

interval interval::intersect(const interval& a, const interval& b) {
  return {compare_low(a.low, b.low) < 0 ? b.low : a.low,
          compare_high(a.high, b.high) < 0 ? a.high : b.high};
}

bool interval_index::less(const node& a, const node& b) const {
  if (const auto order = compare_low(a.range.low, b.range.low); order != 0) return order < 0;
  if (a.number != b.number) return a.number < b.number;
  return compare_high(a.range.high, b.range.high) < 0;
}

void interval_index::refresh(std::uint32_t at) {
  node& n = nodes_[at];
  n.highest = n.range.high;
  for (const std::uint32_t child : {n.left, n.right})
    if (child != none && compare_high(n.highest, nodes_[child].highest) < 0)
      n.highest = nodes_[child].highest;
}

std::uint32_t interval_index::merge(std::uint32_t left, std::uint32_t right) {
  if (left == none) return right;
  if (right == none) return left;
  if (nodes_[left].priority > nodes_[right].priority) {
    nodes_[left].right = merge(nodes_[left].right, right);
    refresh(left);
    return left;
  }
  nodes_[right].left = merge(left, nodes_[right].left);
  refresh(right);
  return right;
}

void interval_index::split(std::uint32_t at, const node& pivot, std::uint32_t& left,
                           std::uint32_t& right) {
  if (at == none) {
    left = right = none;
    return;
  }
  if (less(nodes_[at], pivot)) {
    std::uint32_t inner = none;
    split(nodes_[at].right, pivot, inner, right);
    nodes_[at].right = inner;
    left = at;
  } else {
    std::uint32_t inner = none;
    split(nodes_[at].left, pivot, left, inner);
    nodes_[at].left = inner;
    right = at;
  }
  refresh(at);
}

void interval_index::insert(interval range, std::uint32_t number) {
  generator_ ^= generator_ << 13;
  generator_ ^= generator_ >> 7;
  generator_ ^= generator_ << 17;
  node fresh{
      std::move(range), {}, number, static_cast<std::uint32_t>(generator_ >> 32), none, none};
  std::uint32_t at = 0;
  if (free_.empty()) {
    at = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back(std::move(fresh));
  } else {
    at = free_.back();
    free_.pop_back();
    nodes_[at] = std::move(fresh);
  }
  refresh(at);
  std::uint32_t left = none;
  std::uint32_t right = none;
  split(root_, nodes_[at], left, right);
  root_ = merge(merge(left, at), right);
  ++size_;
}

std::uint32_t interval_index::erase_in(std::uint32_t at, const node& target, bool& erased) {
  if (at == none) return none;
  node& n = nodes_[at];
  if (less(target, n)) {
    n.left = erase_in(n.left, target, erased);
  } else if (less(n, target)) {
    n.right = erase_in(n.right, target, erased);
  } else {
    const std::uint32_t rest = merge(n.left, n.right);
    nodes_[at] = node{};
    free_.push_back(at);
    erased = true;
    return rest;
  }
  refresh(at);
  return at;
}

bool interval_index::erase(const interval& range, std::uint32_t number) {
  node target;
  target.range = range;
  target.number = number;
  bool erased = false;
  root_ = erase_in(root_, target, erased);
  if (erased) --size_;
  return erased;
}

}  // namespace spooky::views
