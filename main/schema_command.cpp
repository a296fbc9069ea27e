#include "actors/ports/database_port.hpp"
#include "intents/definitions.hpp"
#include "main/commands.hpp"
#include "main/process.hpp"
#include "surrealql/database/table_definitions.hpp"

#include <chrono>
#include <fstream>
#include <future>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace spooky::process {

namespace {

constexpr std::chrono::milliseconds connect_timeout{10'000};
constexpr std::chrono::milliseconds query_timeout{60'000};
constexpr std::chrono::hours feed_retention{72};
constexpr unsigned max_attempts = 8;
constexpr std::chrono::milliseconds conflict_pause{50};

/// The database for the length of one command.
class database_session {
 public:
  explicit database_session(const config::db_settings& db) : db_(db) {}

  result<void> connect() {
    io_.start();
    SPOOKY_ASSIGN(client_, make_database_client(io_, db_));
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
  net::io_runtime io_;
  std::shared_ptr<net::surreal_client> client_;
};

result<std::vector<surrealql::defined_table>> tables_in_file(const std::string& path) {
  std::ifstream file{path};
  if (!file) return fail(errc::io_error, "cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return surrealql::tables_defined_in(text.str());
}

result<std::vector<surrealql::defined_table>> tables_in_database(database_session& session,
                                                                 const std::string& prefix) {
  SPOOKY_ASSIGN(const auto info, session.ask(intents::read_definitions{}));
  return surrealql::tables_of_database(info, prefix);
}

std::string generate(const schema_request& request,
                     const std::vector<surrealql::defined_table>& tables) {
  auto text = surrealql::system_schema(request.schema);
  std::vector<std::string> names;
  for (const auto& table : tables)
    if (!table.derived && (request.webhook || !table.changefeed)) names.push_back(table.name);
  text += request.webhook ? surrealql::table_events(names, request.schema)
                          : surrealql::changefeed_statements(names, feed_retention);
  return text;
}

result<void> run(const schema_request& request) {
  std::unique_ptr<database_session> session;
  if (request.apply || request.surql_file.empty()) {
    session = std::make_unique<database_session>(request.db);
    SPOOKY_TRY(session->connect());
  }
  auto tables = request.surql_file.empty() ? tables_in_database(*session, request.schema.prefix)
                                           : tables_in_file(request.surql_file);
  if (!tables.ok()) return std::move(tables).failure();
  const auto text = generate(request, *tables);
  if (!request.apply) {
    std::cout << text;
    return {};
  }
  SPOOKY_TRY(session->ask(intents::install_definitions{text}));
  std::cerr << fmt::format(
      "applied to {}, {}/{}: system tables and functions, {} for {} table(s)\n", request.db.url,
      request.db.ns, request.db.database, request.webhook ? "events" : "change feeds",
      tables->size());
  return {};
}

}  // namespace

int print_or_apply_schema(const schema_request& request) {
  const auto outcome = run(request);
  if (outcome.ok()) return 0;
  std::cerr << "error: " << outcome.failure().message << '\n';
  return 1;
}

}  // namespace spooky::process
