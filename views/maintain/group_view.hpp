#pragma once

#include "views/maintain/maintained_view.hpp"
#include "views/structures/flat_index.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace spooky::views {

/// GROUP BY and GROUP ALL. Each source row is a root that knows its group; each group is a root
/// too, since its row may read other records. A change evaluates its own row again, takes back what
/// the row had put into its group's aggregates, and finishes the groups concerned, never the
/// others.
class group_view final : public maintained_view {
 public:
  group_view(store& tables, plan_ptr plan, object params, std::uint32_t number,
             visibility_ptr seen);

  result<void> open() override;
  void close() override;
  bool update(view_delta& out) override;
  void snapshot(view_snapshot& out) const override;
  object describe() const override;
  std::size_t bytes() const noexcept override { return bytes_ + result_.weight(); }

 private:
  static constexpr std::uint32_t group_bit = 0x80000000U;
  static constexpr std::uint32_t no_group = UINT32_MAX;
  /// The root of what ordering and FETCH of the groups' rows read.
  static constexpr std::uint32_t assembly_root = UINT32_MAX;

  struct key_less {
    bool operator()(const array& a, const array& b) const;
  };
  struct row_entry {
    std::uint32_t root = 0;
    std::uint32_t group = no_group;
    array inputs;  ///< what it puts into the aggregates
    std::vector<std::uint64_t> reads;
    std::optional<error> failure;
  };
  struct group {
    array key;
    std::vector<std::uint32_t> rows;  ///< roots, in source order
    std::optional<surrealql::select_plan::running_group> running;
    value row;
    std::vector<std::uint64_t> reads;
    std::optional<error> failure;
    std::size_t counted = 0;  ///< bytes, as they are part of the view's
    bool used = false;
    bool dirty = false;
    bool shown = false;  ///< `row` was computed: it may be NONE
  };

  /// Looks at one source row again; marks the groups it concerns.
  void refresh_row(std::uint32_t root);
  result<value> aggregate(const group& g) const;
  /// Aggregates one group again. True if its row changed.
  bool refresh_group(std::uint32_t number);
  void mark(std::uint32_t number);
  void join(const row_entry& e);
  void leave(const row_entry& e);
  std::uint32_t group_for(array key);
  /// Aggregates every marked group. True if the result may differ.
  bool refresh_marked();
  /// The rows of all groups, ordered and cut.
  result<value> assembled() const;
  result<value> assemble();
  void note_failure();
  static std::size_t bytes_of(const row_entry& e) noexcept;
  static std::size_t bytes_of(const group& g) noexcept;
  /// Counts what an entry or group takes now instead of `before`.
  void count(std::size_t now, std::size_t before);
  row_entry* find(std::uint32_t root);
  const row_entry* find(std::uint32_t root) const;

  flat_index by_root_;
  std::vector<row_entry> rows_;
  std::vector<std::uint32_t> free_rows_;
  std::vector<group> groups_;
  std::vector<std::uint32_t> free_groups_;
  std::map<array, std::uint32_t, key_less> by_key_;
  std::vector<std::uint32_t> marked_;
  std::size_t failing_ = 0;
  bool groups_nothing_ = false;  ///< a group without rows is shown
  std::size_t bytes_ = 0;        ///< of rows and groups
  value result_;
  std::vector<std::uint64_t> assembly_reads_;
};

}  // namespace spooky::views
