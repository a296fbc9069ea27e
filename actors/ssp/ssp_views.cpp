#include "actors/ssp/ssp_views.hpp"

#include "actors/all_done.hpp"

namespace spooky::actors {

namespace {

caf::error newer_is_held(const view_id& id) {
  return to_caf(fail(errc::conflict, "view " + id + " is held here from a newer placement"));
}

/// Ends the view, unless it is held from a newer placement.
caf::result<ack> end_now(ssp_ptr self, const view_claim& claim) {
  const auto& parts = self->state.parts;
  auto& views = self->state.lifecycle->views();
  if (views.contains(claim.id) && !views.concerns(claim)) return newer_is_held(claim.id);
  if (!views.contains(claim.id) && claim.epoch)
    return self->delegate(parts.edges, unregister_view_atom_v, claim);
  views.drop(claim.id);
  return self->delegate(parts.circuit, unregister_view_atom_v, claim.id);
}

caf::error still_wanted(const view_id& id) {
  return to_caf(fail(errc::conflict, "view " + id + " stays: somebody wants it again"));
}

/// Who said that nobody wants it was on his way for a while: what the database says counts, if the
/// view was not registered since it was asked.
caf::result<ack> end_unwanted(ssp_ptr self, const view_claim& claim) {
  if (!self->state.lifecycle->views().doubt(claim.id)) return still_wanted(claim.id);
  auto promise = self->make_response_promise<ack>();
  self->request(self->state.parts.edges, self->state.lifecycle->config().request_timeout,
                is_wanted_atom_v, claim.id)
      .then(
          [self, promise, id = claim.id](bool wanted) mutable {
            const bool registered = !self->state.lifecycle->views().take_doubt(id);
            if (wanted || registered) {
              promise.deliver(still_wanted(id));
              return;
            }
            const auto limit = self->state.lifecycle->config().bootstrap_timeout;
            self->state.lifecycle->views().drop(id);
            self->request(self->state.parts.circuit, limit, unregister_view_atom_v, id)
                .then([promise](const ack&) mutable { promise.deliver(ack{}); },
                      [promise](const caf::error& reason) mutable { promise.deliver(reason); });
          },
          [self, promise, id = claim.id](const caf::error& reason) mutable {
            self->state.lifecycle->views().take_doubt(id);
            promise.deliver(reason);
          });
  return promise;
}

caf::result<ack> end_query(ssp_ptr self, const view_claim& claim) {
  auto& lifecycle = *self->state.lifecycle;
  const auto views = lifecycle.views().views_of(query_key{claim.id.raw()});
  // The database may still have its edges.
  if (views.empty()) return end_now(self, view_claim{claim.id, {}});
  auto promise = self->make_response_promise<ack>();
  const auto limit = lifecycle.config().bootstrap_timeout;
  ask_each(views, promise, [self, limit, unless = claim.unless_wanted](const view_id& id) {
    return self->request(caf::actor_cast<ssp_actor>(self), limit, unregister_view_atom_v,
                         view_claim{id, {}, false, unless});
  });
  return promise;
}

}  // namespace

caf::result<snapshot_result_ptr> register_view(ssp_ptr self, const registration_ptr& view) {
  auto& views = self->state.lifecycle->views();
  const bool known = views.contains(view->id);
  if (!views.admit(*view)) return newer_is_held(view->id);
  views.begin(view->id);
  auto promise = self->make_response_promise<snapshot_result_ptr>();
  self->request(self->state.parts.circuit, self->state.lifecycle->config().bootstrap_timeout,
                register_view_atom_v, view)
      .then(
          [self, promise, view](const snapshot_result_ptr& shown) mutable {
            self->state.lifecycle->views().end(view->id);
            self->state.lifecycle->views().admit(*view);
            promise.deliver(shown);
          },
          [self, promise, known,
           claim = view_claim{view->id, view->epoch}](const caf::error& reason) mutable {
            auto& held = self->state.lifecycle->views();
            held.end(claim.id);
            if (!known && held.concerns(claim)) held.drop(claim.id);
            promise.deliver(reason);
          });
  return promise;
}

caf::result<ack> unregister_view(ssp_ptr self, const view_claim& claim) {
  if (claim.whole_query) return end_query(self, claim);
  return claim.unless_wanted ? end_unwanted(self, claim) : end_now(self, claim);
}

caf::result<ack> release_view(ssp_ptr self, const view_release& release) {
  const auto& claim = release.claim;
  auto& views = self->state.lifecycle->views();
  if (!views.concerns(claim)) return ack{};
  views.drop(claim.id);
  return self->delegate(self->state.parts.circuit, release_view_atom_v, release);
}

}  // namespace spooky::actors
