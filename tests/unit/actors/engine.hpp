#pragma once

#include "actors/ports/database_port.hpp"
#include "intents/intent.hpp"
#include "net/surreal_client.hpp"

#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

/// The real engine at $SURREALDB_ADDR; tests that need one are skipped without it.
namespace spooky::actors::test {

inline const bool no_engine = std::getenv("SURREALDB_ADDR") == nullptr;

/// One connection to the engine.
class engine {
 public:
  explicit engine(const std::string& database) {
    io_.start();
    net::surreal_options options;
    options.url = std::getenv("SURREALDB_ADDR");
    options.username = options.password = "root";
    options.ns = "engine_test";
    options.database = database;
    client_ = net::surreal_client::create(io_, std::move(options)).value();
    std::promise<bool> connected;
    client_->start([&connected](const net::surreal_state& state) {
      if (state.connected) connected.set_value(true);
    });
    connected.get_future().get();
    ask("REMOVE DATABASE IF EXISTS " + database + "; DEFINE DATABASE " + database +
        "; DEFINE TABLE _spooky_query SCHEMALESS; DEFINE TABLE _spooky_view SCHEMALESS;"
        "DEFINE TABLE _spooky_owner TYPE RELATION SCHEMALESS;"
        "DEFINE TABLE _spooky_request SCHEMALESS;"
        "DEFINE TABLE _spooky_list_ref TYPE RELATION SCHEMALESS");
  }

  db_answer run(const query_text& query) {
    using statements = std::vector<net::statement_result>;
    auto promise = std::make_shared<std::promise<result<statements>>>();
    client_->query(query.text, query.vars, std::chrono::seconds{10},
                   [promise](result<statements> got) { promise->set_value(std::move(got)); });
    auto got = promise->get_future().get();
    REQUIRE(got.ok());
    return to_answer(std::move(got).value());
  }

  /// What the engine answers to an intent.
  template <class Intent>
  typename Intent::answer carry_out(const Intent& asked) {
    auto read_out = intents::read(asked, run(intents::render(asked)));
    REQUIRE_MESSAGE(read_out.ok(), read_out.failure().message);
    return std::move(read_out).value();
  }

  value ask(const std::string& text) {
    const auto said = run({text, {}});
    const auto outcome = check_statements(said);
    REQUIRE_MESSAGE(outcome.ok(), outcome.failure().message);
    return said.back().result;
  }

 private:
  net::io_runtime io_;
  std::shared_ptr<net::surreal_client> client_;
};

}  // namespace spooky::actors::test
