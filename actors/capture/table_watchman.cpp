#include "actors/capture/table_watchman.hpp"

#include "actors/watching.hpp"
#include "surrealql/values/text.hpp"

#include <string>
#include <utility>
#include <vector>

namespace spooky::actors {

namespace {

drift_kind kind_of(change_op difference) {
  switch (difference) {
    case change_op::create:
      return drift_kind::row_missing;
    case change_op::erase:
      return drift_kind::row_extra;
    case change_op::update:
      return drift_kind::row_changed;
  }
  return drift_kind::row_changed;
}

watch_event::looked looked(std::uint64_t step, const std::string& table,
                           const page_difference& page) {
  watch_event::looked told{step, {}, page.reached, 1};
  for (std::size_t i = 0; i < page.changes.size(); ++i) {
    const auto& c = page.changes[i];
    told.found.push_back({kind_of(c.op), table, surrealql::to_text(c.id), c.id, page.marks[i]});
  }
  return told;
}

struct table_runner {
  table_watchman_ptr self;

  void tell(const watch_event::any& event) const;
  void failed(std::uint64_t step, const caf::error& why) const {
    tell(watch_event::failed{step, from_caf(why)});
  }

  void operator()(const watch_effect::list_subjects& effect) const {
    self->request(self->state.parts.capture, self->state.config.request_timeout,
                  captured_tables_atom_v)
        .then(
            [r = *this, step = effect.step](const std::vector<std::string>& tables) {
              r.tell(watch_event::subjects{step, tables});
            },
            [r = *this, step = effect.step](const caf::error& why) { r.failed(step, why); });
  }

  void operator()(const watch_effect::look& effect) const {
    if (!effect.again) return compare(effect, 0);
    self->request(self->state.parts.capture, self->state.config.request_timeout, flush_atom_v,
                  effect.at.name)
        .then([r = *this, effect](sequence_number delivered) { r.compare(effect, delivered); },
              [r = *this, step = effect.step](const caf::error& why) { r.failed(step, why); });
  }

  void compare(const watch_effect::look& effect, sequence_number delivered) const {
    const auto& [step, at, again] = effect;
    self->request(self->state.parts.reconciler, 2 * self->state.config.request_timeout,
                  compare_page_atom_v,
                  page_request{at.name, at.after, delivered, self->state.config.page_rows})
        .then([r = *this, n = step, table = at.name](
                  const page_difference_ptr& page) { r.tell(looked(n, table, *page)); },
              [r = *this, n = step](const caf::error& why) { r.failed(n, why); });
  }

  void operator()(const watch_effect::repair& effect) const {
    std::vector<record_id> ids;
    for (const auto& each : effect.confirmed)
      if (each.id) ids.push_back(*each.id);
    self->send(self->state.parts.capture, doubt_rows_atom_v, effect.at.name, std::move(ids));
    tell(watch_event::repaired{effect.step});
  }
};

void table_runner::tell(const watch_event::any& event) const {
  watch_step<table_runner>(self, event);
}

}  // namespace

watchman_actor::behavior_type table_watchman(table_watchman_ptr self, table_watchman_parts parts,
                                             table_watchman_config config) {
  self->state.parts = std::move(parts);
  self->state.config = config;
  self->state.cycle = watch_cycle{config.pace};
  return watch<table_runner>(self);
}

}  // namespace spooky::actors
