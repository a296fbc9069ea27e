#include "actors/ports/job_http_ports.hpp"

#include "actors/exceptions.hpp"
#include "actors/ports/tickets.hpp"
#include "machines/jobs/retry_policy.hpp"
#include "protocol/deadlines.hpp"
#include "protocol/job_codec.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace spooky::actors {

namespace {

using job_answer_ptr = std::shared_ptr<result<net::http_response>>;

}  // namespace
}  // namespace spooky::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::actors::job_answer_ptr)

namespace spooky::actors {

namespace {

constexpr std::size_t max_answer_bytes = std::size_t{1} << 20;
constexpr std::size_t max_excerpt_bytes = 300;

/// What all three have: a place to call, and the requests that are out.
template <class Answer>
struct port_state {
  port_state() = default;
  static inline const char* name = "job_http_port";

  http_peer where;
  tickets<Answer> waiting;
};

/// INTERNAL: the answer to the request with that ticket.
template <class Interface>
using port_of =
    typename Interface::template extend<on<answered_atom, std::uint64_t, job_answer_ptr>>;

using peer_actor = port_of<job_peer>;
using sink_actor = port_of<job_sink>;
using backend_actor = port_of<job_backend>;

template <class Actor, class Answer>
using port_ptr = typename Actor::template stateful_pointer<port_state<Answer>>;

/// Sends a call; its answer comes back to the actor as a message.
template <class Actor, class Answer>
caf::result<Answer> send_call(port_ptr<Actor, Answer> self, net::http_call call) {
  auto promise = self->template make_response_promise<Answer>();
  const auto ticket = self->state.waiting.issue(promise);
  self->state.where.client->send(
      std::move(call), [to = Actor{self}, ticket](result<net::http_response> answer) {
        caf::anon_send(to, answered_atom_v, ticket,
                       std::make_shared<result<net::http_response>>(std::move(answer)));
      });
  return promise;
}

caf::expected<ack> read_ack(const result<net::http_response>& answer) {
  const auto body = read_json_answer(answer);
  if (!body.ok()) return to_caf(body.failure());
  return ack{};
}

peer_actor::behavior_type job_http_peer(port_ptr<peer_actor, ack> self, const http_peer& where) {
  self->state.where = where;
  return {
      [self](assign_job_atom, const job_assignment& job) {
        auto call =
            json_call(self->state.where, "/job/dispatch", to_body(job), deadlines::job.call);
        call.idempotent = true;
        call.channel = "jobs";
        return send_call<peer_actor, ack>(self, std::move(call));
      },
      [self](answered_atom, std::uint64_t ticket, const job_answer_ptr& answer) {
        self->state.waiting.settle(ticket, read_ack(*answer));
      },
  };
}

sink_actor::behavior_type job_http_sink(port_ptr<sink_actor, ack> self, const http_peer& where) {
  self->state.where = where;
  return {
      [self](report_job_atom, const job_report& report) {
        auto call =
            json_call(self->state.where, "/job/result", to_body(report), deadlines::job.call);
        call.idempotent = true;
        call.channel = "jobs";
        return send_call<sink_actor, ack>(self, std::move(call));
      },
      [self](answered_atom, std::uint64_t ticket, const job_answer_ptr& answer) {
        self->state.waiting.settle(ticket, read_ack(*answer));
      },
  };
}

// -- backends -----------------------------------------------------------------------------------

net::http_call to_call(const http_peer& where, const job_call& job) {
  auto base = std::string_view{where.base.target};
  while (base.ends_with('/')) base.remove_suffix(1);
  auto call = call_to(where, "POST", std::string{base} + job.path, job.timeout);
  call.headers.set("Idempotency-Key", job.idempotency_key);
  call.body = job.body;
  // One attempt sent twice carries one key.
  call.idempotent = true;
  call.max_response_bytes = max_answer_bytes;
  // A success's body is of no use, however large.
  call.on_chunk = [](std::string_view) { return true; };
  return call;
}

/// The beginning of an error's body as one line of text, without the token.
std::string excerpt_of(std::string_view body, const std::string& token) {
  std::string text{body.substr(0, max_excerpt_bytes + token.size())};
  for (auto at = token.empty() ? std::string::npos : text.find(token); at != std::string::npos;
       at = text.find(token, at))
    text.replace(at, token.size(), "<token>");
  if (text.size() > max_excerpt_bytes) text.resize(max_excerpt_bytes);
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c > '~'; }, ' ');
  return text;
}

caf::expected<job_answer> read_job_answer(const result<net::http_response>& answer,
                                          const std::string& token) {
  if (!answer.ok()) return to_caf(answer.failure());
  job_answer read;
  read.status = answer->status;
  read.retry_after =
      read_retry_after(answer->headers.get("Retry-After"), answer->headers.get("Date"));
  read.excerpt = excerpt_of(answer->body, token);
  return read;
}

backend_actor::behavior_type http_backend(port_ptr<backend_actor, job_answer> self,
                                          const http_peer& where) {
  self->state.where = where;
  return {
      [self](attempt_job_atom, const job_call& job) {
        return send_call<backend_actor, job_answer>(self, to_call(self->state.where, job));
      },
      [self](answered_atom, std::uint64_t ticket, const job_answer_ptr& answer) {
        self->state.waiting.settle(ticket, read_job_answer(*answer, self->state.where.bearer));
      },
  };
}

}  // namespace

job_peer spawn_job_http_peer(caf::actor_system& system, http_peer where) {
  return system.spawn(guarded(job_http_peer), std::move(where));
}

job_sink spawn_job_http_sink(caf::actor_system& system, http_peer where) {
  return system.spawn(guarded(job_http_sink), std::move(where));
}

job_backend spawn_http_backend(caf::actor_system& system, http_peer where) {
  return system.spawn(guarded(http_backend), std::move(where));
}

}  // namespace spooky::actors
