#include "surrealql/values/shape.hpp"

#include <algorithm>

namespace spooky::detail {
namespace {

/// The head of a box and what the allocator adds.
constexpr std::size_t box_bytes = 32;

}  // namespace

shape::shape(unsigned depth, std::size_t bytes) noexcept {
  constexpr std::size_t most_units = UINT32_MAX >> depth_bits;
  static_assert(most_units * weight_unit == value::heaviest);
  const std::size_t units = std::min((bytes + weight_unit - 1) / weight_unit, most_units);
  bits_ = static_cast<std::uint32_t>(units) << depth_bits | std::min(depth, most_depth);
}

void shape_sum::add(const value& v, std::size_t slot_bytes) noexcept {
  bytes_ += slot_bytes + v.weight();
  depth_ = std::max(depth_, v.depth());
}

shape shape_sum::sum() const noexcept { return {depth_ + levels_, bytes_}; }

shape shape_of(const array& items) noexcept {
  shape_sum sum(box_bytes);
  for (const value& item : items) sum.add(item);
  return sum.sum();
}

shape shape_of(const object& members) noexcept {
  shape_sum sum(box_bytes);
  for (const auto& [name, v] : members) {
    sum.add(v, sizeof(object::member));
    if (name.size() > field_name::in_place) sum.add_bytes(name.size());
  }
  return sum.sum();
}

shape shape_of(const record_id& id) noexcept {
  shape_sum sum(box_bytes + sizeof(record_id) - sizeof(value), 0);
  if (id.table.size() >= sizeof(std::string) / 2) sum.add_bytes(id.table.size());
  sum.add(id.key);
  return sum.sum();
}

shape shape_of(const value_range& range) noexcept {
  shape_sum sum(box_bytes + sizeof(value_range) - 2 * sizeof(value));
  sum.add(range.begin.at);
  sum.add(range.end.at);
  return sum.sum();
}

namespace {

std::size_t bytes_of(const geometry& g) noexcept {
  std::size_t bytes = sizeof(geometry) + g.positions.size() * sizeof(geometry::position);
  for (const geometry& part : g.parts) bytes += bytes_of(part);
  return bytes;
}

}  // namespace

shape shape_of(const geometry& g) noexcept { return shape_sum(box_bytes + bytes_of(g)).sum(); }

}  // namespace spooky::detail
