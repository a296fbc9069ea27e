#pragma once

#include "views/flat_index.hpp"
#include "views/view.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace spooky::views {

/// GROUP BY and GROUP ALL. Each source row is a root that knows its group; each group is a root
/// too, since its aggregates may read other records. A change evaluates its own row and the groups
/// that row left and joined again, never the others.
class group_view final : public view {
 public:
  group_view(store& tables, plan_ptr plan, object params, std::uint32_t number);

  result<void> open(const engine_options& options) override;
  void close() override;
  bool update(view_delta& out) override;
  void snapshot(view_snapshot& out) const override;
  object describe() const override;

 private:
  static constexpr std::uint32_t group_bit = 0x80000000U;
  static constexpr std::uint32_t no_group = UINT32_MAX;

  struct key_less {
    bool operator()(const array& a, const array& b) const;
  };
  struct row_entry {
    std::uint32_t root = 0;
    std::uint32_t group = no_group;
    std::vector<std::uint64_t> reads;
    std::optional<error> failure;
  };
  struct group {
    array key;
    std::vector<std::uint32_t> rows;  ///< roots, in source order
    value row;
    std::vector<std::uint64_t> reads;
    std::optional<error> failure;
    bool used = false;
    bool dirty = false;
  };

  /// Looks at one source row again; marks the groups it concerns.
  void refresh_row(std::uint32_t root);
  result<value> aggregate(const group& g) const;
  /// Aggregates one group again. True if its row changed.
  bool refresh_group(std::uint32_t number);
  void mark(std::uint32_t number);
  void join(std::uint32_t root, std::uint32_t number);
  void leave(std::uint32_t root, std::uint32_t number);
  std::uint32_t group_for(array key);
  /// Aggregates every marked group. True if the result may differ.
  bool refresh_marked();
  /// The rows of all groups, ordered and cut.
  result<value> assemble() const;
  void note_failure();
  row_entry* find(std::uint32_t root);

  flat_index by_root_;
  std::vector<row_entry> rows_;
  std::vector<std::uint32_t> free_rows_;
  std::vector<group> groups_;
  std::vector<std::uint32_t> free_groups_;
  std::map<array, std::uint32_t, key_less> by_key_;
  std::vector<std::uint32_t> marked_;
  std::size_t failing_ = 0;
  value result_;
};

}  // namespace spooky::views
