#include "actors/ports/ssp_http_peer.hpp"

#include "actors/exceptions.hpp"
#include "actors/ports/tickets.hpp"
#include "protocol/deadlines.hpp"
#include "protocol/log_codec.hpp"
#include "protocol/pool_codec.hpp"
#include "protocol/registration_codec.hpp"
#include "protocol/stream_codec.hpp"
#include "surrealql/codec/cbor.hpp"
#include "surrealql/codec/json.hpp"

#include <memory>
#include <utility>

namespace spooky::actors {

namespace {

using http_answer_ptr = std::shared_ptr<result<net::http_response>>;

}  // namespace
}  // namespace spooky::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::actors::http_answer_ptr)

namespace spooky::actors {

namespace {

using peer_actor = ssp_peer::extend<
    // INTERNAL: the answer to the request with that ticket.
    on<health_atom, std::uint64_t, http_answer_ptr>,
    on<deliver_log_atom, std::uint64_t, http_answer_ptr>,
    on<register_view_atom, std::uint64_t, http_answer_ptr>,
    on<unregister_view_atom, std::uint64_t, http_answer_ptr>>;

struct peer_state {
  peer_state() = default;
  static inline const char* name = "ssp_http_peer";

  http_peer where;
  tickets<ssp_health> health;
  tickets<sequence_number> deliveries;
  tickets<value> registered;
  tickets<ack> unregistered;
};
using peer_ptr = peer_actor::stateful_pointer<peer_state>;

/// Sends a call whose answer comes back as a message with this verb.
template <class Atom>
void send_call(peer_ptr self, net::http_call call, Atom verb, std::uint64_t ticket) {
  self->state.where.client->send(
      std::move(call), [to = peer_actor{self}, verb, ticket](result<net::http_response> answer) {
        caf::anon_send(to, verb, ticket,
                       std::make_shared<result<net::http_response>>(std::move(answer)));
      });
}

// -- requests -----------------------------------------------------------------------------------

caf::result<ssp_health> ask_health(peer_ptr self) {
  auto promise = self->make_response_promise<ssp_health>();
  auto call = call_to(self->state.where, "GET", "/health", deadlines::health.call);
  call.idempotent = true;
  send_call(self, std::move(call), health_atom_v, self->state.health.issue(promise));
  return promise;
}

caf::result<sequence_number> deliver(peer_ptr self, const log_slice& slice) {
  auto promise = self->make_response_promise<sequence_number>();
  auto call = call_to(self->state.where, "POST", "/ingest/batch", deadlines::delivery.call);
  call.channel = "log";
  call.content_type = log_media_type;
  if (slice.epoch != 0) call.headers.set(log_epoch_header, epoch_text(slice.epoch));
  call.body = std::make_shared<const std::string>(encode_slice(slice));
  call.idempotent = true;
  send_call(self, std::move(call), deliver_log_atom_v, self->state.deliveries.issue(promise));
  return promise;
}

caf::result<value> register_view(peer_ptr self, const registration_ptr& view) {
  auto promise = self->make_response_promise<value>();
  auto call = call_to(self->state.where, "POST", "/view/register", deadlines::registration.call);
  call.channel = "views";
  std::string body;
  surrealql::encode_cbor(to_body(*view), body);
  call.content_type = "application/cbor";
  call.body = std::make_shared<const std::string>(std::move(body));
  call.idempotent = true;
  send_call(self, std::move(call), register_view_atom_v, self->state.registered.issue(promise));
  return promise;
}

/// `/view/unregister` or `/view/release`.
caf::result<ack> end_view(peer_ptr self, std::string_view path, const value& body) {
  auto promise = self->make_response_promise<ack>();
  auto call = json_call(self->state.where, path, body, deadlines::registration.call);
  call.channel = "views";
  call.idempotent = true;
  send_call(self, std::move(call), unregister_view_atom_v, self->state.unregistered.issue(promise));
  return promise;
}

// -- answers ------------------------------------------------------------------------------------

caf::expected<ssp_health> read_health_answer(const result<net::http_response>& answer) {
  if (!answer.ok()) return to_caf(answer.failure());
  const auto body = surrealql::parse_json(answer->body);
  auto health = read_health(answer->status, body.ok() ? *body : value::none());
  if (!health.ok()) return to_caf(health.failure());
  return std::move(health).value();
}

caf::expected<sequence_number> read_delivered(const result<net::http_response>& answer) {
  const auto body = read_json_answer(answer);
  if (!body.ok()) return to_caf(body.failure());
  auto applied = read_applied(*body);
  if (!applied.ok()) return to_caf(applied.failure());
  return *applied;
}

caf::expected<value> read_value(const result<net::http_response>& answer) {
  auto body = read_json_answer(answer);
  if (!body.ok()) return to_caf(body.failure());
  return std::move(body).value();
}

caf::expected<ack> read_ack(const result<net::http_response>& answer) {
  const auto body = read_json_answer(answer);
  if (!body.ok()) return to_caf(body.failure());
  return ack{};
}

peer_actor::behavior_type ssp_http_peer(peer_ptr self, const http_peer& where) {
  self->state.where = where;
  return {
      [self](health_atom) { return ask_health(self); },
      [self](deliver_log_atom, const log_slice& slice) { return deliver(self, slice); },
      [self](register_view_atom, const registration_ptr& view) {
        return register_view(self, view);
      },
      [self](unregister_view_atom, const view_claim& view) {
        return end_view(self, "/view/unregister", to_body(view));
      },
      [self](release_view_atom, const view_release& view) {
        return end_view(self, "/view/release", to_body(view));
      },
      [self](health_atom, std::uint64_t ticket, const http_answer_ptr& answer) {
        self->state.health.settle(ticket, read_health_answer(*answer));
      },
      [self](deliver_log_atom, std::uint64_t ticket, const http_answer_ptr& answer) {
        self->state.deliveries.settle(ticket, read_delivered(*answer));
      },
      [self](register_view_atom, std::uint64_t ticket, const http_answer_ptr& answer) {
        self->state.registered.settle(ticket, read_value(*answer));
      },
      [self](unregister_view_atom, std::uint64_t ticket, const http_answer_ptr& answer) {
        self->state.unregistered.settle(ticket, read_ack(*answer));
      },
  };
}

}  // namespace

ssp_peer spawn_ssp_http_peer(caf::actor_system& system, http_peer where) {
  return system.spawn(guarded(ssp_http_peer), std::move(where));
}

}  // namespace spooky::actors
