#pragma once

#include "surrealql/evaluate/catalog.hpp"
#include "surrealql/evaluate/moment.hpp"
#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/value.hpp"
#include "views/structures/number_set.hpp"
#include "views/tables/due_index.hpp"
#include "views/tables/element_index.hpp"
#include "views/tables/order_index.hpp"
#include "views/tables/path_index.hpp"
#include "views/tables/readers.hpp"
#include "views/tables/row_table.hpp"
#include "views/tables/value_spread.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace spooky::views {

/// The tables, the indexes shared by all views, and who reads what of them.
class store {
 public:
  explicit store(surrealql::semantics rules) noexcept : rules_(rules) {}
  store(const store&) = delete;
  store& operator=(const store&) = delete;

  // -- tables -----------------------------------------------------------------------------------

  row_table* find_table(std::string_view name) const;
  row_table& make_table(std::string_view name);
  row_table& table(std::uint32_t number) const { return *tables_[number].rows; }
  std::size_t table_count() const noexcept { return by_name_.size(); }
  /// All tables, by name.
  std::vector<row_table*> tables_by_name() const;
  /// What the tables' rows take, as of the last recount of each.
  std::size_t table_bytes() const noexcept { return table_bytes_; }
  /// To be called when rows of the table have changed.
  void recount(const row_table& table) noexcept;
  /// Whether an index, a view or something that was read refers to the table or a row of it. Cost:
  /// its rows.
  bool in_use(std::string_view name) const;
  /// Drops a table's rows and its name. @pre it is not in use.
  void forget(std::string_view name);

  /// What the database defines besides rows; null: not known.
  const surrealql::catalog* definitions() const noexcept { return definitions_.get(); }
  void define(std::shared_ptr<const surrealql::catalog> definitions) noexcept {
    definitions_ = std::move(definitions);
  }

  // -- shared indexes ---------------------------------------------------------------------------

  /// The index on that path, built if nobody has it yet, and one user more.
  path_index& acquire(row_table& table, const field_path& path);
  order_index& acquire(row_table& table, const row_order& order);
  element_index& acquire_elements(row_table& table, const std::string& field);
  /// One user less; the last one drops it.
  void release(path_index& index);
  void release(order_index& index);
  void release(element_index& index);
  const std::vector<path_index*>& path_indexes(const row_table& table) const {
    return tables_[table.number()].paths;
  }
  const std::vector<order_index*>& order_indexes(const row_table& table) const {
    return tables_[table.number()].orders;
  }
  const std::vector<std::unique_ptr<element_index>>& element_indexes(const row_table& table) const {
    return tables_[table.number()].elements;
  }
  path_index& path_index_at(std::uint32_t number) const { return *paths_[number].index; }
  /// The index on that path, or null.
  path_index* find_index(const row_table& table, const field_path& path) const;
  element_index* find_elements(const row_table& table, std::string_view field) const;
  /// How the values in the tables' fields are spread.
  value_spread& spread() noexcept { return spread_; }

  /// Files a row under its current key, computed anew; a deleted row leaves the index.
  path_index::moved refile(path_index& index, slot s);

  /// Views that must see every change of a table, because no index narrows their WHERE.
  number_set& views_of_all(const row_table& table) { return tables_[table.number()].views_of_all; }

  // -- readers ----------------------------------------------------------------------------------

  /// Registers what someone read, given what was registered before (sorted, as left by the last
  /// call): the difference only is touched. `now` may come unsorted; it moves into `before`.
  void replace_reads(reader who, std::vector<std::uint64_t>& before,
                     std::vector<std::uint64_t>& now);
  const reader_registry& readers() const noexcept { return readers_; }

  /// Remembers a place that may have become free, until `sweep`.
  void may_be_free(row_table& table, slot s) { dying_rows_.emplace_back(&table, s); }
  void may_be_free(path_index& index, path_index::bucket b) {
    dying_buckets_.emplace_back(index.number(), b);
  }

  // -- time -------------------------------------------------------------------------------------

  /// The moment at which everything is evaluated, and the next at which a clock that goes into an
  /// outcome is looked at again.
  const surrealql::moment& now() const noexcept { return now_; }
  void set_now(const surrealql::moment& now) noexcept { now_ = now; }
  /// A read of whether that moment has passed.
  read moment_at(const datetime& when);
  due_index& due() noexcept { return due_; }
  const due_index& due() const noexcept { return due_; }

  /// Frees the places nothing refers to any more; call between steps only.
  void sweep();

  /// Of the SurrealDB whose answers its views must equal.
  surrealql::semantics rules() const noexcept { return rules_; }

 private:
  surrealql::semantics rules_;
  std::shared_ptr<const surrealql::catalog> definitions_;
  struct table_entry {
    std::unique_ptr<row_table> rows;
    std::size_t bytes = 0;  ///< as counted last
    std::vector<path_index*> paths;
    std::vector<order_index*> orders;
    std::vector<std::unique_ptr<element_index>> elements;
    number_set views_of_all;
  };
  struct path_entry {
    std::unique_ptr<path_index> index;
    surrealql::expr_ptr expression;  ///< its path; null for a single field, which needs none
    /// What rows' keys read besides the row: linked records. Only for paths of several fields.
    std::unordered_map<slot, std::vector<std::uint64_t>> reads;
  };

  void add_read(read r, reader who);
  void remove_read(read r, reader who);

  std::vector<table_entry> tables_;
  std::unordered_map<std::string_view, std::uint32_t> by_name_;
  std::size_t table_bytes_ = 0;
  std::vector<path_entry> paths_;
  std::vector<std::uint32_t> free_paths_;
  std::vector<std::unique_ptr<order_index>> orders_;
  reader_registry readers_;
  value_spread spread_;
  surrealql::moment now_;
  due_index due_;
  std::vector<std::pair<row_table*, slot>> dying_rows_;
  std::vector<std::pair<std::uint32_t, path_index::bucket>> dying_buckets_;
  std::vector<std::uint32_t> dying_moments_;
};

}  // namespace spooky::views
