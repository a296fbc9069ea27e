#pragma once

#include "surrealql/values/value.hpp"
#include "views/tables/row_table.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace spooky::views {

/// The rows of a view's sources, each as one number: its root. A root stays the same as long as the
/// row keeps its slot and no source is added.
class source_roots {
 public:
  struct source {
    row_table* table = nullptr;
    value_range keys;
  };

  void add(source from) {
    sources_.push_back(std::move(from));
    count_ = static_cast<std::uint32_t>(sources_.size());
  }
  const std::vector<source>& all() const noexcept { return sources_; }

  std::uint32_t root_of(slot s, std::size_t source_number) const {
    return s * count_ + static_cast<std::uint32_t>(source_number);
  }
  const source& source_of(std::uint32_t root) const { return sources_[place_of(root)]; }
  slot slot_of(std::uint32_t root) const { return count_ == 1 ? root : root / count_; }

  record_id id_of(std::uint32_t root) const { return source_of(root).table->id_of(slot_of(root)); }
  const stored_row& row_of(std::uint32_t root) const {
    return (*source_of(root).table)[slot_of(root)];
  }
  /// Source order, then record id: the order of SurrealDB's scan.
  bool before(std::uint32_t a, std::uint32_t b) const {
    const std::uint32_t source_a = place_of(a);
    const std::uint32_t source_b = place_of(b);
    if (source_a != source_b) return source_a < source_b;
    return a != b && sources_[source_a].table->before(slot_of(a), slot_of(b));
  }

 private:
  /// Nearly always there is one source, and a division is dear.
  std::uint32_t place_of(std::uint32_t root) const { return count_ == 1 ? 0 : root % count_; }

  std::vector<source> sources_;
  std::uint32_t count_ = 0;
};

}  // namespace spooky::views
