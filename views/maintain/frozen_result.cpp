#include "views/maintain/frozen_result.hpp"

#include "views/maintain/diff.hpp"

namespace spooky::views {

void frozen_result::thaw(const std::vector<member>& now,
                         std::optional<std::vector<record_id>> order, view_delta& out) const {
  diff_members(members_, now, out);
  if (order && *order != order_) out.order = std::move(order);
  out.healed = true;
}

}  // namespace spooky::views
