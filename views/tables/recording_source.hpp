#pragma once

#include "surrealql/evaluate/table_source.hpp"
#include "views/tables/path_index.hpp"
#include "views/tables/store.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spooky::views {

/// The engine's tables as the evaluator sees them, noting what an evaluation reads. Whatever the
/// expression, its outcome can change only if one of the noted reads does.
class recording_source : public surrealql::table_source {
 public:
  /// A source that notes nothing, for queries asked once.
  static recording_source unrecorded(store& tables) {
    recording_source out(tables);
    out.recording_ = false;
    return out;
  }

  /// `keep` receives the indexes acquired on the way, for their user to release; without it edges
  /// are found by a scan of their table.
  explicit recording_source(store& tables, std::vector<path_index*>* keep = nullptr)
      : tables_(tables), keep_(keep) {}

  std::vector<std::uint64_t> take_reads() const { return std::exchange(reads_, {}); }
  void clear_reads() const {
    reads_.clear();
    missing_.clear();
  }
  /// The first table asked for since that is not loaded; empty if there was none.
  const std::string& missing_table() const noexcept { return missing_; }

  bool has_table(std::string_view table) const override;
  result<value> get(const record_id& id) const override;
  result<void> scan(std::string_view table, const value_range& keys,
                    const surrealql::row_visitor& visit) const override;
  result<void> edges(const record_id& node, surrealql::graph_direction direction,
                     std::string_view edge_table,
                     const surrealql::row_visitor& visit) const override;
  result<value> info(const surrealql::info_statement& what) const override;

 protected:
  void note(read r) const {
    if (recording_) reads_.push_back(r.bits());
  }
  store& tables() const noexcept { return tables_; }
  /// Notes that a table which is not loaded was asked for, and gives the failure.
  error miss(std::string_view table) const;
  /// The index on that path, kept for this user.
  path_index& kept_index(row_table& table, const field_path& path) const;

 private:
  void edges_of_table(row_table& table, const value& node, std::string_view field,
                      std::vector<slot>& out) const;

  store& tables_;
  std::vector<path_index*>* keep_;
  mutable std::string missing_;
  bool recording_ = true;
  mutable std::vector<std::uint64_t> reads_;
};

/// What a query that needs a table which is not loaded fails with: errc::not_ready, with the
/// table's name as context.
error table_not_loaded(std::string_view table);

}  // namespace spooky::views
