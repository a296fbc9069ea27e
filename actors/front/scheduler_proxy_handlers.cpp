#include "actors/front/scheduler_handlers.hpp"
#include "protocol/table_codec.hpp"

namespace spooky::actors {

void query_snapshot(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto at_least = read_at_least(request.body);
  if (!at_least.ok()) return refuse(self, request, at_least.failure());
  ask_and_go_on<frozen_snapshot>(
      self, request, state.parts.coordinator,
      [self, request](const frozen_snapshot& snapshot) {
        self->state.pending.done();
        self->send(self->state.parts.proxy, run_proxy_atom_v, snapshot, request);
      },
      hold_snapshot_atom_v, *at_least);
}

void answer_nothing(scheduler_front_ptr self, const exchange& request) {
  answer_at_once(self, request, value{object{}});
}

}  // namespace spooky::actors
