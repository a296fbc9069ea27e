#include "machines/capture/left_events.hpp"

#include <utility>

namespace spooky::machines {

outbox_plan left_events::look(const std::vector<intents::outbox_row>& rows,
                              const posted_events& tables, bool catching_up) {
  outbox_plan plan;
  std::set<record_id, record_before> records;
  for (const auto& row : rows) {
    found_.insert(row.id);
    const bool stays = before_.contains(row.id);
    if (!row.event.ok()) {
      if (stays || catching_up) plan.unreadable.push_back(row.event.failure().message);
      continue;
    }
    const auto& record = row.event->what.id;
    const bool own = tables.owns(record.table);
    const bool strange = tables.has_ceded(record.table);
    if (!stays && !strange && !(own && catching_up)) continue;
    plan.rows.push_back(row.id);
    if (own && records.insert(record).second) plan.records.push_back(record);
    if (strange && told_.insert(record.table).second) plan.strangers.push_back(record.table);
  }
  return plan;
}

void left_events::begin_round() { before_ = std::exchange(found_, {}); }

}  // namespace spooky::machines
