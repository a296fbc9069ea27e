#pragma once

#include "surrealql/values/record_order.hpp"
#include "surrealql/values/value.hpp"
#include "views/structures/flat_index.hpp"
#include "views/structures/sorted_chunks.hpp"
#include "views/structures/stable_vector.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace spooky::views {

/// A row's place in its table. It stays the same as long as the row lives or anything refers to it.
using slot = std::uint32_t;
inline constexpr slot no_slot = UINT32_MAX;

/// One place: the record's key, its current content (NONE: there is no such record) and version.
struct stored_row {
  value key;
  value record;
  std::uint64_t version = 0;
  std::uint32_t pins = 0;     ///< readers that refer to this place, also of a missing record
  std::uint32_t touched = 0;  ///< for the current step: 1 + its position in the list of changes
};

/// The rows of one table by key, immutable and shared with every view's result. Deleted rows keep
/// their slot until `release`, so that views can still compare by its key within the step.
class row_table {
 public:
  row_table(std::string name, std::uint32_t number);
  row_table(const row_table&) = delete;
  row_table& operator=(const row_table&) = delete;

  const std::string& name() const noexcept { return name_; }
  std::uint32_t number() const noexcept { return number_; }
  std::size_t size() const noexcept { return in_order_.size(); }
  std::size_t slots() const noexcept { return rows_.size(); }
  /// Without the rows' own content.
  std::size_t index_bytes() const noexcept;
  /// The rows' content too, as value::weight() counts it.
  std::size_t bytes() const noexcept { return index_bytes() + record_bytes_; }

  const stored_row& operator[](slot s) const noexcept { return rows_[s]; }
  stored_row& operator[](slot s) noexcept { return rows_[s]; }
  bool alive(slot s) const noexcept { return !rows_[s].record.is_none(); }
  record_id id_of(slot s) const { return {name_, rows_[s].key}; }

  /// The slot of that key, or no_slot. May be a dead one.
  slot find(const value& key) const;
  /// The slot of that key, made if need be.
  slot find_or_make(const value& key);
  /// Puts a record (NONE: deletes) into a slot.
  void put(slot s, value record, std::uint64_t version);
  /// Gives a dead slot that nothing refers to back.
  void release(slot s);

  /// Makes room and puts many records at once; sorts once if the table was empty. `versions` run
  /// parallel to them, or all have `version`. @pre each has its record id in `id`.
  void load(std::span<const value> records, std::span<const std::uint64_t> versions,
            std::uint64_t version);

  /// Key order.
  bool before(slot a, slot b) const noexcept {
    return compare_keys(rows_[a].key, rows_[b].key) < 0;
  }
  /// Calls visit(slot) in key order within `keys`, until it returns false.
  void scan(const value_range& keys, const std::function<bool(slot)>& visit) const;

 private:
  struct by_key {
    const row_table* table;
    bool operator()(slot a, slot b) const noexcept { return table->before(a, b); }
  };

  std::string name_;
  std::uint32_t number_;
  stable_vector<stored_row> rows_;  ///< evaluating a row may make places for others
  std::vector<slot> free_;
  flat_index by_hash_;
  sorted_chunks<slot, by_key> in_order_;
  std::size_t record_bytes_ = 0;
};

/// Whether a record key lies in a range of keys.
bool in_range(const value& key, const value_range& keys) noexcept;

}  // namespace spooky::views
