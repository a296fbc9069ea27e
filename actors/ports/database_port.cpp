#include "actors/ports/database_port.hpp"

#include "actors/exceptions.hpp"
#include "actors/ports/tickets.hpp"

#include <string>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

using answer_ptr = std::shared_ptr<result<answer>>;
using live_ptr = std::shared_ptr<result<value>>;

}  // namespace
}  // namespace spooky::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::actors::answer_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(spooky::actors::live_ptr)

namespace spooky::actors {

db_answer to_answer(std::vector<net::statement_result> outcome) {
  db_answer said;
  said.reserve(outcome.size());
  for (auto& statement : outcome) {
    if (statement.ok())
      said.push_back({true, std::move(statement.result), {}, false, false});
    else
      said.push_back({false,
                      {},
                      statement.failure->message,
                      statement.failure->conflict,
                      statement.failure->kind == "NotFound"});
  }
  return said;
}

namespace {

/// The port's own messages: what the client's callbacks report.
using port_actor = database_actor::extend<on<answered_atom, std::uint64_t, answer_ptr>,
                                          on<answered_atom, std::uint64_t, live_ptr>,
                                          on<connected_atom>, on<disconnected_atom, std::string>,
                                          on<answered_atom, std::uint64_t, std::string>>;

struct port_state {
  port_state() = default;
  static inline const char* name = "database_port";

