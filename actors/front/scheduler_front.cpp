#include "actors/front/scheduler_front.hpp"

#include "actors/front/scheduler_endpoints.hpp"
#include "actors/front/scheduler_handlers.hpp"

#include <utility>

namespace spooky::actors {

http_front_actor::behavior_type scheduler_front(scheduler_front_ptr self,
                                                scheduler_front_parts parts, front_config config) {
  start_front(self, std::move(parts), std::move(config));
  return {
      [self](exchange_atom, const exchange& request) {
        dispatch(scheduler_endpoints(), self, request);
      },
      [self](exchange_atom, ingest_exchange& request) { ingest(self, request); },
  };
}

std::shared_ptr<net::router> scheduler_routes(const http_front_actor& front,
                                              const front_config& config) {
  return routes_of(scheduler_endpoints(), front, config);
}

std::vector<endpoint_terms> scheduler_terms() { return terms_of(scheduler_endpoints()); }

}  // namespace spooky::actors
