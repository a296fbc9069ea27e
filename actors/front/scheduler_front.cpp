#include "actors/front/scheduler_front.hpp"

#include "actors/front/scheduler_endpoints.hpp"
#include "actors/front/scheduler_handlers.hpp"
#include "actors/front/stream_door.hpp"

#include <utility>

namespace spooky::actors {

http_front_actor::behavior_type scheduler_front(scheduler_front_ptr self,
                                                scheduler_front_parts parts, front_config config) {
  start_front(self, std::move(parts), std::move(config));
  count_streams(self);
  return {
      [self](exchange_atom, const exchange& request) {
        dispatch(scheduler_endpoints(), self, request);
      },
      [self](exchange_atom, ingest_exchange& request) { ingest(self, request); },
      [self](exchange_atom, stream_exchange& client) {
        open_stream(self, client, [self] {
          const auto& relayed = self->state.parts;
          return stream_source{self->system().spawn(
              guarded(stream_relay), stream_relay_parts{relayed.registry, relayed.open_stream})};
        });
      },
  };
}

std::shared_ptr<net::router> scheduler_routes(const http_front_actor& front,
                                              const front_config& config) {
  return routes_of(scheduler_endpoints(), front, config);
}

std::vector<endpoint_terms> scheduler_terms() { return terms_of(scheduler_endpoints()); }

}  // namespace spooky::actors
