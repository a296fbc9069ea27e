#include "actors/front/routes.hpp"

#include "actors/front/http_body.hpp"

#include <functional>
#include <memory>
#include <string>
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

void add_exchange(net::router& routes, const http_front_actor& front, const endpoint_terms& terms,
                  std::size_t row, const caf::duration& time) {
  routes.add(terms.method, terms.path,
             [front, row, time, has_body = terms.body != endpoint_body::none](
                 net::http_request request, responder_ptr respond) {
               if (wants_inline_errors(request))
                 respond = std::make_shared<inline_errors>(std::move(respond));
               exchange passed{row, time, nullptr, {}, respond};
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

}  // namespace spooky::actors
