#pragma once

#include "machines/capture/tables.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::machines {

/// Asks what read_tables() reads.
inline constexpr std::string_view tables_query = "INFO FOR DB STRUCTURE";

/// One table of the application's database, as `INFO FOR DB STRUCTURE` describes it.
struct source_table {
  std::string name;
  /// SurrealDB's number of the table: a table removed and defined again has another one, while
  /// OVERWRITE and ALTER keep it. -1: not told.
  std::int64_t id = -1;
  std::chrono::milliseconds retention{0};  ///< of its change feed; 0: it has none
  bool derived = false;  ///< DEFINE TABLE ... AS SELECT: SurrealDB reports no changes of its rows
  value described = {};  ///< all of it
};

/// The tables of such an answer, without those whose name starts with the prefix.
result<std::vector<source_table>> read_tables(const value& structure,
                                              std::string_view system_prefix);

/// `ALTER TABLE ... CHANGEFEED <retention>`.
std::string enable_feed_query(std::string_view table, std::chrono::seconds retention);

/// One page of a table in record-id order, after the given record. Record ranges seek, so reading a
/// whole table page by page costs one pass.
std::string page_query(std::string_view table, const std::optional<record_id>& after,
                       std::size_t rows);

/// What a look at the tables found.
enum class table_news : std::uint8_t {
  appeared,   ///< its rows have never been copied
  continued,  ///< first seen since the start, and its rows have been copied before
  redefined,  ///< removed and defined again: none of its old rows is there any more
  altered,    ///< its change feed is another
  gone,
};

/// Which tables the database has, as far as capture has been told. Pure bookkeeping.
class watched_tables {
 public:
  /// A table whose rows were copied before the start.
  void restore(const std::string& name, const copied_table& copied);

  struct news {
    table_news what = table_news::appeared;
    source_table table;
  };
  /// What is new, by name. It stays news until seen().
  std::vector<news> look(const std::vector<source_table>& tables) const;

  /// The news has been acted on.
  void seen(const news& item);

  /// Whatever was captured of a known table may lack changes: it is news, as if defined anew.
  void doubt(const std::string& name);

  std::size_t size() const noexcept { return known_.size(); }
  /// SurrealDB's number of a table; -1: unknown.
  std::int64_t id_of(const std::string& name) const;

 private:
  struct entry {
    source_table table;
    bool handed = false;    ///< to its source, since the start
    bool doubtful = false;  ///< changes may have gone unseen
  };
  std::map<std::string, entry> known_;
};

}  // namespace spooky::machines