  std::shared_ptr<net::surreal_client> client;
  tickets<answer> queries;
  tickets<value> lives;
  std::vector<database_listener> listeners;
  std::vector<version_listener> version_listeners;
  std::string version;
  std::uint64_t connection = 0;  ///< counts those that came and went
  bool connected = false;
  std::string reason = "not connected yet";
};
using port_ptr = port_actor::stateful_pointer<port_state>;

result<answer> read_outcome(const intent& asked,
                            result<std::vector<net::statement_result>> outcome) {
  if (!outcome.ok()) return std::move(outcome).failure();
  return intents::read(asked, to_answer(std::move(outcome).value()));
}

template <class T>
caf::expected<T> to_expected(result<T> outcome) {
  if (outcome.ok()) return std::move(outcome).value();
  return to_caf(outcome.failure());
}

/// The answer is read where it was decoded, on the client's thread: a large one holds up no actor.
caf::result<answer> run(port_ptr self, db_query& query) {
  auto promise = self->make_response_promise<answer>();
  const auto ticket = self->state.queries.issue(promise);
  const auto asked = std::make_shared<const intent>(std::move(query.asked));
  auto [text, vars] = intents::render(*asked);
  self->state.client->query(
      std::move(text), std::move(vars), query.timeout,
      [to = port_actor{self}, ticket, asked](result<std::vector<net::statement_result>> outcome) {
        caf::anon_send(to, answered_atom_v, ticket,
                       std::make_shared<result<answer>>(read_outcome(*asked, std::move(outcome))));
      });
  return promise;
}

db_notification to_notification(net::live_notification event) {
  static constexpr const char* actions[] = {"CREATE", "UPDATE", "DELETE", "KILLED"};
  return {value{event.live_id}, actions[static_cast<std::size_t>(event.action)],
          std::move(event.record), std::move(event.result)};
}

result<value> to_live_id(const result<uuid>& outcome) {
  if (!outcome.ok()) return outcome.failure();
  return value{*outcome};
}

constexpr std::chrono::milliseconds live_timeout{10'000};

caf::result<value> start_live(port_ptr self, const watch_table& table,
                              const database_listener& listener) {
  auto promise = self->make_response_promise<value>();
  const auto ticket = self->state.lives.issue(promise);
  self->state.client->live(
      intents::render(table), {}, live_timeout,
      [listener](net::live_notification event) {
        caf::anon_send(listener, live_fired_atom_v, to_notification(std::move(event)));
      },
      [to = port_actor{self}, ticket](result<uuid> outcome) {
        caf::anon_send(to, answered_atom_v, ticket,
                       std::make_shared<result<value>>(to_live_id(outcome)));
      });
  return promise;
}

void tell(port_ptr self, const database_listener& listener) {
  if (self->state.connected)
    self->send(listener, connected_atom_v);
  else
    self->send(listener, disconnected_atom_v, self->state.reason);
}

void state_changed(port_ptr self, bool connected, const std::string& reason) {
  auto& state = self->state;
  // Each failed attempt reports; a missing peer is said once.
  const bool news = connected != state.connected || reason != state.reason;
  state.connected = connected;
  state.reason = reason;
  if (!news) return;
  if (connected)
    spdlog::info("connected to SurrealDB");
  else
    spdlog::warn("SurrealDB is away: {}; retrying", reason);
  for (const auto& listener : state.listeners) tell(self, listener);
}

constexpr std::chrono::milliseconds version_timeout{5'000};

/// Who hears that the database is there knows which it is: the version is asked for first.
void greet(port_ptr self) {
  self->state.client->call(
      "version", {}, version_timeout,
      [to = port_actor{self}, connection = ++self->state.connection](const result<value>& answer) {
        const bool told = answer.ok() && answer->is_string();
        caf::anon_send(to, answered_atom_v, connection,
                       told ? std::string{answer->as_string()} : std::string{});
      });
}

void version_told(port_ptr self, std::uint64_t connection, const std::string& version) {
  auto& state = self->state;
  if (connection != state.connection) return;
  state.version = version;
  for (const auto& listener : state.version_listeners)
    self->send(listener, database_version_atom_v, version);
  state_changed(self, true, {});
}

void start_client(port_ptr self) {
  self->state.client->start([to = port_actor{self}](const net::surreal_state& now) {
    if (now.connected)
      caf::anon_send(to, connected_atom_v);
    else
      caf::anon_send(to, disconnected_atom_v, now.reason);
  });
}

port_actor::behavior_type database_port(port_ptr self,
                                        const std::shared_ptr<net::surreal_client>& client) {
  self->state.client = client;
  self->set_exit_handler([self](caf::exit_msg& message) {
    // Its callbacks hold this actor; stopping drops them.
    self->state.client->stop();
    self->state.client.reset();
    self->state.listeners.clear();
    self->state.version_listeners.clear();
    self->quit(std::move(message.reason));
  });
  start_client(self);
  return {
      [self](query_atom, db_query& query) { return run(self, query); },
      [self](follow_database_atom, const database_listener& listener) {
        self->state.listeners.push_back(listener);
        tell(self, listener);
      },
      [self](follow_version_atom, const version_listener& listener) {
        self->state.version_listeners.push_back(listener);
        if (self->state.connected)
          self->send(listener, database_version_atom_v, self->state.version);
      },
      [self](start_live_atom, const watch_table& table, const database_listener& listener) {
        return start_live(self, table, listener);
      },
      [self](database_status_atom) -> caf::result<bool, std::string> {
        return {self->state.connected, self->state.reason};
      },
      [self](answered_atom, std::uint64_t ticket, const answer_ptr& said) {
        self->state.queries.settle(ticket, to_expected(std::move(*said)));
      },
      [self](answered_atom, std::uint64_t ticket, const live_ptr& id) {
        self->state.lives.settle(ticket, to_expected(std::move(*id)));
      },
      [self](connected_atom) { greet(self); },
      [self](disconnected_atom, const std::string& reason) {
        ++self->state.connection;
        state_changed(self, false, reason);
      },
      [self](answered_atom, std::uint64_t connection, const std::string& version) {
        version_told(self, connection, version);
      },
  };
}

}  // namespace

database_actor spawn_database_port(caf::actor_system& system,
                                   std::shared_ptr<net::surreal_client> client) {
  return system.spawn(guarded(database_port), std::move(client));
}

}  // namespace spooky::actors
