#include "actors/ports/scheduler_http_peer.hpp"

#include "actors/exceptions.hpp"
#include "actors/ports/tickets.hpp"
#include "protocol/deadlines.hpp"
#include "protocol/pool_codec.hpp"
#include "protocol/registration_codec.hpp"
#include "protocol/table_codec.hpp"

#include <memory>
#include <utility>

namespace spooky::actors {

namespace {

using scheduler_answer_ptr = std::shared_ptr<result<net::http_response>>;
using loaded_ptr = std::shared_ptr<result<table_rows_ptr>>;

}  // namespace
}  // namespace spooky::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::actors::scheduler_answer_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::actors::loaded_ptr)

namespace spooky::actors {

namespace {

using peer_actor = scheduler_peer::extend<
    // INTERNAL: the answer to the request with that ticket.
    on<register_ssp_atom, std::uint64_t, scheduler_answer_ptr>,
    on<heartbeat_atom, std::uint64_t, scheduler_answer_ptr>,
    on<drain_ssp_atom, std::uint64_t, scheduler_answer_ptr>,
    on<interest_atom, std::uint64_t, scheduler_answer_ptr>,
    on<flush_atom, std::uint64_t, scheduler_answer_ptr>,
    on<load_table_atom, std::uint64_t, loaded_ptr>>;

struct peer_state {
  peer_state() = default;
  static inline const char* name = "scheduler_http_peer";

