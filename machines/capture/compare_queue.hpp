#pragma once

#include "machines/capture/page.hpp"
#include "machines/capture/tables.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/value.hpp"

#include <deque>
#include <optional>
#include <string>

namespace spooky::machines {

/// Tables that are to be compared with the database, one after another, and how far the one at the
/// front is. Pure bookkeeping.
class compare_queue {
 public:
  /// A table waits at most once; one that is added while it is under way is compared once more.
  void add(const std::string& table);

  /// A table that is compared elsewhere from now on. Not while its difference is being read.
  void remove(const std::string& table);

  bool empty() const noexcept { return tables_.empty(); }
  std::size_t size() const noexcept { return tables_.size(); }
  void clear() noexcept { tables_.clear(); }
  const std::string& front() const { return tables_.front().summary.name; }
  /// No stretch of the front table has been compared yet.
  bool at_beginning() const { return !tables_.front().after; }

  /// The next stretch of the front table, with the replica at `applied` or later.
  page_request next(sequence_number applied);

  /// The difference of that stretch has been delivered. At the table's end: what was found in all.
  std::optional<compared_table> took(const page_difference& page);

  /// The front table cannot be compared now: the others go first, and it begins again.
  void postpone();

 private:
  struct entry {
    compared_table summary;
    std::optional<record_id> after;
    bool under_way = false;
    bool again = false;
  };
  std::deque<entry> tables_;
};

}  // namespace spooky::machines
