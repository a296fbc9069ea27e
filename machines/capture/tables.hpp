#pragma once

#include "surrealql/values/value.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spooky::machines {

/// A table whose rows the sink has been given, and under what circumstances.
struct copied_table {
  std::int64_t id =
      -1;            ///< SurrealDB's number of the table; another one: defined anew. -1: unknown
  std::string mode;  ///< how it was captured, as in the settings; empty: unknown
};

/// Where capture goes on.
struct feed_start {
  std::uint64_t stamp = 0;          ///< newest versionstamp taken, or where the clone began
  std::vector<std::uint64_t> seen;  ///< versionstamps taken within the overlap window
  /// Up to this time of the database the feed has been read to its end; 0: as far as `stamp`.
  std::chrono::milliseconds read_through{0};
  std::map<std::string, copied_table> tables;  ///< tables whose rows have been copied
  array definitions = {};  ///< of the tables, as the sink holds them (surrealql::definition_table)
};

/// A table as the source that captures it is told of it.
struct captured_table {
  std::string name;
  bool exists = true;  ///< false: what the sink holds of it is to be retracted
  /// What the sink holds may differ from the database's rows: they are to be compared.
  bool compare = false;
  std::chrono::milliseconds retention{0};  ///< of its change feed; 0: it has none
  bool stores = true;    ///< false: defined DROP, what is written to it is not there
  bool notifies = true;  ///< false: LIVE tells nothing of it, as of tables defined AS SELECT
};

/// Rows that exist and cannot be read, because a computed field of theirs fails. The sink is given
/// the table without them.
struct left_out_rows {
  std::string table;
  std::vector<record_id> ids;
};

/// A table that has been compared with the sink's rows, and is the same now.
struct compared_table {
  std::string name;
  std::uint64_t rows = 0;     ///< looked at in the database
  std::uint64_t changes = 0;  ///< differences found and delivered
};

}  // namespace spooky::machines
