#pragma once

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
  static key key_of(const views::member& m);

  std::map<key, views::member> members_;
  bool failed_ = false;
};

}  // namespace spooky::oracle
