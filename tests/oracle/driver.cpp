#include "definition_commands.hpp"
#include "query_commands.hpp"
#include "surrealql/functions/functions.hpp"
#include "surrealql/values/behaviours.hpp"
#include "view_commands.hpp"
#include "wire.hpp"

#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

namespace spooky::oracle {
namespace {

json functions() {
  json names = json::array();
  for (const auto& function : surrealql::all_functions())
    if (function.kind != surrealql::determinism::refused)
      names.push_back(std::string(function.name));
  return {{"functions", names}};
}

json behaviours(surrealql::semantics rules) {
  json entries = json::array();
  for (const auto& one : surrealql::behaviours())
    entries.push_back({{"name", one.name},
                       {"statement", one.statement},
                       {"answer", rules.has(one.which) ? one.after : one.before}});
  return {{"behaviours", entries}, {"rows", surrealql::behaviour_rows()}};
}

/// Runs one command per line until the input ends; the answers come in the same order.
class driver {
 public:
  explicit driver(surrealql::semantics rules) : rules_(rules), queries_(rules), views_(rules) {}

  json run(const json& command) {
    const auto op = command.at("op").get<std::string>();
    if (op == "query") return queries_.query(command);
    if (op == "view") return views_.view(command);
    if (op == "step") return views_.step(command);
    if (op == "time") return time(command.at("now").get<std::int64_t>());
    if (op == "load") return queries_.load(command);
    if (op == "view_load") return views_.load(command);
    if (op == "register") return views_.register_view(command);
    if (op == "define") return define(command);
    if (op == "rules") return views_.rules(command);
    if (op == "functions") return functions();
    if (op == "behaviours") return behaviours(rules_);
    if (op == "reset") {
      queries_.reset();
      views_.reset();
      return json::object();
    }
    return failed(fail(errc::invalid_argument, "unknown op " + op));
  }

 private:
  json define(const json& command) {
    const auto definitions = catalog_of(command, rules_);
    if (!definitions.ok()) return failed(definitions.failure());
    queries_.define(*definitions);
    views_.define(*definitions);
    return json::object();
  }

  json time(std::int64_t millis) {
    const std::int64_t seconds = millis / 1'000;
    const datetime now{seconds, static_cast<std::uint32_t>(millis - seconds * 1'000) * 1'000'000};
    queries_.tell(now);
    return views_.advance(now);
  }

  surrealql::semantics rules_;
  query_commands queries_;
  view_commands views_;
};

}  // namespace
}  // namespace spooky::oracle

/// oracle_driver VERSION: of the SurrealDB whose answers are wanted.
int main(int count, char** arguments) {
  using spooky::oracle::json;
  const auto version = spooky::surrealql::parse_server_version(count == 2 ? arguments[1] : "");
  if (!version) {
    std::cerr << "usage: oracle_driver VERSION, such as surrealdb-3.3.3\n";
    return 2;
  }
  spooky::oracle::driver commands(spooky::surrealql::semantics::of(*version));
  std::string line;
  while (std::getline(std::cin, line)) {
    json answer;
    try {
      answer = commands.run(json::parse(line));
    } catch (const std::exception& problem) {
      answer = {{"error", "EXCEPTION"}, {"message", problem.what()}};
    }
    std::cout << answer.dump(-1, ' ', false, json::error_handler_t::replace) << '\n' << std::flush;
  }
  return 0;
}
