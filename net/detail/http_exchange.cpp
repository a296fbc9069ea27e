#include "net/detail/http_exchange.hpp"

#include "net/detail/http_connection.hpp"

#include <utility>

namespace spooky::net::detail {

http_responder::http_responder(io_poster poster, std::weak_ptr<http_connection> connection,
                               std::shared_ptr<http_exchange> exchange)
    : poster_(std::move(poster)),
      connection_(std::move(connection)),
      exchange_(std::move(exchange)) {}

http_responder::~http_responder() {
  if (phase_ == phase::waiting)
    send(json_error(500, error_text(errc::internal), "the request was dropped without an answer"));
  else if (phase_ == phase::streaming)
    abort();
}

bool http_responder::advance(phase from, phase to) noexcept {
  return phase_.compare_exchange_strong(from, to);
}

void http_responder::send(http_response response) {
  if (!advance(phase::waiting, phase::done)) return;
  poster_.dispatch(
      [connection = connection_, exchange = exchange_, response = std::move(response)]() mutable {
        if (auto open = connection.lock()) open->answer(exchange, std::move(response));
      });
}

void http_responder::begin(unsigned status, std::string content_type, http_headers headers) {
  if (!advance(phase::waiting, phase::streaming)) return;
  poster_.dispatch([connection = connection_, exchange = exchange_, status,
                    content_type = std::move(content_type), headers = std::move(headers)] {
    if (auto open = connection.lock()) open->begin_stream(exchange, status, content_type, headers);
  });
}

void http_responder::write(std::string chunk, std::function<void(bool)> on_drained) {
  bool streaming = phase_ == phase::streaming;
  poster_.dispatch([connection = connection_, exchange = exchange_, streaming,
                    chunk = std::move(chunk), on_drained = std::move(on_drained)]() mutable {
    auto open = connection.lock();
    if (open && streaming)
      open->add_to_stream(exchange, std::move(chunk), std::move(on_drained));
    else if (on_drained)
      on_drained(false);
  });
}

void http_responder::finish() {
  if (!advance(phase::streaming, phase::done)) return;
  poster_.dispatch([connection = connection_, exchange = exchange_] {
    if (auto open = connection.lock()) open->end_stream(exchange);
  });
}

void http_responder::abort() {
  if (!advance(phase::streaming, phase::done)) return;
  poster_.dispatch([connection = connection_] {
    if (auto open = connection.lock()) open->cut();
  });
}

}  // namespace spooky::net::detail
