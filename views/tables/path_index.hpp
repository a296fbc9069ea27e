#pragma once

#include "surrealql/analyse/analyse.hpp"
#include "surrealql/values/value.hpp"
#include "views/structures/flat_index.hpp"
#include "views/structures/interval_index.hpp"
#include "views/tables/row_table.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace spooky::views {

using surrealql::field_path;

std::string to_string(const field_path& path);

/// A table's rows arranged by the value at one path, and which views wait for which value there.
/// Shared by all views that filter or look up by that path; counted, dropped with its last user.
///
/// One probe per changed row finds both: the rows with an equal value, and the views interested in
/// that value, so a change costs the same with one view and with a million on other values.
class path_index {
 public:
  using bucket = std::uint32_t;
  static constexpr bucket no_bucket = UINT32_MAX;
  /// The bucket of rows whose key could not be computed; every view must look at those itself.
  static constexpr bucket unknown = 0;

  path_index(row_table& table, field_path path, std::uint32_t number);
  path_index(const path_index&) = delete;
  path_index& operator=(const path_index&) = delete;

  row_table& table() const noexcept { return table_; }
  const field_path& path() const noexcept { return path_; }
  std::uint32_t number() const noexcept { return number_; }
  /// One field: the key is in the row itself, so no other record can change it.
  bool single_field() const noexcept { return path_.size() == 1; }
  std::size_t bytes() const noexcept;
  std::size_t buckets() const noexcept { return buckets_.size() - free_.size(); }
  std::size_t subscriptions() const noexcept { return equal_count_ + ranges_.size(); }

  // -- rows -------------------------------------------------------------------------------------

  bucket bucket_of(slot s) const noexcept { return s < where_.size() ? where_[s].in : no_bucket; }
  /// Files a row under a key; `moved` tells where it was and is.
  struct moved {
    bucket from = no_bucket, to = no_bucket;
  };
  moved put(slot s, const value& key);
  moved put_unknown(slot s);
  moved remove(slot s);

  /// The bucket with that key, or no_bucket.
  bucket find(const value& key) const;
  /// The bucket with that key, made if need be. An empty one lives until the next `release`.
  bucket find_or_make(const value& key);
  /// A reader of the bucket came, or left: it is kept though empty.
  void keep(bucket b) { ++buckets_[b].pins; }
  void unkeep(bucket b) { --buckets_[b].pins; }
  /// Drops a bucket that holds nothing and that nothing refers to.
  void release(bucket b);

  /// Calls found(slot) for each row whose key lies in the range.
  template <class Found>
  void rows_within(const interval& range, Found&& found) const {
    for (const bucket_data& b : buckets_)
      if (!b.rows.empty() && range.contains(b.key))
        for (const slot s : b.rows) found(s);
  }

  const value& key_of(bucket b) const noexcept { return buckets_[b].key; }
  const std::vector<slot>& rows_in(bucket b) const noexcept { return buckets_[b].rows; }

  // -- interest ---------------------------------------------------------------------------------

  void subscribe_equal(const value& key, std::uint32_t view);
  void unsubscribe_equal(const value& key, std::uint32_t view);
  void subscribe_range(const interval& range, std::uint32_t view);
  void unsubscribe_range(const interval& range, std::uint32_t view);

  /// Calls found(view) for the views interested in a row in that bucket, maybe more than once.
  template <class Found>
  void interested(bucket b, Found&& found) const {
    if (b == no_bucket) return;
    if (b == unknown) {
      for (const auto& any : buckets_)
        if (any.views)
          for (const std::uint32_t v : *any.views) found(v);
      for (const std::uint32_t v : range_views_) found(v);
      return;
    }
    if (const auto& views = buckets_[b].views)
      for (const std::uint32_t v : *views) found(v);
    if (!ranges_.empty()) ranges_.stab(buckets_[b].key, found);
  }

  std::size_t users = 0;  ///< how many views acquired this index

 private:
  struct bucket_data {
    value key;
    std::vector<slot> rows;
    std::unique_ptr<std::vector<std::uint32_t>> views;
    std::uint32_t pins = 0;
    bool used = false;
  };
  struct place {
    bucket in = no_bucket;
    std::uint32_t at = 0;
  };

  moved file(slot s, bucket to);

  row_table& table_;
  field_path path_;
  std::uint32_t number_;
  std::vector<bucket_data> buckets_;
  std::vector<bucket> free_;
  flat_index by_hash_;
  std::vector<place> where_;
  interval_index ranges_;
  std::vector<std::uint32_t> range_views_;
  std::size_t equal_count_ = 0;
};

}  // namespace spooky::views
