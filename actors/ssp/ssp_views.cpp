#include "actors/ssp/ssp_views.hpp"

#include "actors/all_done.hpp"

namespace spooky::actors {

namespace {

caf::error newer_is_held(const view_id& id) {
  return to_caf(fail(errc::conflict, "view " + id + " is held here from a newer placement"));
}

}  // namespace

caf::result<snapshot_result_ptr> register_view(ssp_ptr self, const registration_ptr& view) {
  auto& views = self->state.lifecycle->views();
  const bool known = views.contains(view->id);
  if (!views.admit(*view)) return newer_is_held(view->id);
  auto promise = self->make_response_promise<snapshot_result_ptr>();
  self->request(self->state.parts.circuit, self->state.lifecycle->config().bootstrap_timeout,
                register_view_atom_v, view)
      .then(
          [self, promise, view](const snapshot_result_ptr& shown) mutable {
            self->state.lifecycle->views().admit(*view);
            promise.deliver(shown);
          },
          [self, promise, known,
           claim = view_claim{view->id, view->epoch}](const caf::error& reason) mutable {
            auto& held = self->state.lifecycle->views();
            if (!known && held.concerns(claim)) held.drop(claim.id);
            promise.deliver(reason);
          });
  return promise;
}

caf::result<ack> unregister_view(ssp_ptr self, const view_claim& claim) {
  const auto& parts = self->state.parts;
  auto& views = self->state.lifecycle->views();
  if (views.contains(claim.id) && !views.concerns(claim)) return newer_is_held(claim.id);
  if (!views.contains(claim.id) && claim.epoch)
    return self->delegate(parts.edges, unregister_view_atom_v, claim);
  views.drop(claim.id);
  return self->delegate(parts.circuit, unregister_view_atom_v, claim.id);
}

caf::result<ack> unregister_query(ssp_ptr self, const query_key& query) {
  const auto& lifecycle = *self->state.lifecycle;
  const auto views = self->state.lifecycle->views().views_of(query);
  // The database may still have its edges.
  if (views.empty()) return unregister_view(self, view_claim{view_id{query.raw()}, {}});
  auto promise = self->make_response_promise<ack>();
  const auto limit = lifecycle.config().bootstrap_timeout;
  ask_each(views, promise, [self, limit](const view_id& id) {
    self->state.lifecycle->views().drop(id);
    return self->request(self->state.parts.circuit, limit, unregister_view_atom_v, id);
  });
  return promise;
}

caf::result<ack> release_view(ssp_ptr self, const view_claim& claim) {
  auto& views = self->state.lifecycle->views();
  if (!views.concerns(claim)) return ack{};
  views.drop(claim.id);
  return self->delegate(self->state.parts.circuit, release_view_atom_v, claim.id);
}

}  // namespace spooky::actors
