#pragma once

#include "surrealql/values/value.hpp"
#include "views/structures/flat_index.hpp"
#include "views/structures/number_set.hpp"
#include "views/tables/row_table.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spooky::views {

/// Whether a value has elements: an array or a set.
bool is_list(const value& v) noexcept;

/// A table's rows by each element of the list that one field holds, and which views wait for which
/// element: what `tags CONTAINS $tag` needs. Shared by all views that look for elements in that
/// field; counted, dropped with its last user.
///
/// A row whose field holds no list, but something that may contain a value all the same (a text, an
/// object, a range, a shape, a pattern), is *unknown*: every view must look at it.
class element_index {
 public:
  element_index(row_table& table, std::string field);
  element_index(const element_index&) = delete;
  element_index& operator=(const element_index&) = delete;

  /// Whether CONTAINS can hold for a value of that type though it is no list.
  static bool may_contain(value_type type) noexcept;

  row_table& table() const noexcept { return table_; }
  const std::string& field() const noexcept { return field_; }
  std::size_t bytes() const noexcept;
  std::size_t elements() const noexcept { return buckets_.size() - free_.size(); }
  std::size_t subscriptions() const noexcept { return subscriptions_; }

  // -- rows -------------------------------------------------------------------------------------

  /// Files all rows of the table. Once, before anything else.
  void load();
  /// Files a row anew whose record was `before` (NONE: there was none) and is `now`; calls
  /// found(view) for the views interested in either, maybe more than once. O(elements), and O(1) if
  /// the lists are the same but for calling.
  template <class Found>
  void move(slot s, const value& before, const value& now, Found&& found) {
    const filing was = filing_of(before);
    const filing is = filing_of(now);
    interested(was, found);
    if (was.same_as(is)) return;
    interested(is, found);
    remove(s, was);
    put(s, is);
  }
  /// The rows with that element.
  std::size_t count(const value& element) const;
  std::size_t unknown_rows() const noexcept { return unknown_.size(); }
  /// Calls found(slot) for each row with that element, and each unknown one.
  template <class Found>
  void candidates(const value& element, Found&& found) const {
    if (const std::uint32_t b = find(element); b != flat_index::absent)
      for (const std::uint64_t s : buckets_[b].rows) found(static_cast<slot>(s));
    for (const std::uint64_t s : unknown_) found(static_cast<slot>(s));
  }

  // -- interest ---------------------------------------------------------------------------------

  void subscribe(const value& element, std::uint32_t view);
  void unsubscribe(const value& element, std::uint32_t view);

  std::size_t users = 0;  ///< how many views acquired this index

 private:
  struct bucket {
    value element;
    number_set rows;
    number_set views;
    bool used = false;
  };
  /// Where a record belongs.
  struct filing {
    const array* elements = nullptr;
    bool unknown = false;
    bool same_as(const filing& other) const noexcept;
  };

  filing filing_of(const value& record) const;
  void put(slot s, const filing& where);
  void remove(slot s, const filing& where);
  std::uint32_t find(const value& element) const;
  std::uint32_t find_or_make(const value& element);
  void release(std::uint32_t b);

  template <class Found>
  void interested(const filing& where, Found& found) const {
    if (where.unknown)
      for (const bucket& b : buckets_)
        for (const std::uint64_t view : b.views) found(static_cast<std::uint32_t>(view));
    if (where.elements == nullptr) return;
    for (const value& element : *where.elements)
      if (const std::uint32_t b = find(element); b != flat_index::absent)
        for (const std::uint64_t view : buckets_[b].views) found(static_cast<std::uint32_t>(view));
  }

  row_table& table_;
  std::string field_;
  std::vector<bucket> buckets_;
  std::vector<std::uint32_t> free_;
  flat_index by_hash_;
  number_set unknown_;
  std::size_t subscriptions_ = 0;
};

}  // namespace spooky::views
