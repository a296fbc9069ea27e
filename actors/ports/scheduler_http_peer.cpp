#include "actors/ports/scheduler_http_peer.hpp"

#include "actors/ports/tickets.hpp"
#include "protocol/table_codec.hpp"
#include "surrealql/values/text.hpp"

#include <charconv>
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

constexpr std::chrono::milliseconds call_timeout{8'000};
constexpr std::chrono::milliseconds load_timeout{110'000};

using peer_actor = scheduler_peer::extend<
    // INTERNAL: the answer to the request with that ticket.
    on<register_ssp_atom, std::uint64_t, scheduler_answer_ptr>,
    on<heartbeat_atom, std::uint64_t, scheduler_answer_ptr>,
    on<drain_ssp_atom, std::uint64_t, scheduler_answer_ptr>,
    on<interest_atom, std::uint64_t, scheduler_answer_ptr>,
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

array texts(const std::vector<std::string>& items) {
  array list;
  for (const auto& item : items) list.emplace_back(item);
  return list;
}

result<sequence_number> seq_header(const net::http_response& answer) {
  const auto text = answer.headers.get("X-Spooky-Seq");
  sequence_number seq = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seq);
  if (failed != std::errc{} || end != text.data() + text.size())
    return fail(errc::corrupt, "the scheduler's answer lacks X-Spooky-Seq");
  return seq;
}

result<table_rows_ptr> read_table(const result<net::http_response>& answer,
                                  snapshot_decoder& decoder) {
  SPOOKY_TRY(decoder.outcome());
  if (!answer.ok()) return answer.failure();
  if (answer->status != 200) return failure_of(*answer);
  SPOOKY_ASSIGN(const auto seq, seq_header(*answer));
  return decoder.finish(seq);
}

// -- requests -----------------------------------------------------------------------------------

value seq_value(sequence_number seq) { return value{static_cast<std::int64_t>(seq)}; }

caf::result<ssp_admission> join(peer_ptr self, const ssp_registration& who) {
  auto promise = self->make_response_promise<ssp_admission>();
  object body;
  body.set("ssp_id", value{who.id});
  body.set("url", value{who.url});
  body.set("version", value{who.version});
  body.set("views", value{texts(who.views)});
  body.set("instance", value{who.instance});
  if (who.tables) body.set("tables", value{texts(*who.tables)});
  body.set("revision", seq_value(who.revision));
  if (!who.log_id.empty()) {
    body.set("log_id", value{who.log_id});
    body.set("applied_seq", seq_value(who.applied));
  }
  send_call(self,
            json_call(self->state.where, "/ssp/register", value{std::move(body)}, call_timeout),
            register_ssp_atom_v, self->state.joins.issue(promise));
  return promise;
}

caf::result<ack> beat(peer_ptr self, const ssp_heartbeat& heartbeat) {
  auto promise = self->make_response_promise<ack>();
  object body;
  body.set("ssp_id", value{heartbeat.id});
  body.set("views", value{static_cast<std::int64_t>(heartbeat.views)});
  body.set("cpu", value{heartbeat.cpu});
  body.set("memory", value{static_cast<std::int64_t>(heartbeat.memory)});
  if (heartbeat.applied) body.set("applied_seq", seq_value(*heartbeat.applied));
  body.set("instance", value{heartbeat.instance});
  if (!heartbeat.lost.empty()) body.set("lost", value{texts(heartbeat.lost)});
  send_call(self,
            json_call(self->state.where, "/ssp/heartbeat", value{std::move(body)}, call_timeout),
            heartbeat_atom_v, self->state.acks.issue(promise));
  return promise;
}

caf::result<sequence_number> state_interest(peer_ptr self, const ssp_interest& interest) {
  auto promise = self->make_response_promise<sequence_number>();
  object body;
  body.set("ssp_id", value{interest.id});
  body.set("instance", value{interest.instance});
  body.set("revision", seq_value(interest.revision));
  body.set("tables", value{texts(interest.tables)});
  send_call(self,
            json_call(self->state.where, "/ssp/interest", value{std::move(body)}, call_timeout),
            interest_atom_v, self->state.statements.issue(promise));
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
            drain_ssp_atom_v, self->state.drains.issue(promise));
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

caf::result<table_rows_ptr> load(peer_ptr self, const std::string& table, sequence_number seq) {
  auto promise = self->make_response_promise<table_rows_ptr>();
  object body;
  body.set("query", value{"SELECT * FROM " + surrealql::escape_name(table)});
  body.set("versions", value{true});
  body.set("at_least", seq_value(seq));
  auto call = json_call(self->state.where, "/proxy/query", value{std::move(body)}, load_timeout);
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

caf::expected<sequence_number> read_seq(const result<net::http_response>& answer,
                                        std::string_view field) {
  const auto body = read_json_answer(answer);
  if (!body.ok()) return to_caf(body.failure());
  const auto& seq = (*body)[field];
  if (seq.type() != value_type::integer)
    return to_caf(fail(errc::corrupt, "the scheduler's answer lacks " + std::string{field}));
  return static_cast<sequence_number>(seq.as_integer());
}

caf::expected<ssp_admission> read_join(const result<net::http_response>& answer) {
  auto seq = read_seq(answer, "snapshot_seq");
  if (!seq) return std::move(seq.error());
  ssp_admission admission;
  admission.seq = *seq;
  const auto body = read_json_answer(answer);
  admission.resumed = (*body)["resume"].truthy();
  if ((*body)["log_id"].is_string()) admission.log_id = (*body)["log_id"].as_string();
  if ((*body)["database"].is_string()) admission.database = (*body)["database"].as_string();
  if ((*body)["epoch"].type() == value_type::integer)
    admission.epoch = static_cast<std::uint64_t>((*body)["epoch"].as_integer());
  return admission;
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

peer_actor::behavior_type scheduler_http_peer(peer_ptr self, const http_peer& where,
                                              std::shared_ptr<net::http_client> loader) {
  self->state.where = where;
  self->state.loader = std::move(loader);
  return {
      [self](register_ssp_atom, const ssp_registration& who) { return join(self, who); },
      [self](heartbeat_atom, const ssp_heartbeat& heartbeat) { return beat(self, heartbeat); },
      [self](unregister_view_atom, const std::string& id) { return unregister_view(self, id); },
      [self](drain_ssp_atom, const std::string& ssp_id) { return drain(self, ssp_id); },
      [self](leave_atom, const std::string& ssp_id) { return leave(self, ssp_id); },
      [self](load_table_atom, const std::string& table, sequence_number seq) {
        return load(self, table, seq);
      },
      [self](interest_atom, const ssp_interest& interest) {
        return state_interest(self, interest);
      },
      [self](register_ssp_atom, std::uint64_t ticket, const scheduler_answer_ptr& answer) {
        self->state.joins.settle(ticket, read_join(*answer));
      },
      [self](heartbeat_atom, std::uint64_t ticket, const scheduler_answer_ptr& answer) {
        self->state.acks.settle(ticket, read_ack(*answer));
      },
      [self](drain_ssp_atom, std::uint64_t ticket, const scheduler_answer_ptr& answer) {
        self->state.drains.settle(ticket, read_drain(*answer));
      },
      [self](interest_atom, std::uint64_t ticket, const scheduler_answer_ptr& answer) {
        self->state.statements.settle(ticket, read_seq(*answer, "from_seq"));
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
  return system.spawn(scheduler_http_peer, std::move(where), std::move(loader));
}

}  // namespace spooky::actors
