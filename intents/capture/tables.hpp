#pragma once

#include "intents/statements.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The application's tables: which there are, what they are, and their rows page by page.
namespace spooky::intents {

/// One table of the application's database.
struct source_table {
  std::string name;
  /// SurrealDB's number of the table: a table removed and defined again has another one, while
  /// OVERWRITE and ALTER keep it. -1: not told.
  std::int64_t id = -1;
  std::chrono::milliseconds retention{0};  ///< of its change feed; 0: it has none
  bool derived = false;  ///< DEFINE TABLE ... AS SELECT: SurrealDB reports no changes of its rows
  value described = {};  ///< all that INFO FOR DB STRUCTURE says of it
  bool drops = false;    ///< DEFINE TABLE ... DROP: what is written to it is not stored
};

/// The tables there are, without those whose name starts with the prefix.
struct list_tables {
  using answer = std::vector<source_table>;
  std::string system_prefix;
};
query_text render(const list_tables& asked);
result<std::vector<source_table>> read(const list_tables& asked, const db_answer& answer);

/// What INFO FOR TABLE says of each of these tables: fields, events, indexes.
struct describe_tables {
  /// In their order. Where a table is gone: a failure, from SurrealDB 3.3 on one without fields.
  using answer = std::vector<result<value>>;
  std::vector<std::string> tables;
};
query_text render(const describe_tables& asked);
result<std::vector<result<value>>> read(const describe_tables& asked, const db_answer& answer);

/// What INFO FOR TABLE ... STRUCTURE says of each of these tables, for
/// surrealql::table_definition().
struct describe_structures {
  using answer = std::vector<result<value>>;  ///< in their order; not_found where a table is gone
  std::vector<std::string> tables;
};
query_text render(const describe_structures& asked);
result<std::vector<result<value>>> read(const describe_structures& asked, const db_answer& answer);

/// How long the database itself keeps a change feed of all its tables; 0: it has none, or the user
/// we are may not know.
struct read_database_feed {
  using answer = std::chrono::milliseconds;
};
query_text render(const read_database_feed& asked);
result<std::chrono::milliseconds> read(const read_database_feed& asked, const db_answer& answer);

/// Switches a table's change feed on.
struct enable_feed {
  using answer = done;
  std::string table;
  std::chrono::seconds retention{0};
};
query_text render(const enable_feed& asked);
result<done> read(const enable_feed& asked, const db_answer& answer);
/// The same as advice for people, without the final word on how long.
std::string enable_feed_advice(const std::string& table);

/// How many rows these tables have; nothing where a table is gone.
struct count_rows {
  using answer = std::vector<std::optional<std::uint64_t>>;  ///< in their order
  std::vector<std::string> tables;
};
query_text render(const count_rows& asked);
result<std::vector<std::optional<std::uint64_t>>> read(const count_rows& asked,
                                                       const db_answer& answer);

/// One page of a table in record-id order, after the given record. Record ranges seek, so reading a
/// whole table page by page costs one pass. Fails with `not_found` where there is no such table.
struct read_page {
  using answer = array;
  std::string table;
  std::optional<record_id> after;  ///< nothing: from the start
  std::size_t rows = 0;            ///< at most; a page with fewer is the last one
};
query_text render(const read_page& asked);
result<array> read(const read_page& asked, const db_answer& answer);

/// The ids of such a page, in the same order: they can be read also where a row cannot.
struct list_ids {
  using answer = array;
  std::string table;
  std::optional<record_id> after;  ///< nothing: from the start
  std::size_t rows = 0;
};
query_text render(const list_ids& asked);
result<array> read(const list_ids& asked, const db_answer& answer);

/// Asks to be told of every change of a table, by the ids of its records.
struct watch_table {
  std::string table;
};
std::string render(const watch_table& asked);

}  // namespace spooky::intents
