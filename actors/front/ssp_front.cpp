#include "actors/front/ssp_front.hpp"

#include "actors/front/ssp_endpoints.hpp"
#include "actors/front/ssp_handlers.hpp"
#include "actors/front/stream_door.hpp"

namespace spooky::actors {

ssp_http_front_actor::behavior_type ssp_front(ssp_front_ptr self, ssp_front_parts parts,
                                              front_config config) {
  start_front(self, std::move(parts), std::move(config));
  count_streams(self);
  return {
      [self](exchange_atom, const exchange& request) { dispatch(ssp_endpoints(), self, request); },
      [self](exchange_atom, ingest_exchange& request) { ingest(self, request); },
      [self](exchange_atom, const log_exchange& request) { ingest_log(self, request); },
      [self](exchange_atom, stream_exchange& client) {
        open_stream(self, client, [self] { return stream_source{self->state.parts.circuit}; });
      },
  };
}

std::shared_ptr<net::router> ssp_routes(const ssp_http_front_actor& front,
                                        const front_config& config) {
  return routes_of(ssp_endpoints(), front, config);
}

std::vector<endpoint_terms> ssp_terms() { return terms_of(ssp_endpoints()); }

}  // namespace spooky::actors
