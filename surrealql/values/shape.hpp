#pragma once

#include "surrealql/values/value.hpp"

#include <cstdint>
#include <memory>

/// How deep and how heavy what a box holds is. Every box knows it from its making, so that the
/// question costs nothing however large the value is, and however often its parts are shared.
namespace spooky::detail {

class shape {
 public:
  shape() noexcept = default;
  /// What is more than there is room for is cut down to the most there is.
  shape(unsigned depth, std::size_t bytes) noexcept;
  unsigned depth() const noexcept { return bits_ & most_depth; }
  std::size_t weight() const noexcept { return (bits_ >> depth_bits) * weight_unit; }

 private:
  static constexpr unsigned depth_bits = 9;
  static constexpr std::uint32_t most_depth = (1U << depth_bits) - 1;
  static constexpr std::size_t weight_unit = 32;

  std::uint32_t bits_ = 0;
};
static_assert(sizeof(shape) == 4);

shape shape_of(const array& items) noexcept;
shape shape_of(const object& members) noexcept;
shape shape_of(const record_id& id) noexcept;
shape shape_of(const value_range& range) noexcept;
shape shape_of(const geometry& shape) noexcept;
/// Of payloads of a fixed size that hold no values.
template <class T>
shape shape_of(const T&) noexcept {
  return {1, sizeof(T) + sizeof(shape) + sizeof(counted)};
}

}  // namespace spooky::detail