  http_peer where;
  std::shared_ptr<net::http_client> loader;
  tickets<ssp_admission> joins;
  tickets<ack> acks;
  tickets<drain_progress> drains;
  tickets<sequence_number> statements;
  tickets<table_rows_ptr> loads;
};
using peer_ptr = peer_actor::stateful_pointer<peer_state>;

/// Sends a call whose answer comes back as a message that starts with `verb...`.
template <class... Verb>
void send_call(peer_ptr self, net::http_call call, Verb... verb) {
  self->state.where.client->send(std::move(call), [to = peer_actor{self},
                                                   verb...](result<net::http_response> answer) {
    caf::anon_send(to, verb..., std::make_shared<result<net::http_response>>(std::move(answer)));
  });
}

result<table_rows_ptr> read_table(const result<net::http_response>& answer,
                                  snapshot_decoder& decoder) {
  SPOOKY_TRY(decoder.outcome());
  if (!answer.ok()) return answer.failure();
  if (answer->status != 200) return failure_of(*answer);
  SPOOKY_ASSIGN(const auto seq, read_position_text(answer->headers.get(position_header)));
  return decoder.finish(seq);
}

// -- requests -----------------------------------------------------------------------------------

caf::result<ssp_admission> join(peer_ptr self, const ssp_registration& who) {
  auto promise = self->make_response_promise<ssp_admission>();
  send_call(
      self,
      json_call(self->state.where, "/ssp/register", to_body(who), deadlines::to_scheduler.call),
      register_ssp_atom_v, self->state.joins.issue(promise));
  return promise;
}

caf::result<ack> beat(peer_ptr self, const ssp_heartbeat& heartbeat) {
  auto promise = self->make_response_promise<ack>();
  send_call(self,
            json_call(self->state.where, "/ssp/heartbeat", to_body(heartbeat),
                      deadlines::to_scheduler.call),
            heartbeat_atom_v, self->state.acks.issue(promise));
  return promise;
}

caf::result<sequence_number> state_interest(peer_ptr self, const ssp_interest& interest) {
  auto promise = self->make_response_promise<sequence_number>();
  send_call(self,
            json_call(self->state.where, "/ssp/interest", to_body(interest),
                      deadlines::to_scheduler.call),
            interest_atom_v, self->state.statements.issue(promise));
  return promise;
}

caf::result<sequence_number> flush(peer_ptr self, const std::string& table) {
  auto promise = self->make_response_promise<sequence_number>();
  send_call(
      self,
      json_call(self->state.where, "/ssp/flush", flush_body(table), deadlines::to_scheduler.call),
      flush_atom_v, self->state.statements.issue(promise));
  return promise;
}

caf::result<ack> unregister_view(peer_ptr self, const view_id& id) {
  auto promise = self->make_response_promise<ack>();
  auto call = json_call(self->state.where, "/view/unregister",
                        to_body(view_claim{id, {}, false, true}), deadlines::to_scheduler.call);
  call.channel = "views";
  send_call(self, std::move(call), heartbeat_atom_v, self->state.acks.issue(promise));
  return promise;
}

caf::result<drain_progress> drain(peer_ptr self, const ssp_id& id) {
  auto promise = self->make_response_promise<drain_progress>();
  send_call(self,
            json_call(self->state.where, "/ssp/drain", to_body(id), deadlines::to_scheduler.call),
            drain_ssp_atom_v, self->state.drains.issue(promise));
  return promise;
}

caf::result<ack> leave(peer_ptr self, const ssp_id& id) {
  auto promise = self->make_response_promise<ack>();
  send_call(self,
            json_call(self->state.where, "/ssp/leave", to_body(id), deadlines::to_scheduler.call),
            heartbeat_atom_v, self->state.acks.issue(promise));
  return promise;
}

caf::result<table_rows_ptr> load(peer_ptr self, const table_name& table, sequence_number seq) {
  auto promise = self->make_response_promise<table_rows_ptr>();
  auto call = json_call(self->state.where, "/proxy/query", table_request(table, seq),
                        deadlines::table_load.call);
  call.channel = "load";
  call.headers.set("Accept", "application/cbor");
  const auto decoder = std::make_shared<snapshot_decoder>(table);
  // On the loader's own I/O thread: whoever sends faster than this decodes is held up by it.
  call.on_chunk = [decoder](std::string_view piece) { return decoder->add(piece); };
  self->state.loader->send(
      std::move(call), [to = peer_actor{self}, ticket = self->state.loads.issue(promise),
                        decoder](const result<net::http_response>& answer) {
        caf::anon_send(to, load_table_atom_v, ticket,
                       std::make_shared<result<table_rows_ptr>>(read_table(answer, *decoder)));
      });
  return promise;
}

// -- answers ------------------------------------------------------------------------------------

/// What `read` makes of the answer's body.
template <class T>
caf::expected<T> read_as(const result<net::http_response>& answer,
                         result<T> (*read)(const value&)) {
  const auto body = read_json_answer(answer);
  if (!body.ok()) return to_caf(body.failure());
  auto told = read(*body);
  if (!told.ok()) return to_caf(told.failure());
  return std::move(told).value();
}

result<ack> read_ack(const value&) { return ack{}; }

peer_actor::behavior_type scheduler_http_peer(peer_ptr self, const http_peer& where,
                                              std::shared_ptr<net::http_client> loader) {
  self->state.where = where;
  self->state.loader = std::move(loader);
  return {
      [self](register_ssp_atom, const ssp_registration& who) { return join(self, who); },
      [self](heartbeat_atom, const ssp_heartbeat& heartbeat) { return beat(self, heartbeat); },
      [self](unregister_view_atom, const view_id& id) { return unregister_view(self, id); },
      [self](drain_ssp_atom, const ssp_id& id) { return drain(self, id); },
      [self](leave_atom, const ssp_id& id) { return leave(self, id); },
      [self](load_table_atom, const table_name& table, sequence_number seq) {
        return load(self, table, seq);
      },
      [self](interest_atom, const ssp_interest& interest) {
        return state_interest(self, interest);
      },
      [self](flush_atom, const std::string& table) { return flush(self, table); },
      [self](flush_atom, std::uint64_t ticket, const scheduler_answer_ptr& answer) {
        self->state.statements.settle(ticket, read_as(*answer, read_flushed));
      },
      [self](register_ssp_atom, std::uint64_t ticket, const scheduler_answer_ptr& answer) {
        self->state.joins.settle(ticket, read_as(*answer, read_admission));
      },
      [self](heartbeat_atom, std::uint64_t ticket, const scheduler_answer_ptr& answer) {
        self->state.acks.settle(ticket, read_as(*answer, read_ack));
      },
      [self](drain_ssp_atom, std::uint64_t ticket, const scheduler_answer_ptr& answer) {
        self->state.drains.settle(ticket, read_as(*answer, read_drain_progress));
      },
      [self](interest_atom, std::uint64_t ticket, const scheduler_answer_ptr& answer) {
        self->state.statements.settle(ticket, read_as(*answer, read_interest_answer));
      },
      [self](load_table_atom, std::uint64_t ticket, const loaded_ptr& loaded) {
        if (loaded->ok())
          self->state.loads.settle(ticket, std::move(*loaded).value());
        else
          self->state.loads.settle(ticket, to_caf(loaded->failure()));
      },
  };
}

}  // namespace

scheduler_peer spawn_scheduler_http_peer(caf::actor_system& system, http_peer where,
                                         std::shared_ptr<net::http_client> loader) {
  return system.spawn(guarded(scheduler_http_peer), std::move(where), std::move(loader));
}

}  // namespace spooky::actors
