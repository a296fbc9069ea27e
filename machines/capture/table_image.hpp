#pragma once

#include "machines/capture/page.hpp"
#include "machines/capture/page_reading.hpp"
#include "surrealql/values/result.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace spooky::machines {

/// What a consumer without a replica was given of a table, as a hash of each row: enough to tell
/// what has changed when the table is read again. Two contents of a row with the same 64-bit hash
/// are taken for the same. Pure bookkeeping.
class table_image {
 public:
  /// The consumer was given these rows and has no others. Fails with `corrupt` on a row without a
  /// record id.
  result<void> reset(const array& rows);

  /// What has to be given so that the consumer holds the table as it was read: the next page behind
  /// the one before, from the start again behind the last. From then on it holds that.
  result<page_difference> take(const table_page& page);

  /// The next page is the first one again.
  void rewind() { reached_.clear(); }

  std::size_t rows() const noexcept { return rows_.size(); }

 private:
  /// The keys sort as pages do.
  struct held_row {
    record_id id;
    std::size_t content = 0;
  };
  std::map<std::string, held_row> rows_;
  std::string reached_;  ///< the key behind which the next page begins
};

}  // namespace spooky::machines
