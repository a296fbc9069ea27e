#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

namespace spooky::machines {

/// What reading records gave.
struct records_found {
  std::vector<change> changes;      ///< whole records, and a delete for each that is not there
  std::vector<record_id> left_out;  ///< of these: they exist and cannot be read
};

/// Reads records of which some cannot be read: SurrealDB fails a whole SELECT where the computed
/// field of one row fails. What fails is halved until the rows are found that are at fault; these
/// count as deleted. At most `group` records are asked for at once, and about two queries more for
/// each halving: 2 log2(group) for each row at fault. Pure bookkeeping.
class record_reading {
 public:
  record_reading(const std::vector<record_id>& ids, std::size_t group);

  /// What to ask for next; nothing: everything has been read.
  const std::vector<record_id>* next() const;
  /// The answer to next().
  void answered(std::vector<change> found);
  /// There was none. False: that has nothing to do with the rows.
  bool failed(const error& why);

  const records_found& found() const noexcept { return found_; }

 private:
  std::deque<std::vector<record_id>> groups_;
  records_found found_;
};

}  // namespace spooky::machines
