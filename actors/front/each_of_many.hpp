#pragma once

#include "actors/front/front.hpp"
#include "actors/interfaces.hpp"
#include "net/http.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace spooky::actors {

/// Responders for requests that came as one, in their order. Once each has been sent an answer,
/// `to` is sent one with status 200: the array of their bodies, errors among them. To be used by
/// one thread.
std::vector<std::shared_ptr<net::responder>> answered_together(
    std::size_t count, const std::shared_ptr<net::responder>& to);

/// Fails unless the body, an array, has items, and each of them is an object.
result<void> holds_requests(const array& body);

/// Serves each item of a body that is an array as a request of its own. @pre the request was
/// admitted; each item is then admitted for itself, so that many of them are no way round the
/// limit.
template <class Self, class Serve>
void serve_each(Self self, const exchange& request, Serve serve) {
  const auto& items = request.body.as_array();
  if (const auto fit = holds_requests(items); !fit.ok())
    return refuse(self, request, fit.failure());
  const auto parts = answered_together(items.size(), request.respond);
  self->state.pending.done();
  for (std::size_t i = 0; i < items.size(); ++i)
    if (self->state.pending.admit(parts[i]))
      serve(self, exchange{request.endpoint, request.time, request.request, items[i], parts[i],
                           request.callers});
}

}  // namespace spooky::actors
