#include "actors/ssp/view_feed.hpp"

#include <utility>

namespace spooky::actors {

view_feed_actor::behavior_type view_feed(view_feed_ptr self, registration_ptr registration,
                                         edge_writer_actor edges) {
  self->state.registration = std::move(registration);
  self->state.edges = std::move(edges);
  return {
      [self](delta_atom, const view_delta_ptr& delta) {
        self->send(self->state.edges, write_delta_atom_v, self->state.registration, delta);
      },
      [self](refresh_view_atom, const registration_ptr& again) {
        self->state.registration = again;
      },
      [self](close_feed_atom) { self->quit(); },
  };
}

}  // namespace spooky::actors
