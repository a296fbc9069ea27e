#include "actors/front/routes.hpp"

#include "actors/front/http_body.hpp"
#include "actors/front/stream_door.hpp"
#include "protocol/fields.hpp"

#include <functional>
#include <memory>
#include <optional>
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

/// What a caller that is none of our own processes may not say, or leaves unsaid.
std::optional<net::http_response> presumption(endpoint_body kind, const value& body,
                                              const passing& how) {
  using fields::wrong;
  if (kind == endpoint_body::registration && body.is_array()) {
    for (const auto& one : body.as_array())
      if (auto refused = presumption(kind, one, how)) return refused;
    return std::nullopt;
  }
  if (!body["epoch"].is_nullish())
    return net::error_response(wrong("epoch", "is taken from nodes only"));
  if (kind != endpoint_body::registration) return std::nullopt;
  if (how.views_by_nodes)
    return net::forbidden_response(
        "views are registered with the scheduler, which has them placed");
  if (body["auth"].is_nullish())
    return net::error_response(wrong("auth", "is missing: only nodes register in nobody's name"));
  return std::nullopt;
}

}  // namespace

void add_exchange(net::router& routes, const http_front_actor& front, const endpoint_terms& terms,
                  const passing& how) {
  routes.add(terms.method, terms.path, how.may_call,
             [front, how, kind = terms.body](net::http_request request, net::caller_kinds callers,
                                             responder_ptr respond) {
               if (how.may_call == net::token_holders)
                 if (auto stopped = stopped_at_door(request, callers))
                   return respond->send(std::move(*stopped));
               if (wants_inline_errors(request))
                 respond = std::make_shared<inline_errors>(std::move(respond));
               exchange passed{how.row, how.time, nullptr, {}, respond, callers};
               if (kind != endpoint_body::none) {
                 auto body = read_body(request);
                 if (!body.ok()) return respond->send(net::error_response(body.failure()));
                 passed.body = std::move(body).value();
                 request.body.clear();
                 if ((callers & caller::node) == 0)
                   if (auto refused = presumption(kind, passed.body, how))
                     return respond->send(std::move(*refused));
               }
               passed.request = std::make_shared<const net::http_request>(std::move(request));
               caf::anon_send(front, exchange_atom_v, std::move(passed));
             });
}

}  // namespace spooky::actors
