#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/database/select_rules.hpp"
#include "surrealql/evaluate/catalog.hpp"
#include "surrealql/evaluate/table_source.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"
#include "views/engine/engine_options.hpp"
#include "views/engine/table_stats.hpp"
#include "views/results/view_delta.hpp"
#include "views/results/view_snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::views {

/// The rows of a table at some position; `versions` runs parallel to `records`.
struct table_copy {
  std::vector<value> records;
  std::vector<std::uint64_t> versions;
};

/// The incremental view engine: SurrealQL queries kept up to date change by change.
///
/// It keeps no algebra of deltas. Every evaluation of a row (a group, or the whole of a query that
/// cannot be kept otherwise) notes what it read; a change evaluates again exactly those that read
/// what it changed, found by shared indexes, and the difference of the outcomes is the delta. Pure,
/// single-threaded, deterministic: no clock of its own, no I/O.
class engine {
 public:
  explicit engine(engine_options options = {});
  ~engine();
  engine(engine&&) noexcept;
  engine& operator=(engine&&) noexcept;

  // -- tables -----------------------------------------------------------------------------------

  /// The tables a query reads, sorted: what must be loaded before register_view can succeed.
  /// Fails as register_view would on text that is refused.
  static result<std::vector<std::string>> tables_of(std::string_view surql, const object& params,
                                                    const surrealql::parse_limits& text = {},
                                                    const surrealql::caller& who = {});

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
  /// A table's rows as they are, shared and not copied, each with its version: what another engine
  /// can load as of applied(). Empty for one that is not loaded. O(rows).
  table_copy rows_of(std::string_view table) const;
  /// Forgets a table and its rows; it may be loaded again later. False, and nothing changes, for
  /// one that is not loaded or that a view reads.
  bool unload(std::string_view table);
  /// Tables that rows of registered views link to but that are not loaded, sorted. Such a view is
  /// in the error state (errc::not_ready) until they are.
  std::vector<std::string> missing_tables() const;
  /// What tables and views take. O(1).
  std::size_t bytes() const noexcept;
  /// Counts so many bytes against max_bytes that another engine keeps.
  void share_memory(std::size_t elsewhere) noexcept;
  /// Forgets everything: tables, views, seq.
  void reset();

  // -- views ------------------------------------------------------------------------------------

  /// Registers a view and gives its initial result. Fails with errc::not_ready and the table's name
  /// in the error while a table it reads, maybe only by a link in its data, is not loaded.
  /// Registering an existing id with the same query and parameters returns the current state; with
  /// others fails with already_exists. Identical query + parameters under several ids share one
  /// maintained view. Registering it with another session of its caller shows what that may see.
  ///
  /// The result is what the caller may see (see visibility), and `$auth`, `$access`, `$token` and
  /// `$session` are his. Two callers share a view when the rules of the tables in question depend
  /// on neither, or on equal values. errc::not_ready while no rules are known, unless he is a
  /// system user.
  result<view_snapshot> register_view(std::string_view view_id, std::string_view surql,
                                      const object& params, const surrealql::caller& who = {});
  /// The tables' rules from now on; null: nothing is shown. One delta per view whose result changed
  /// with them. Cost: the views of callers that are no system users are opened anew.
  std::vector<view_delta> set_rules(std::shared_ptr<const surrealql::select_rules> rules);
  /// The same with all that the database defines besides rows: computed fields, references, params,
  /// functions, which tables hold edges. Null: nothing is known of it. Views that these changes
  /// concern are opened anew, whoever has them. What stands in rows for a field that is computed no
  /// longer is taken out: SurrealDB stores no computed values, it only told them with the rows.
  std::vector<view_delta> set_definitions(std::shared_ptr<const surrealql::catalog> definitions,
                                          std::shared_ptr<const surrealql::select_rules> rules);
  bool unregister_view(std::string_view view_id);
  /// Forgets what is kept of a view and evaluates it anew, for all ids that share it. One delta for
  /// each whose result was another one. Nothing for a view that is not registered or is halted.
  std::vector<view_delta> reopen(std::string_view view_id);
  result<view_snapshot> snapshot(std::string_view view_id) const;
  std::vector<std::string> view_ids() const;
  /// What the view keeps besides rows of tables; what several ids share counts for each. 0 for one
  /// that is not registered. O(1).
  std::size_t bytes_of(std::string_view view_id) const;

  // -- changes ----------------------------------------------------------------------------------

  /// Applies a batch (one or several whole transactions) and gives one delta per view whose result
  /// changed. Changes with seq <= applied() are skipped. Changes of unknown tables only move seq.
  /// Cost follows the views whose result changes, not the views that exist (I6).
  std::vector<view_delta> step(std::span<const change> batch);
  sequence_number applied() const;

  // -- time -------------------------------------------------------------------------------------

  /// The moment at which `time::now()` stands from now on; before the first, what looks at the
  /// clock fails with errc::not_ready. One delta per view whose result changes by it: rows compared
  /// with the clock are looked at when they flip, all else that depends on it at each multiple of
  /// engine_options::time_granularity. Time that has passed does not come back: an earlier moment
  /// changes nothing. Cost follows what is due.
  std::vector<view_delta> advance_to(const datetime& now);
  std::optional<datetime> now() const;
  /// When advance_to() next has something to look at; nothing: not before something changes. O(1).
  std::optional<datetime> next_moment() const;

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
