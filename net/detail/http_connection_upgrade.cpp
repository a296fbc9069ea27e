#include "net/detail/http_connection.hpp"

#include <exception>
#include <utility>

namespace spooky::net::detail {

void http_connection::offer_upgrade() {
  if (in_.size() > 0)
    return refuse(400, error_text(errc::invalid_argument),
                  "a client must wait for the answer to its WebSocket handshake");
  auto exchange = add_exchange(upgrade_->request.request_id, false, true);
  upgrade_->exchange = exchange;
  ++server_->requests;
  ws_upgrade_hooks hooks;
  hooks.accept = [self = weak_from_this(), exchange](
                     ws_callbacks callbacks, ws_limits limits, std::shared_ptr<ws_quota> quota,
                     std::string subprotocol) -> std::shared_ptr<ws_connection> {
    auto open = self.lock();
    if (open && open->mode_ == mode::upgrading && !exchange->started)
      return open->become_websocket(std::move(callbacks), limits, std::move(quota),
                                    std::move(subprotocol));
    quota->ended = true;
    if (callbacks.on_close) callbacks.on_close(ws_close::abnormal, "the connection has gone");
    return nullptr;
  };
  hooks.refuse = [self = weak_from_this(), exchange](http_response response) {
    if (auto open = self.lock()) open->answer(exchange, std::move(response));
  };
  auto session = std::make_shared<ws_handle>(server_->poster, std::move(hooks));
  try {
    server_->handler->upgrade(std::move(upgrade_->request), session);
  } catch (const std::exception& failure) {
    session->refuse(json_error(500, error_text(errc::internal),
                               std::string("the handler failed: ") + failure.what()));
  }
}

std::shared_ptr<ws_connection> http_connection::become_websocket(ws_callbacks callbacks,
                                                                 const ws_limits& limits,
                                                                 std::shared_ptr<ws_quota> quota,
                                                                 std::string subprotocol) {
  auto ws = std::make_shared<ws_connection>(std::move(connection_), std::move(callbacks), limits,
                                            std::move(quota));
  server_->websockets.insert(ws);
  ws->on_end([server = server_, self = std::weak_ptr(ws)] {
    if (auto ended = self.lock()) server->remove(ended);
  });
  ws->accept(upgrade_->handshake, std::move(subprotocol), upgrade_->exchange->request_id);
  mode_ = mode::closed;
  stand_in(nullptr);
  exchanges_.clear();
  server_->remove(shared_from_this());
  return ws;
}

}  // namespace spooky::net::detail
