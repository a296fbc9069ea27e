#include "actors/front/routes.hpp"

#include "actors/front/http_body.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace spooky::actors {

namespace {

/// For callers that only see a status, such as SurrealDB's http::post: answers errors with 200.
class inline_errors final : public net::responder {
 public:
  explicit inline_errors(std::shared_ptr<net::responder> to) : to_(std::move(to)) {}
  void send(net::http_response response) override {
    if (response.status >= 400) response.status = 200;
    to_->send(std::move(response));
  }
  void begin(unsigned status, std::string type, net::http_headers headers) override {
    to_->begin(status, std::move(type), std::move(headers));
  }
  void write(std::string chunk, std::function<void(bool)> on_drained) override {
    to_->write(std::move(chunk), std::move(on_drained));
  }
  void finish() override { to_->finish(); }
  void abort() override { to_->abort(); }

 private:
  std::shared_ptr<net::responder> to_;
};

}  // namespace

void add_exchange(net::router& routes, const http_front_actor& front, const char* method,
                  const char* pattern, std::string endpoint) {
  const bool has_body = std::string_view{method} == "POST";
  routes.add(method, pattern,
             [front, endpoint = std::move(endpoint), has_body](
                 net::http_request request, std::shared_ptr<net::responder> respond) {
               if (request.headers.get("X-Spooky-Errors") == "inline")
                 respond = std::make_shared<inline_errors>(std::move(respond));
               exchange passed{endpoint, nullptr, {}, respond};
               if (has_body) {
                 auto body = read_body(request);
                 if (!body.ok()) return respond->send(net::error_response(body.failure()));
                 passed.body = std::move(body).value();
                 request.body.clear();
               }
               passed.request = std::make_shared<const net::http_request>(std::move(request));
               caf::anon_send(front, exchange_atom_v, std::move(passed));
             });
}

namespace {

using ingest_reader = result<change_batch> (*)(const net::http_request&, const surrealql::schema*);

net::router::request_function pass_ingest(http_front_actor front, ingest_reader read, bool single,
                                          std::shared_ptr<const known_types> types) {
  return [front = std::move(front), read, single, types = std::move(types)](
             const net::http_request& request, const std::shared_ptr<net::responder>& respond) {
    const auto known = types ? types->current() : nullptr;
    auto batch = read(request, known.get());
    if (!batch.ok()) return respond->send(net::error_response(batch.failure()));
    ingest_exchange passed{{}, single, respond};
    passed.batches.push_back(std::move(batch).value());
    caf::anon_send(front, exchange_atom_v, std::move(passed));
  };
}

}  // namespace

void add_ingest(net::router& routes, const http_front_actor& front,
                const std::shared_ptr<const known_types>& types) {
  routes.add("POST", "/ingest", pass_ingest(front, read_ingest, true, types));
  routes.add("POST", "/ingest/batch", pass_ingest(front, read_ingest_batch, false, types));
}

}  // namespace spooky::actors
