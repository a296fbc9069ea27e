#include "views/maintain/halted_view.hpp"

namespace spooky::views {

bool halted_view::update(view_delta&) {
  take_touched();
  return false;
}

void halted_view::snapshot(view_snapshot& out) const {
  out.failed = failure_;
  out.halted = true;
}

object halted_view::describe() const { return object{{"operators", value(array{})}}; }

}  // namespace spooky::views
