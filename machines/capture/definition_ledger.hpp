#pragma once

#include "protocol/table_rows.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/value.hpp"

#include <map>
#include <string>
#include <vector>

namespace spooky::machines {

/// The definitions that the log holds (see surrealql::definition_table), by what was offered to it
/// and taken. Pure bookkeeping.
class definition_ledger {
 public:
  /// What the log held before the start.
  void restore(const array& rows);

  /// What the log has to be given so that it holds these definitions and no others: creates,
  /// updates and deletes, by record id. Nothing if it does.
  std::vector<change> lacks(const array& present) const;

  /// The log has taken them, up to that seq.
  void took(const std::vector<change>& changes, sequence_number last);

  /// What the log holds, as of `least`, up to which it has nothing that was not offered here.
  table_rows rows(const table_name& table, sequence_number least) const;

 private:
  std::map<record_id, value> held_;
  sequence_number last_ = 0;
};

}  // namespace spooky::machines
