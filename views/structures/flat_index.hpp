#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace spooky::views {

/// A hash index from a key that lives elsewhere to a 32-bit number: 8 bytes per place, linear
/// probing, backward-shift deletion. The caller supplies the key's hash and tells equality, so the
/// key is stored once, by whoever owns it.
class flat_index {
 public:
  static constexpr std::uint32_t absent = UINT32_MAX;

  std::size_t size() const noexcept { return size_; }
  std::size_t bytes() const noexcept { return places_.capacity() * sizeof(place); }
  void clear() { *this = {}; }

  /// The number stored under a key with that hash for which `equal(number)` holds, or `absent`.
  template <class Equal>
  std::uint32_t find(std::size_t hash, Equal&& equal) const {
    if (size_ == 0) return absent;
    const std::uint32_t tag = tag_of(hash);
    for (std::size_t i = tag & mask();; i = (i + 1) & mask()) {
      const place& p = places_[i];
      if (p.number == absent) return absent;
      if (p.tag == tag && equal(p.number)) return p.number;
    }
  }

  /// Adds a number; its key must not be there yet. Amortised O(1).
  void insert(std::size_t hash, std::uint32_t number) {
    if ((size_ + 1) * 4 > places_.size() * 3) grow();
    put(place{tag_of(hash), number});
    ++size_;
  }

  /// Removes that number, stored under that hash. True if it was there.
  bool erase(std::size_t hash, std::uint32_t number) {
    if (size_ == 0) return false;
    std::size_t i = tag_of(hash) & mask();
    while (places_[i].number != number) {
      if (places_[i].number == absent) return false;
      i = (i + 1) & mask();
    }
    for (std::size_t next = (i + 1) & mask(); places_[next].number != absent;
         next = (next + 1) & mask()) {
      const std::size_t home = places_[next].tag & mask();
      if (((next - home) & mask()) >= ((next - i) & mask())) {
        places_[i] = places_[next];
        i = next;
      }
    }
    places_[i].number = absent;
    --size_;
    return true;
  }

  void reserve(std::size_t entries) {
    while (entries * 4 > places_.size() * 3) grow();
  }

 private:
  struct place {
    std::uint32_t tag = 0;
    std::uint32_t number = absent;
  };

  static std::uint32_t tag_of(std::size_t hash) noexcept {
    const std::uint64_t mixed = hash * 0x9E3779B97F4A7C15ULL;
    return static_cast<std::uint32_t>(mixed >> 32);
  }
  std::size_t mask() const noexcept { return places_.size() - 1; }

  void put(place p) {
    std::size_t i = p.tag & mask();
    while (places_[i].number != absent) i = (i + 1) & mask();
    places_[i] = p;
  }

  void grow() {
    std::vector<place> old(places_.empty() ? 8 : places_.size() * 2);
    old.swap(places_);
    for (const place& p : old)
      if (p.number != absent) put(p);
  }

  std::vector<place> places_;
  std::size_t size_ = 0;
};

}  // namespace spooky::views
