#include "surrealql/values/shape.hpp"

#include "surrealql/values/value_box.hpp"

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

namespace {

/// Adds up what lies in one box. Most values are small, and many boxes are made of the same ones.
class shape_sum {
 public:
  /// `levels`: whether the box is a level of its own.
  explicit shape_sum(std::size_t own_bytes, unsigned levels = 1) noexcept
      : bytes_(own_bytes), levels_(levels) {}
  /// A value, without the slot that it lies in.
  void add(const value& v) noexcept {
    const counted* box = value_access::box(v);
    if (box == nullptr) return;
    if (is_text(v.type())) {
      bytes_ += sizeof(text_box) + static_cast<const text_box*>(box)->size;
      return;
    }
    const detail::shape part = static_cast<const shaped*>(box)->shape;
    bytes_ += part.weight();
    depth_ = std::max(depth_, part.depth());
  }
  void add_bytes(std::size_t bytes) noexcept { bytes_ += bytes; }
  shape sum() const noexcept { return {depth_ + levels_, bytes_}; }

 private:
  std::size_t bytes_;
  unsigned levels_;
  unsigned depth_ = 0;
};

}  // namespace

shape shape_of(const array& items) noexcept {
  shape_sum sum(box_bytes + items.size() * sizeof(value));
  for (const value& item : items) sum.add(item);
  return sum.sum();
}

shape shape_of(const object& members) noexcept {
  shape_sum sum(box_bytes + members.size() * sizeof(object::member));
  for (const auto& [name, v] : members) {
    sum.add(v);
    if (name.size() > field_name::in_place) sum.add_bytes(name.size());
  }
  return sum.sum();
}

shape shape_of(const record_id& id) noexcept {
  shape_sum sum(box_bytes + sizeof(record_id), 0);
  if (id.table.size() >= sizeof(std::string) / 2) sum.add_bytes(id.table.size());
  sum.add(id.key);
  return sum.sum();
}

shape shape_of(const value_range& range) noexcept {
  shape_sum sum(box_bytes + sizeof(value_range));
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

shape shape_of(const geometry& g) noexcept { return {1, box_bytes + bytes_of(g)}; }

}  // namespace spooky::detail
