#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace spooky::views {

/// A growing array whose elements never move, in blocks of a power of two: a reference stays good
/// while evaluating a row makes places for other rows. Access costs one more load than a vector's.
template <class T>
class stable_vector {
 public:
  T& operator[](std::size_t i) noexcept { return (*blocks_[i / block_size])[i % block_size]; }
  const T& operator[](std::size_t i) const noexcept {
    return (*blocks_[i / block_size])[i % block_size];
  }
  std::size_t size() const noexcept { return size_; }
  std::size_t bytes() const noexcept { return blocks_.size() * sizeof(block); }

  void emplace_back() {
    if (size_ == blocks_.size() * block_size) blocks_.push_back(std::make_unique<block>());
    ++size_;
  }

 private:
  static constexpr std::size_t block_size = 256;
  using block = std::array<T, block_size>;

  std::vector<std::unique_ptr<block>> blocks_;
  std::size_t size_ = 0;
};

}  // namespace spooky::views
