#pragma once

#include "intents/capture/tables.hpp"
#include "machines/capture/table_route.hpp"
#include "machines/capture/tables.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spooky::machines {

using intents::source_table;

/// What a look at the tables found.
enum class table_news : std::uint8_t {
  appeared,   ///< its rows have never been copied
  continued,  ///< first seen since the start, and its rows have been copied before
  redefined,  ///< removed and defined again: none of its old rows is there any more
  doubted,    ///< what was captured of it may lack changes
  moved,      ///< captured in another way from now on
  altered,    ///< its change feed is another
  gone,
};

/// A table and how it is captured.
struct routed_table {
  source_table table;
  capture_way way = capture_way::feed;
};

/// Which tables the database has, as far as capture has been told. Pure bookkeeping.
class watched_tables {
 public:
  /// A table whose rows were copied before the start.
  void restore(const std::string& name, const copied_table& copied);

  struct news {
    table_news what = table_news::appeared;
    source_table table;
    capture_way way = capture_way::feed;
    std::optional<capture_way> before;  ///< how it was captured since the start, if it was
  };
  /// What is new, by name. It stays news until seen().
  std::vector<news> look(const std::vector<routed_table>& tables) const;

  /// The news has been acted on.
  void seen(const news& item);

  /// Whatever was captured of a known table may lack changes: that is news.
  void doubt(const std::string& name);

  std::size_t size() const noexcept { return known_.size(); }
  /// SurrealDB's number of a table; -1: unknown.
  std::int64_t id_of(const std::string& name) const;
  /// How a table is captured; nothing: it has not been handed to anyone since the start.
  std::optional<capture_way> way_of(const std::string& name) const;

 private:
  struct entry {
    source_table table;
    capture_way way = capture_way::feed;
    std::string copied_by;  ///< how it was captured before the start; empty: unknown
    bool handed = false;    ///< to its source, since the start
    bool doubtful = false;  ///< changes may have gone unseen
  };
  static std::optional<table_news> what_is_new(const entry& known, const routed_table& seen);

  std::map<std::string, entry> known_;
};

}  // namespace spooky::machines
