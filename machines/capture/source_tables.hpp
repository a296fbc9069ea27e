#pragma once

#include "intents/capture/tables.hpp"
#include "machines/capture/tables.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spooky::machines {

using intents::source_table;

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
