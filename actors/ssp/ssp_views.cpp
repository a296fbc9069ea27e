#include "actors/ssp/ssp_views.hpp"

#include <algorithm>

namespace spooky::actors {

caf::result<snapshot_result_ptr> register_view(ssp_ptr self, const registration_ptr& view) {
  auto promise = self->make_response_promise<snapshot_result_ptr>();
  self->request(self->state.parts.circuit, self->state.config.bootstrap_timeout, register_atom_v,
                view)
      .then(
          [self, promise, id = view->id](const snapshot_result_ptr& shown) mutable {
            auto& views = self->state.views;
            if (std::find(views.begin(), views.end(), id) == views.end()) views.push_back(id);
            promise.deliver(shown);
          },
          [promise](const caf::error& reason) mutable { promise.deliver(reason); });
  return promise;
}

caf::result<ack> unregister_view(ssp_ptr self, const std::string& id) {
  std::erase(self->state.views, id);
  return self->delegate(self->state.parts.circuit, unregister_atom_v, id);
}

ssp_status status_in(ssp_ptr self, const char* phase) {
  auto now = self->state.status;
  now.state = phase;
  now.views = self->state.views.size();
  return now;
}

}  // namespace spooky::actors
