#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/evaluate/table_source.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The incremental view engine: SurrealQL queries kept up to date by Z-set deltas keyed by record
/// id (DBSP, Budiu et al., VLDB 2023). Pure, single-threaded, deterministic: no clock, no I/O.
namespace spooky::views {

/// One entry of a view's membership: a record the query's result draws on, and its version.
struct member {
  record_id id;
  std::uint64_t version = 0;
  /// For a related (sub-query) row: the record of the enclosing row and the alias it appears under.
  std::optional<record_id> parent;
  std::string alias;
  /// Alias path from the root row, for sub-queries nested in sub-queries: "comments.author".
  std::string path;
  /// The row as the query projects it (related rows: as their sub-query does). NONE in `removed`.
  value row;
};

/// What one step did to one view. Applied in order to the previous result it gives the new one.
struct view_delta {
  std::string view_id;
  sequence_number seq = 0;  ///< the state this delta leads to
  std::vector<member> added;
  std::vector<member> updated;  ///< content or version changed, membership did not
  std::vector<member> removed;
  /// The whole new order of the main rows, only if the query is ordered and the order changed.
  std::optional<std::vector<record_id>> order;
  /// For results without one record per row (groups, split, values): the whole new result.
  std::optional<value> result;
  /// Set when the view went into, or stays in, the error state; empty when healthy.
  std::optional<error> failed;
  bool healed = false;  ///< left the error state with this delta
};

/// How a view is kept.
enum class maintenance : std::uint8_t { incremental, recompute };

/// A view's whole current state.
struct view_snapshot {
  std::string view_id;
  sequence_number seq = 0;
  std::vector<member> members;  ///< main rows in result order, each followed by its related rows
  value result;                 ///< exactly what SurrealDB's SELECT would answer
  maintenance mode = maintenance::incremental;
  std::string mode_reason;  ///< why recompute; empty when incremental
  std::optional<error> failed;
};

struct engine_options {
  std::size_t max_views = 1'000'000;
  std::size_t max_result_rows = 1'000'000;  ///< per view; beyond it registration fails
  std::size_t max_query_bytes = 1 << 20;
};

struct table_stats {
  std::string table;
  std::size_t rows = 0;
  std::size_t bytes = 0;  ///< estimate
  std::size_t views = 0;  ///< views that depend on it
};

class engine {
 public:
  explicit engine(engine_options options = {});
  ~engine();
  engine(engine&&) noexcept;
  engine& operator=(engine&&) noexcept;

  // -- tables -----------------------------------------------------------------------------------

  /// The tables a query reads, sorted: what must be loaded before register_view can succeed.
  /// Fails as register_view would on text that is refused.
  static result<std::vector<std::string>> tables_of(std::string_view surql, const object& params);

  /// Declares a table and fills it with records as of `seq`. Loading may come in several calls;
  /// `versions` runs parallel to `rows` (empty: version = seq). Views must not yet depend on it,
  /// except by failing because it is missing: those heal with the next step, even an empty one.
  /// Changes of this table with seq up to this one are skipped. Before the first step applied() is
  /// the lowest seq that a table was loaded at, since changes of that table follow it.
  result<void> load(std::string_view table, std::span<const value> rows, sequence_number seq,
                    std::span<const std::uint64_t> versions = {});
  bool has_table(std::string_view table) const;
  std::vector<table_stats> tables() const;
  std::size_t table_count() const;
  /// Tables that no view reads, neither by its text nor by links in its rows, sorted. Cost: the
  /// rows of those that no text names.
  std::vector<std::string> unused_tables() const;
  /// Forgets a table and its rows; it may be loaded again later. False, and nothing changes, for
  /// one that is not loaded or that a view reads.
  bool unload(std::string_view table);
  /// Tables that rows of registered views link to but that are not loaded, sorted. Such a view is
  /// in the error state (errc::not_ready) until they are.
  std::vector<std::string> missing_tables() const;
  /// Forgets everything: tables, views, seq.
  void reset();

  // -- views ------------------------------------------------------------------------------------

  /// Registers a view and gives its initial result. Fails with errc::not_ready and the table's name
  /// as the error's context while a table it reads, maybe only by a link in its data, is not
  /// loaded. Registering an existing id with the same query and parameters returns the current
  /// state; with others fails with already_exists. Identical query + parameters under several ids
  /// share one maintained view.
  result<view_snapshot> register_view(std::string_view view_id, std::string_view surql,
                                      const object& params);
  bool unregister_view(std::string_view view_id);
  result<view_snapshot> snapshot(std::string_view view_id) const;
  std::vector<std::string> view_ids() const;

  // -- changes ----------------------------------------------------------------------------------

  /// Applies a batch (one or several whole transactions) and gives one delta per view whose result
  /// changed. Changes with seq <= applied() are skipped. Changes of unknown tables only move seq.
  /// Cost follows the views whose result changes, not the views that exist (I6).
  std::vector<view_delta> step(std::span<const change> batch);
  sequence_number applied() const;

  // -- looking inside ---------------------------------------------------------------------------

  /// Plan, operators and their state sizes, mode and reason, referenced tables: `/debug/view/{id}`.
  result<value> explain(std::string_view view_id) const;
  /// Table -> views, interest index sizes: `/debug/deps`.
  value dependencies() const;
  /// The loaded tables as a source for ad-hoc queries at `applied()`. Valid until the next call.
  const surrealql::table_source& source() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace spooky::views
