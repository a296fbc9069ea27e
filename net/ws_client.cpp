#include "net/ws_client.hpp"

#include "net/detail/connector.hpp"
#include "net/detail/http_text.hpp"
#include "net/detail/ws_connection.hpp"

#include <utility>

namespace spooky::net {
namespace {

using detail::connector;
using detail::ws_connection;
using detail::ws_handle;

/// From the first packet to the connection that then stands for itself. I/O thread only.
class ws_attempt : public std::enable_shared_from_this<ws_attempt> {
 public:
  ws_attempt(ws_client_options options, ws_callbacks callbacks,
             std::shared_ptr<ws_handle::slot> slot, std::shared_ptr<detail::ws_quota> quota)
      : options_(std::move(options)),
        callbacks_(std::move(callbacks)),
        slot_(std::move(slot)),
        quota_(std::move(quota)) {}

  void start(boost::asio::io_context& context) {
    if (slot_->closed) return failed("closed before it was connected");
    for (auto& field : options_.headers)
      if (!detail::is_token(field.name) || !detail::is_field_value(field.value))
        return failed("the header \"" + field.name + "\" cannot be sent");
    detail::tls_context tls;
    if (options_.target.secure()) {
      auto made = detail::make_client_context(options_.tls);
      if (!made.ok()) return failed(made.failure().message);
      tls = std::move(*made);
    }
    auto connecting = std::make_shared<connector>(context, options_.target, std::move(tls));
    slot_->give_up = [self = shared_from_this(), connecting] {
      connecting->cancel();
      self->failed("closed before it was connected");
    };
    connecting->start(options_.limits.handshake_timeout,
                      [self = shared_from_this()](result<std::unique_ptr<detail::transport>> r) {
                        self->slot_->give_up = nullptr;
                        if (!r.ok()) return self->failed(r.failure().message);
                        self->connected(std::move(**r));
                      });
  }

 private:
  void connected(detail::transport connection) {
    auto ws = std::make_shared<ws_connection>(std::move(connection), std::exchange(callbacks_, {}),
                                              options_.limits, quota_);
    slot_->connected(ws);
    ws->connect(options_.target.authority(), options_.target.target, options_.subprotocol,
                options_.headers);
  }

  void failed(std::string reason) {
    quota_->ended = true;
    slot_->connecting = false;
    slot_->early.clear();
    auto callbacks = std::exchange(callbacks_, {});
    if (callbacks.on_close) callbacks.on_close(ws_close::abnormal, std::move(reason));
  }

  ws_client_options options_;
  ws_callbacks callbacks_;
  std::shared_ptr<ws_handle::slot> slot_;
  std::shared_ptr<detail::ws_quota> quota_;
};

}  // namespace

std::shared_ptr<ws_session> ws_connect(io_runtime& io, ws_client_options options,
                                       ws_callbacks callbacks) {
  auto handle = std::make_shared<ws_handle>(io.poster());
  handle->quota()->open(options.limits);
  handle->link_slot()->connecting = true;
  auto attempt = std::make_shared<ws_attempt>(std::move(options), std::move(callbacks),
                                              handle->link_slot(), handle->quota());
  io.post([attempt = std::move(attempt), &context = io.context()] { attempt->start(context); });
  return handle;
}

}  // namespace spooky::net
