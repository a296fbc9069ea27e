#pragma once

#include "surrealql/evaluate/table_source.hpp"
#include "surrealql/values/budget.hpp"
#include "views/tables/path_index.hpp"
#include "views/tables/store.hpp"
#include "views/tables/visibility.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spooky::views {

using surrealql::field_names;

/// What a query that needs a table which is not loaded fails with: errc::not_ready, and
/// error_cause::missing_table with the table's name.
error table_not_loaded(std::string_view table);

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
  /// are found by a scan of their table. `seen`: what the caller sees of the tables; null: all. It
  /// must outlive the source.
  explicit recording_source(store& tables, std::vector<path_index*>* keep = nullptr,
                            const visibility* seen = nullptr)
      : tables_(tables), keep_(keep), seen_(seen) {}
  recording_source(const recording_source& other) noexcept
      : tables_(other.tables_),
        keep_(other.keep_),
        seen_(other.seen_),
        recording_(other.recording_) {}
  recording_source& operator=(const recording_source&) = delete;

  /// Whose memory the notes are; null: nobody's.
  void spend_from(surrealql::budget* budget) noexcept { spent_ = budget; }
  /// What the evaluation that began with clear_reads() has read, the passing of time included.
  std::vector<std::uint64_t> take_reads() const;
  void clear_reads() const {
    reads_.clear();
    missing_.clear();
    at_ = tables_.now();
  }
  /// The moment of that evaluation.
  surrealql::moment& at() const noexcept { return at_; }
  /// The first table asked for since that is not loaded; empty if there was none.
  const std::string& missing_table() const noexcept { return missing_; }

  bool has_table(std::string_view table) const override;
  result<value> get(const record_id& id) const override {
    return get_by(id, nullptr, {everything_, *this});
  }
  result<value> get_for(const record_id& id, const field_names& needed) const override {
    return get_by(id, &needed, {everything_, *this});
  }
  result<void> scan(std::string_view table, const value_range& keys,
                    const surrealql::row_visitor& visit) const override {
    return scan_by(table, keys, nullptr, {everything_, *this}, visit);
  }
  result<void> scan_for(std::string_view table, const value_range& keys, const field_names& needed,
                        const surrealql::row_visitor& visit) const override {
    return scan_by(table, keys, &needed, {everything_, *this}, visit);
  }
  result<void> references(const record_id& node, std::string_view table, std::string_view field,
                          const surrealql::row_visitor& visit) const override;
  const surrealql::catalog* definitions() const noexcept override { return tables_.definitions(); }
  result<void> edges(const record_id& node, surrealql::graph_direction direction,
                     std::string_view edge_table,
                     const surrealql::row_visitor& visit) const override;
  result<value> info(const surrealql::info_statement& what) const override;
  bool permissions_apply() const override { return seen_ != nullptr && seen_->judges(); }
  bool hides(std::string_view table) const override {
    return seen_ != nullptr && seen_->rule_of(table).shown == surrealql::table_rule::rows::none;
  }
  result<bool> reaches(const record_id& end) const override;
  result<value> get_edge(const record_id& id) const override { return find(id); }
  const surrealql::table_source& inside_functions() const override {
    return seen_ != nullptr ? static_cast<const surrealql::table_source&>(judged_) : *this;
  }

  /// Whether this source's user may see records of the table otherwise than they are stored.
  bool restricts(std::string_view table) const {
    return seen_ != nullptr && seen_->restricts(table);
  }
  /// A record of the table as the user sees it; NONE: not at all. What the rules and computed
  /// fields read is noted. `needed`: the computed fields that are wanted; null: all.
  result<value> see(const value& record, std::string_view table, const field_names* needed) const {
    return see_by(record, table, needed, {everything_, *this});
  }
  /// The same of one who looks at no computed field.
  result<value> see_stored(const value& record, std::string_view table) const;
  /// Whether an index on the path, which knows the records as they are, finds what the user sees:
  /// not if the path may be hidden, or leads through links.
  bool may_index(const row_table& table, const field_path& path) const;
  /// The same tables without anything hidden, noting reads here.
  const surrealql::table_source& everything() const noexcept { return everything_; }

 protected:
  void note(read r) const {
    if (!recording_) return;
    reads_.push_back(r.bits());
    // Who notes on beyond the budget is stopped by the next step.
    if (spent_ != nullptr) spent_->pin(sizeof(std::uint64_t));
  }
  store& tables() const noexcept { return tables_; }
  /// Notes that a table which is not loaded was asked for, and gives the failure.
  error miss(std::string_view table) const;
  /// The index on that path, kept for this user.
  path_index& kept_index(row_table& table, const field_path& path) const;

 private:
  /// What the rules' conditions see: everything. `inside` is what functions in them look at; null:
  /// everything as well.
  class unrestricted final : public surrealql::table_source {
   public:
    unrestricted(const recording_source& of, const surrealql::table_source* inside)
        : of_(of), inside_(inside) {}
    bool has_table(std::string_view table) const override { return of_.has_table(table); }
    result<value> get(const record_id& id) const override {
      SPOOKY_ASSIGN(value record, of_.find(id));
      return of_.computes(id.table) ? of_.complete(std::move(record), id.table, nullptr, *this)
                                    : std::move(record);
    }
    result<void> scan(std::string_view table, const value_range& keys,
                      const surrealql::row_visitor& visit) const override {
      if (!of_.computes(table)) return of_.scan_all(table, keys, visit);
      return of_.scan_shown(table, keys, visit, [&](const value& record) {
        return of_.complete(record, table, nullptr, *this);
      });
    }
    result<void> references(const record_id& node, std::string_view table, std::string_view field,
                            const surrealql::row_visitor& visit) const override {
      return of_.references_by(node, table, field, nullptr, visit);
    }
    const surrealql::catalog* definitions() const noexcept override { return of_.definitions(); }
    result<void> edges(const record_id& node, surrealql::graph_direction direction,
                       std::string_view edge_table,
                       const surrealql::row_visitor& visit) const override {
      return of_.edges_of(node, direction, edge_table, nullptr, visit);
    }
    result<value> info(const surrealql::info_statement& what) const override {
      return of_.info(what);
    }
    bool permissions_apply() const override { return of_.permissions_apply(); }
    const surrealql::table_source& inside_functions() const override {
      return inside_ != nullptr ? *inside_ : *this;
    }

   private:
    const recording_source& of_;
    const surrealql::table_source* inside_;
  };

  /// What functions look at, in queries and in the rules' conditions: what the user sees, judged by
  /// conditions whose own functions look at everything, which ends the recursion.
  class judged final : public surrealql::table_source {
   public:
    explicit judged(const recording_source& of) : of_(of) {}
    bool has_table(std::string_view table) const override { return of_.has_table(table); }
    result<value> get(const record_id& id) const override {
      return of_.get_by(id, nullptr, of_.judged_eyes());
    }
    result<value> get_for(const record_id& id, const field_names& needed) const override {
      return of_.get_by(id, &needed, of_.judged_eyes());
    }
    result<void> scan(std::string_view table, const value_range& keys,
                      const surrealql::row_visitor& visit) const override {
      return of_.scan_by(table, keys, nullptr, of_.judged_eyes(), visit);
    }
    result<void> references(const record_id& node, std::string_view table, std::string_view field,
                            const surrealql::row_visitor& visit) const override {
      const eyes by = of_.judged_eyes();
      return of_.references_by(node, table, field, &by, visit);
    }
    const surrealql::catalog* definitions() const noexcept override { return of_.definitions(); }
    result<void> edges(const record_id& node, surrealql::graph_direction direction,
                       std::string_view edge_table,
                       const surrealql::row_visitor& visit) const override {
      const eyes by = of_.judged_eyes();
      return of_.edges_of(node, direction, edge_table, &by, visit);
    }
    result<value> info(const surrealql::info_statement& what) const override {
      return of_.info(what);
    }
    bool permissions_apply() const override { return of_.permissions_apply(); }
    bool hides(std::string_view table) const override { return of_.hides(table); }
    result<bool> reaches(const record_id& end) const override { return of_.reaches(end); }
    result<value> get_edge(const record_id& id) const override { return of_.get_edge(id); }
    std::optional<result<value>> answer(const surrealql::select_statement& subquery,
                                        const surrealql::eval_context& context) const override {
      return of_.answer(subquery, context);
    }

   private:
    const recording_source& of_;
  };

  using shower = std::function<result<value>(const value& record)>;

  /// Through what the rules' conditions read, and through what computed fields do.
  struct eyes {
    const surrealql::table_source& everything;
    const surrealql::table_source& own;
  };
  eyes judged_eyes() const { return {everywhere_, judged_}; }

  result<value> see_by(const value& record, std::string_view table, const field_names* needed,
                       const eyes& by) const;
  result<value> get_by(const record_id& id, const field_names* needed, const eyes& by) const;
  result<void> scan_by(std::string_view table, const value_range& keys, const field_names* needed,
                       const eyes& by, const surrealql::row_visitor& visit) const;
  result<void> scan_shown(std::string_view table, const value_range& keys,
                          const surrealql::row_visitor& visit, const shower& shown) const;
  bool computes(std::string_view table) const { return seen_ != nullptr && seen_->computes(table); }
  /// The stored record with its computed fields, which read through `as_seen`.
  result<value> complete(value record, std::string_view table, const field_names* needed,
                         const surrealql::table_source& as_seen) const;
  /// Those that the user sees, by these eyes; null: all.
  result<void> references_by(const record_id& node, std::string_view table, std::string_view field,
                             const eyes* by, const surrealql::row_visitor& visit) const;
  std::vector<slot> referring(row_table& table, const surrealql::reference_field& from,
                              const value& link) const;
  /// Visits the ids of these rows that the user sees, in order. False: enough.
  result<bool> visit_ids(const row_table& table, std::vector<slot> rows, const eyes* by,
                         const surrealql::row_visitor& visit) const;

  result<value> find(const record_id& id) const;
  result<void> scan_all(std::string_view table, const value_range& keys,
                        const surrealql::row_visitor& visit) const;
  /// Those that the user sees, by these eyes; null: all.
  result<void> edges_of(const record_id& node, surrealql::graph_direction direction,
                        std::string_view edge_table, const eyes* by,
                        const surrealql::row_visitor& visit) const;
  void edges_of_table(row_table& table, const value& node, std::string_view field,
                      std::vector<slot>& out) const;

  store& tables_;
  std::vector<path_index*>* keep_;
  const visibility* seen_;
  judged judged_{*this};
  unrestricted everything_{*this, &judged_};
  unrestricted everywhere_{*this, nullptr};
  mutable std::string missing_;
  mutable const value* computing_ = nullptr;  ///< the id of the record whose fields are computed
  mutable std::size_t computing_depth_ = 0;
  bool recording_ = true;
  surrealql::budget* spent_ = nullptr;
  mutable std::vector<std::uint64_t> reads_;
  mutable surrealql::moment at_;
};

}  // namespace spooky::views
