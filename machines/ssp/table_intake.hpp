#pragma once

#include "protocol/table_rows.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/value.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace spooky::machines {

/// Tables that are being loaded: keeps the changes that arrive meanwhile and folds them over the
/// rows when these come. The rows are the table's state at some position of the same log; what is
/// at or below it is contained in them. Pure bookkeeping.
class table_intake {
 public:
  /// From now on, after `applied`, changes of this table are kept.
  void open(const table_name& table, sequence_number applied);
  /// Changes of the table above `seq` are kept, others maybe not: rows have to be as new. Gives
  /// the position they have to be at or above.
  sequence_number raise(const table_name& table, sequence_number seq);
  bool loading(const table_name& table) const { return tables_.contains(table); }
  bool idle() const noexcept { return tables_.empty(); }

  /// Keeps what concerns the tables being loaded.
  void keep(std::span<const change> changes);

  /// A table's rows, valid as long as those that were loaded.
  struct folded_rows {
    std::span<const value> records;
    std::span<const std::uint64_t> versions;  ///< parallel to records
    sequence_number seq = 0;                  ///< the position the folded rows are at
    array own_records;                        ///< what the spans are of, if anything was folded
    std::vector<std::uint64_t> own_versions;
  };
  /// Whether rows at that position can be used: older ones lack changes that came before open().
  bool usable(const table_rows& loaded) const;

  /// The loaded rows with what was kept folded over them; the table is open no longer.
  /// `applied` is the position the kept changes reach to; `version_field` a record's own version.
  folded_rows close(const table_rows& loaded, sequence_number applied,
                    const std::string& version_field);

  void abandon(const table_name& table) { tables_.erase(table); }
  void clear() { tables_.clear(); }

 private:
  struct open_table {
    sequence_number since = 0;
    std::vector<change> kept;
  };
  std::map<std::string, open_table> tables_;
};

}  // namespace spooky::machines
