#pragma once

#include "views/structures/number_set.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace spooky::views {

/// Something an evaluation looked at besides its own row: if it changes, so may the outcome.
class read {
 public:
  enum class kind : std::uint8_t {
    record,   ///< one record, also a missing one: table number, slot
    bucket,   ///< all rows with one value at a path: index number, bucket
    table,    ///< any row of a table: table number
    catalog,  ///< which tables there are
    moment    ///< that a moment has not passed: number in the due index
  };
  static read record(std::uint32_t table, std::uint32_t row) { return {kind::record, table, row}; }
  static read bucket(std::uint32_t index, std::uint32_t b) { return {kind::bucket, index, b}; }
  static read table(std::uint32_t number) { return {kind::table, number, 0}; }
  static read catalog() { return {kind::catalog, 0, 0}; }
  static read moment(std::uint32_t number) { return {kind::moment, 0, number}; }
  static read from_bits(std::uint64_t bits) { return read(bits); }

  kind what() const noexcept { return static_cast<kind>(bits_ >> 61); }
  std::uint32_t owner() const noexcept { return static_cast<std::uint32_t>(bits_ >> 32) & mask; }
  std::uint32_t item() const noexcept { return static_cast<std::uint32_t>(bits_); }
  std::uint64_t bits() const noexcept { return bits_; }

 private:
  static constexpr std::uint32_t mask = 0x1fffffff;
  read(kind k, std::uint32_t owner, std::uint32_t item)
      : bits_(std::uint64_t{static_cast<std::uint8_t>(k)} << 61 |
              std::uint64_t{owner & mask} << 32 | item) {}
  explicit read(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t bits_;
};

/// Who looked: one root of a view, or one row's key in a path index.
class reader {
 public:
  static reader view_root(std::uint32_t view, std::uint32_t root) { return {0, view, root}; }
  static reader index_row(std::uint32_t index, std::uint32_t row) { return {1, index, row}; }
  static reader from_bits(std::uint64_t bits) { return reader(bits); }

  bool is_index_row() const noexcept { return (bits_ >> 63) != 0; }
  std::uint32_t owner() const noexcept { return static_cast<std::uint32_t>(bits_ >> 32) & mask; }
  std::uint32_t item() const noexcept { return static_cast<std::uint32_t>(bits_); }
  std::uint64_t bits() const noexcept { return bits_; }

 private:
  static constexpr std::uint32_t mask = 0x7fffffff;
  reader(std::uint64_t kind, std::uint32_t owner, std::uint32_t item)
      : bits_(kind << 63 | std::uint64_t{owner & mask} << 32 | item) {}
  explicit reader(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t bits_;
};

/// Who reads what, so that a change of a linked record, of a sub-query's rows or of an edge finds
/// exactly the results it can change.
class reader_registry {
 public:
  /// True if this is the first reader of `r`.
  bool add(read r, reader who) {
    number_set& set = readers_[r.bits()];
    const bool first = set.empty();
    set.insert(who.bits());
    return first;
  }
  /// True if that was the last reader of `r`.
  bool remove(read r, reader who) {
    const auto found = readers_.find(r.bits());
    if (found == readers_.end() || !found->second.erase(who.bits())) return false;
    if (!found->second.empty()) return false;
    readers_.erase(found);
    return true;
  }
  template <class Found>
  void for_each(read r, Found&& found) const {
    const auto at = readers_.find(r.bits());
    if (at == readers_.end()) return;
    for (const std::uint64_t bits : at->second) found(reader::from_bits(bits));
  }
  bool any(read r) const { return readers_.contains(r.bits()); }
  bool empty() const noexcept { return readers_.empty(); }
  std::size_t reads() const noexcept { return readers_.size(); }

 private:
  std::unordered_map<std::uint64_t, number_set> readers_;
};

}  // namespace spooky::views
