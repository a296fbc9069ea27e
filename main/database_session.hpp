#pragma once

#include "actors/ports/database_port.hpp"
#include "config/access.hpp"
#include "intents/intent.hpp"
#include "main/process.hpp"
#include "net/io_runtime.hpp"
#include "net/surreal_client.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <utility>
#include <vector>

namespace spooky::process {

/// The database for the length of one command.
class database_session {
 public:
  database_session(const config::db_settings& db, const config::access_settings& access)
      : db_(db), access_(access) {}

  result<void> connect() {
    io_.start();
    SPOOKY_ASSIGN(client_, make_database_client(io_, db_, access_));
    auto first = std::make_shared<std::promise<net::surreal_state>>();
    auto told = std::make_shared<bool>(false);
    auto outcome = first->get_future();
    client_->start([first, told](const net::surreal_state& state) {
      if (!std::exchange(*told, true)) first->set_value(state);
    });
    if (outcome.wait_for(connect_timeout) != std::future_status::ready)
      return fail(errc::timeout, "SurrealDB at " + db_.url + " does not answer");
    const auto state = outcome.get();
    if (!state.connected) return fail(state.code, "SurrealDB at " + db_.url + ": " + state.reason);
    return {};
  }

  /// Definitions conflict with others made at the same time, such as a server that provisions:
  /// repeated then.
  template <class Intent>
  result<typename Intent::answer> ask(const Intent& asked) {
    auto outcome = ask_once(asked);
    for (unsigned attempt = 1; attempt < max_attempts && is_conflict(outcome); ++attempt) {
      std::promise<void> waited;
      io_.after(conflict_pause * attempt, [&waited] { waited.set_value(); });
      waited.get_future().wait();
      outcome = ask_once(asked);
    }
    return outcome;
  }

 private:
  static constexpr std::chrono::milliseconds connect_timeout{10'000};
  static constexpr std::chrono::milliseconds query_timeout{60'000};
  static constexpr unsigned max_attempts = 8;
  static constexpr std::chrono::milliseconds conflict_pause{50};

  template <class T>
  static bool is_conflict(const result<T>& outcome) {
    return !outcome.ok() && outcome.failure().code == errc::conflict;
  }

  template <class Intent>
  result<typename Intent::answer> ask_once(const Intent& asked) {
    auto promise = std::make_shared<std::promise<result<std::vector<net::statement_result>>>>();
    auto answered = promise->get_future();
    auto [text, vars] = intents::render(asked);
    client_->query(std::move(text), std::move(vars), query_timeout,
                   [promise](auto outcome) { promise->set_value(std::move(outcome)); });
    SPOOKY_ASSIGN(auto statements, answered.get());
    return intents::read(asked, actors::to_answer(std::move(statements)));
  }

  config::db_settings db_;
  config::access_settings access_;
  net::io_runtime io_;
  std::shared_ptr<net::surreal_client> client_;
};

}  // namespace spooky::process
