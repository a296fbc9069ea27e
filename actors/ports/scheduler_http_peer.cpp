#include "actors/ports/scheduler_http_peer.hpp"

#include "actors/ports/tickets.hpp"
#include "surrealql/cbor.hpp"
#include "surrealql/text.hpp"

#include <charconv>
#include <memory>
#include <utility>

namespace spooky::actors {

namespace {

using scheduler_answer_ptr = std::shared_ptr<result<net::http_response>>;

}  // namespace
}  // namespace spooky::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::actors::scheduler_answer_ptr)

namespace spooky::actors {

namespace {

constexpr std::chrono::milliseconds call_timeout{8'000};
constexpr std::chrono::milliseconds load_timeout{110'000};
constexpr std::size_t max_table_bytes = std::size_t{8} << 30;

using peer_actor = scheduler_peer::extend<
    // INTERNAL: the answer to the request with that ticket.
    on<register_atom, std::uint64_t, scheduler_answer_ptr>,
    on<heartbeat_atom, std::uint64_t, scheduler_answer_ptr>,
    on<drain_atom, std::uint64_t, scheduler_answer_ptr>,
    on<load_atom, std::uint64_t, std::string, scheduler_answer_ptr>>;

struct peer_state {
  peer_state() = default;
  static inline const char* name = "scheduler_http_peer";

  http_peer where;
  tickets<sequence_number> joins;
  tickets<ack> acks;
  tickets<drain_progress> drains;
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

array texts(const std::vector<std::string>& items) {
  array list;
  for (const auto& item : items) list.emplace_back(item);
  return list;
}

// -- requests -----------------------------------------------------------------------------------

caf::result<sequence_number> join(peer_ptr self, const ssp_registration& who) {
  auto promise = self->make_response_promise<sequence_number>();
  object body;
  body.set("ssp_id", value{who.id});
  body.set("url", value{who.url});
  body.set("version", value{who.version});
  body.set("views", value{texts(who.views)});
  send_call(self,
            json_call(self->state.where, "/ssp/register", value{std::move(body)}, call_timeout),
            register_atom_v, self->state.joins.issue(promise));
  return promise;
}

caf::result<ack> beat(peer_ptr self, const ssp_heartbeat& heartbeat) {
  auto promise = self->make_response_promise<ack>();
  object body;
  body.set("ssp_id", value{heartbeat.id});
  body.set("views", value{static_cast<std::int64_t>(heartbeat.views)});
  body.set("cpu", value{heartbeat.cpu});
  body.set("memory", value{static_cast<std::int64_t>(heartbeat.memory)});
  if (heartbeat.applied)
    body.set("applied_seq", value{static_cast<std::int64_t>(*heartbeat.applied)});
  send_call(self,
            json_call(self->state.where, "/ssp/heartbeat", value{std::move(body)}, call_timeout),
            heartbeat_atom_v, self->state.acks.issue(promise));
  return promise;
}

caf::result<ack> unregister_view(peer_ptr self, const std::string& id) {
  auto promise = self->make_response_promise<ack>();
  object body;
  body.set("id", value{id});
  auto call =
      json_call(self->state.where, "/view/unregister", value{std::move(body)}, call_timeout);
  call.channel = "views";
  send_call(self, std::move(call), heartbeat_atom_v, self->state.acks.issue(promise));
  return promise;
}

caf::result<drain_progress> drain(peer_ptr self, const std::string& ssp_id) {
  auto promise = self->make_response_promise<drain_progress>();
  object body;
  body.set("ssp_id", value{ssp_id});
  send_call(self, json_call(self->state.where, "/ssp/drain", value{std::move(body)}, call_timeout),
            drain_atom_v, self->state.drains.issue(promise));
  return promise;
}

caf::result<ack> leave(peer_ptr self, const std::string& ssp_id) {
  auto promise = self->make_response_promise<ack>();
  object body;
  body.set("ssp_id", value{ssp_id});
  send_call(self, json_call(self->state.where, "/ssp/leave", value{std::move(body)}, call_timeout),
            heartbeat_atom_v, self->state.acks.issue(promise));
  return promise;
}

caf::result<table_rows_ptr> load(peer_ptr self, const std::string& table) {
  auto promise = self->make_response_promise<table_rows_ptr>();
  object body;
  body.set("query", value{"SELECT * FROM " + surrealql::escape_name(table)});
  body.set("versions", value{true});
  auto call = json_call(self->state.where, "/proxy/query", value{std::move(body)}, load_timeout);
  call.channel = "load";
  call.headers.set("Accept", "application/cbor");
  call.max_response_bytes = max_table_bytes;
  call.idempotent = true;
  send_call(self, std::move(call), load_atom_v, self->state.loads.issue(promise), table);
  return promise;
}

// -- answers ------------------------------------------------------------------------------------

caf::expected<sequence_number> read_join(const result<net::http_response>& answer) {
  const auto body = read_json_answer(answer);
  if (!body.ok()) return to_caf(body.failure());
  const auto& seq = (*body)["snapshot_seq"];
  if (seq.type() != value_type::integer)
    return to_caf(fail(errc::corrupt, "the scheduler's answer lacks snapshot_seq"));
  return static_cast<sequence_number>(seq.as_integer());
}

caf::expected<ack> read_ack(const result<net::http_response>& answer) {
  const auto body = read_json_answer(answer);
  if (!body.ok()) return to_caf(body.failure());
  return ack{};
}

caf::expected<drain_progress> read_drain(const result<net::http_response>& answer) {
  const auto body = read_json_answer(answer);
  if (!body.ok()) return to_caf(body.failure());
  const auto& views = (*body)["views"];
  if (views.type() != value_type::integer || views.as_integer() < 0)
    return to_caf(fail(errc::corrupt, "the scheduler's answer lacks views"));
  drain_progress progress{static_cast<std::size_t>(views.as_integer()), {}};
  if ((*body)["obstacle"].is_string()) progress.obstacle = (*body)["obstacle"].as_string();
  return progress;
}

result<sequence_number> seq_header(const net::http_response& answer) {
  const auto text = answer.headers.get("X-Spooky-Seq");
  sequence_number seq = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seq);
  if (failed != std::errc{} || end != text.data() + text.size())
    return fail(errc::corrupt, "the scheduler's answer lacks X-Spooky-Seq");
  return seq;
}

/// `[[version, record], ...]`.
result<table_rows_ptr> read_rows(const std::string& table, const net::http_response& answer) {
  auto rows = std::make_shared<table_rows>();
  rows->table = table;
  SPOOKY_ASSIGN(rows->seq, seq_header(answer));
  const surrealql::codec_limits limits{max_table_bytes, 100};
  SPOOKY_ASSIGN(auto reader, surrealql::cbor_array_reader::open(answer.body, limits));
  while (true) {
    SPOOKY_ASSIGN(const auto element, reader.next());
    if (!element) return table_rows_ptr{std::move(rows)};
    const bool pair = element->is_array() && element->as_array().size() == 2 &&
                      element->as_array()[0].type() == value_type::integer;
    if (!pair) return fail(errc::corrupt, "a row of the snapshot is no [version, record]");
    rows->versions.push_back(static_cast<std::uint64_t>(element->as_array()[0].as_integer()));
    rows->rows.push_back(element->as_array()[1]);
  }
}

caf::expected<table_rows_ptr> read_load(const std::string& table,
                                        const result<net::http_response>& answer) {
  if (!answer.ok()) return to_caf(answer.failure());
  if (answer->status != 200) return to_caf(failure_of(*answer));
  auto rows = read_rows(table, *answer);
  if (!rows.ok()) return to_caf(rows.failure());
  return std::move(rows).value();
}

peer_actor::behavior_type scheduler_http_peer(peer_ptr self, const http_peer& where) {
  self->state.where = where;
  return {
      [self](register_atom, const ssp_registration& who) { return join(self, who); },
      [self](heartbeat_atom, const ssp_heartbeat& heartbeat) { return beat(self, heartbeat); },
      [self](unregister_atom, const std::string& id) { return unregister_view(self, id); },
      [self](drain_atom, const std::string& ssp_id) { return drain(self, ssp_id); },
      [self](leave_atom, const std::string& ssp_id) { return leave(self, ssp_id); },
      [self](load_atom, const std::string& table) { return load(self, table); },
      [self](register_atom, std::uint64_t ticket, const scheduler_answer_ptr& answer) {
        self->state.joins.settle(ticket, read_join(*answer));
      },
      [self](heartbeat_atom, std::uint64_t ticket, const scheduler_answer_ptr& answer) {
        self->state.acks.settle(ticket, read_ack(*answer));
      },
      [self](drain_atom, std::uint64_t ticket, const scheduler_answer_ptr& answer) {
        self->state.drains.settle(ticket, read_drain(*answer));
      },
      [self](load_atom, std::uint64_t ticket, const std::string& table,
             const scheduler_answer_ptr& answer) {
        self->state.loads.settle(ticket, read_load(table, *answer));
      },
  };
}

}  // namespace

scheduler_peer spawn_scheduler_http_peer(caf::actor_system& system, http_peer where) {
  // Detached: it decodes whole tables.
  return system.spawn<caf::detached>(scheduler_http_peer, std::move(where));
}

}  // namespace spooky::actors
