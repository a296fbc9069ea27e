#include "actors/ssp/ssp_views.hpp"

#include <cstddef>
#include <memory>
#include <optional>

namespace spooky::actors {

namespace {

caf::error newer_is_held(const view_id& id) {
  return to_caf(fail(errc::conflict, "view " + id + " is held here from a newer placement"));
}

}  // namespace

caf::result<snapshot_result_ptr> register_view(ssp_ptr self, const registration_ptr& view) {
  auto& views = self->state.views;
  const bool known = views.contains(view->id);
  if (!views.admit(*view)) return newer_is_held(view->id);
  auto promise = self->make_response_promise<snapshot_result_ptr>();
  self->request(self->state.parts.circuit, self->state.config.bootstrap_timeout,
                register_view_atom_v, view)
      .then(
          [self, promise, view](const snapshot_result_ptr& shown) mutable {
            self->state.views.admit(*view);
            promise.deliver(shown);
          },
          [self, promise, known,
           claim = view_claim{view->id, view->epoch}](const caf::error& reason) mutable {
            if (!known && self->state.views.concerns(claim)) self->state.views.drop(claim.id);
            promise.deliver(reason);
          });
  return promise;
}

caf::result<ack> unregister_view(ssp_ptr self, const view_claim& claim) {
  auto& state = self->state;
  if (state.views.contains(claim.id) && !state.views.concerns(claim))
    return newer_is_held(claim.id);
  if (!state.views.contains(claim.id) && claim.epoch)
    return self->delegate(state.parts.edges, unregister_view_atom_v, claim);
  state.views.drop(claim.id);
  return self->delegate(state.parts.circuit, unregister_view_atom_v, claim.id);
}

caf::result<ack> unregister_query(ssp_ptr self, const query_key& query) {
  auto& state = self->state;
  const auto views = state.views.views_of(query);
  if (views.empty()) return unregister_view(self, view_claim{view_id{query.raw()}, {}});
  const auto promise = self->make_response_promise<ack>();
  const auto left = std::make_shared<std::size_t>(views.size());
  const auto failed = std::make_shared<std::optional<caf::error>>();
  const auto one = [left, failed, promise]() mutable {
    if (--*left != 0) return;
    if (*failed)
      promise.deliver(**failed);
    else
      promise.deliver(ack{});
  };
  for (const auto& id : views) {
    state.views.drop(id);
    self->request(state.parts.circuit, state.config.bootstrap_timeout, unregister_view_atom_v, id)
        .then([one](const ack&) mutable { one(); },
              [one, failed](const caf::error& why) mutable {
                *failed = why;
                one();
              });
  }
  return promise;
}

caf::result<ack> release_view(ssp_ptr self, const view_claim& claim) {
  if (!self->state.views.concerns(claim)) return ack{};
  self->state.views.drop(claim.id);
  return self->delegate(self->state.parts.circuit, release_view_atom_v, claim.id);
}

ssp_status status_in(ssp_ptr self, const char* phase) {
  auto now = self->state.status;
  now.state = phase;
  now.views = self->state.views.size();
  return now;
}

}  // namespace spooky::actors
