#pragma once

#include "surrealql/values/record_order.hpp"
#include "views/engine/engine.hpp"

#include <map>
#include <optional>
#include <string>
#include <tuple>

namespace spooky::oracle {

/// What a client would know of one view that took the first snapshot and then only deltas.
class view_mirror {
 public:
  explicit view_mirror(const views::view_snapshot& first);

  /// Applies a delta; text of what a client could not have applied, if anything.
  std::optional<std::string> apply(const views::view_delta& delta);

  /// Text of the first difference to the view's own state, if any.
  std::optional<std::string> difference(const views::view_snapshot& truth) const;

 private:
  using key = std::tuple<record_id, record_id, std::string>;  ///< row, its parent, alias path
  struct key_before {
    bool operator()(const key& a, const key& b) const noexcept {
      const record_before before;
      const auto& [row, parent, path] = a;
      const auto& [other_row, other_parent, other_path] = b;
      if (before(row, other_row) || before(other_row, row)) return before(row, other_row);
      if (before(parent, other_parent) || before(other_parent, parent))
        return before(parent, other_parent);
      return path < other_path;
    }
  };
  static key key_of(const views::member& m);

  std::map<key, views::member, key_before> members_;
  bool failed_ = false;
};

}  // namespace spooky::oracle
