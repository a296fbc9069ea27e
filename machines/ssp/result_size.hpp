#pragma once

#include "views/results/view_delta.hpp"
#include "views/results/view_snapshot.hpp"

#include <algorithm>
#include <cstddef>

namespace spooky::machines {

/// How many rows a view's result has, related ones included, followed through its deltas.
class result_size {
 public:
  void begin(const views::view_snapshot& shown) {
    members_ = shown.members.size();
    listed_ = listed_in(shown.result);
  }
  void follow(const views::view_delta& delta) {
    members_ += delta.added.size();
    members_ -= std::min(members_, delta.removed.size());
    if (delta.result) listed_ = listed_in(*delta.result);
    // Of a result that is a row for each member, no delta repeats the rest.
    else if (!delta.added.empty() || !delta.removed.empty())
      listed_ = 0;
  }
  std::size_t rows() const noexcept { return std::max(members_, listed_); }

 private:
  static std::size_t listed_in(const value& result) {
    return result.is_array() ? result.as_array().size() : 0;
  }

  std::size_t members_ = 0;
  std::size_t listed_ = 0;  ///< by the result itself, where it is not one row for each member
};

}  // namespace spooky::machines
