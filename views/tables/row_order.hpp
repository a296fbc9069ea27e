#pragma once

#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/value.hpp"
#include "views/tables/path_index.hpp"

#include <compare>
#include <string>
#include <vector>

namespace spooky::views {

/// How one ORDER BY compares rows. A row's sort key is one value: NONE without ORDER BY, the key
/// itself for one key, an array for several.
class row_order {
 public:
  row_order() = default;
  explicit row_order(surrealql::select_ptr select);

  bool empty() const noexcept { return select_ == nullptr; }
  /// Without the tie-break by record id.
  std::strong_ordering compare(const value& a, const value& b) const;
  /// Packs what `surrealql::order_keys` gave.
  value pack(array keys) const;

  /// If every key is one field of the source row itself, these fields; else empty. Only meaningful
  /// for `SELECT *`, where result and source row are the same.
  const field_path& own_fields() const noexcept { return own_fields_; }
  /// The sort key of a source row, by `own_fields`.
  value key_of(const value& record) const;
  /// The ORDER BY clause as text: equal text, equal order.
  const std::string& text() const noexcept { return text_; }

 private:
  surrealql::select_ptr select_;
  bool plain_ = true;  ///< no COLLATE, no NUMERIC: values compare directly
  std::vector<bool> descending_;
  field_path own_fields_;
  std::string text_;
};

/// A row in an order: its sort key and its slot, which breaks ties by record id.
struct order_entry {
  value key;
  slot row = no_slot;
};

/// Strict total order of the rows of one table.
struct order_less {
  const row_order* order = nullptr;
  const row_table* table = nullptr;

  bool operator()(const order_entry& a, const order_entry& b) const {
    if (const auto c = order->compare(a.key, b.key); c != 0) return c < 0;
    return a.row != b.row && table->before(a.row, b.row);
  }
};

}  // namespace spooky::views
