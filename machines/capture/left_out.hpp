#pragma once

#include "machines/capture/tables.hpp"
#include "surrealql/values/record_order.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace spooky::machines {

/// Rows that exist and cannot be read, by table; of each table some are remembered. Pure
/// bookkeeping.
class left_out_ledger {
 public:
  explicit left_out_ledger(std::size_t per_table) : per_table_(per_table) {}

  /// Those that were not known.
  std::vector<record_id> add(const left_out_rows& found);
  /// The table is read from its beginning: what is added from now on cannot be read today.
  void begin(const std::string& table);
  /// It has been read to its end: what was not added since begin() can be read, or is gone.
  void finish(const std::string& table);
  void forget(const std::string& table) { tables_.erase(table); }

  bool contains(const std::string& table) const { return tables_.contains(table); }
  std::vector<std::string> tables() const;
  /// At most so many of a table's rows, to look whether they can be read by now.
  std::vector<record_id> some(const std::string& table, std::size_t limit) const;
  /// What people are told of a table; empty: nothing is left out.
  std::string remark(const std::string& table) const;

 private:
  std::size_t per_table_;
  /// By table: the rows, and whether they were added since begin().
  std::map<std::string, std::map<record_id, bool, record_before>> tables_;
};

}  // namespace spooky::machines
