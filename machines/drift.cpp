#include "machines/drift.hpp"

namespace spooky::machines {

std::string_view to_string(drift_kind kind) noexcept {
  switch (kind) {
    case drift_kind::row_missing:
      return "row_missing";
    case drift_kind::row_extra:
      return "row_extra";
    case drift_kind::row_changed:
      return "row_changed";
    case drift_kind::view:
      return "view";
    case drift_kind::edge_missing:
      return "edge_missing";
    case drift_kind::edge_extra:
      return "edge_extra";
    case drift_kind::edge_changed:
      return "edge_changed";
    case drift_kind::view_record:
      return "view_record";
  }
  return "unknown";
}

void drift_ledger::confirm(const drift& what, timestamp now) {
  ++report_.totals[{what.kind, what.table}];
  unseen_.push_front({what, now});
  if (unseen_.size() <= listed_) return;
  unseen_.pop_back();
  ++report_.unlisted;
}

void drift_ledger::seen() {
  unseen_.clear();
  report_.unlisted = 0;
}

drift_report drift_ledger::report() const {
  auto now = report_;
  now.unseen.assign(unseen_.begin(), unseen_.end());
  return now;
}

}  // namespace spooky::machines
