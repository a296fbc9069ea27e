#include "actors/edge/routes.hpp"

#include "actors/edge/http_body.hpp"

#include <memory>
#include <utility>

namespace spooky::actors {

void add_exchange(net::router& routes, const http_edge_actor& edge, const char* method,
                  const char* pattern, std::string endpoint) {
  const bool has_body = std::string_view{method} == "POST";
  routes.add(method, pattern,
             [edge, endpoint = std::move(endpoint), has_body](
                 net::http_request request, std::shared_ptr<net::responder> respond) {
               exchange passed{endpoint, nullptr, {}, respond};
               if (has_body) {
                 auto body = read_body(request);
                 if (!body.ok()) return respond->send(net::error_response(body.failure()));
                 passed.body = std::move(body).value();
                 request.body.clear();
               }
               passed.request = std::make_shared<const net::http_request>(std::move(request));
               caf::anon_send(edge, exchange_atom_v, std::move(passed));
             });
}

namespace {

using ingest_reader = result<change_batch> (*)(const net::http_request&);

net::router::request_function pass_ingest(http_edge_actor edge, ingest_reader read, bool single) {
  return [edge = std::move(edge), read, single](const net::http_request& request,
                                                const std::shared_ptr<net::responder>& respond) {
    auto batch = read(request);
    if (!batch.ok()) return respond->send(net::error_response(batch.failure()));
    ingest_exchange passed{{}, single, respond};
    passed.batches.push_back(std::move(batch).value());
    caf::anon_send(edge, exchange_atom_v, std::move(passed));
  };
}

}  // namespace

void add_ingest(net::router& routes, const http_edge_actor& edge) {
  routes.add("POST", "/ingest", pass_ingest(edge, read_ingest, true));
  routes.add("POST", "/ingest/batch", pass_ingest(edge, read_ingest_batch, false));
}

}  // namespace spooky::actors
