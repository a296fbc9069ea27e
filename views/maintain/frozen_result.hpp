#pragma once

#include "surrealql/values/value.hpp"
#include "views/results/member.hpp"
#include "views/results/view_delta.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace spooky::views {

/// What clients of a failing view saw last: they keep it until the view has healed.
class frozen_result {
 public:
  /// Nothing was shown: the view failed from the beginning.
  frozen_result() = default;
  /// `order`: empty for a view whose order is not told.
  frozen_result(std::vector<member> members, std::vector<record_id> order)
      : members_(std::move(members)), order_(std::move(order)) {}

  const std::vector<member>& members() const noexcept { return members_; }
  /// What leads from here to what is shown now, marked as healed. `order`: nothing for a view whose
  /// order is not told. O(n log n).
  void thaw(const std::vector<member>& now, std::optional<std::vector<record_id>> order,
            view_delta& out) const;

 private:
  std::vector<member> members_;
  std::vector<record_id> order_;
};

}  // namespace spooky::views
