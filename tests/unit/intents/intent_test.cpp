#include "intents/intent.hpp"

#include "surrealql/syntax/parse.hpp"
#include "tests/unit/intents/answers.hpp"
#include "tests/unit/intents/each_intent.hpp"

#include <set>
#include <string>
#include <type_traits>
#include <variant>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::intents;
using namespace spooky::intents::test;

TEST_CASE("each intent has statements, and what is bound in them is given") {
  std::set<std::size_t> kinds;
  for (const auto& one : each_intent()) {
    kinds.insert(one.index());
    const auto [text, vars] = render(one);
    CAPTURE(text);
    CHECK_FALSE(text.empty());
    for (const auto& [name, bound] : vars) CHECK(text.find("$" + std::string{name}) <= text.size());
  }
  CHECK(kinds.size() == std::variant_size_v<intent>);
}

TEST_CASE("each intent is answered as its own kind, or its failure says what was asked of whom") {
  for (const auto& one : each_intent()) {
    CAPTURE(render(one).text);
    const auto outcome = read(one, {refused("An error occurred: no")});
    if (!outcome.ok()) CHECK(outcome.failure().message.find("SurrealDB") == 0);
    const auto answered = read(one, {});
    if (!answered.ok()) CHECK_FALSE(answered.failure().message.empty());
    std::visit(
        [&](const auto& asked) {
          using expected = typename std::decay_t<decltype(asked)>::answer;
          if (answered.ok()) CHECK(std::holds_alternative<expected>(*answered));
        },
        one);
  }
}

TEST_CASE("statements that only read are SurrealQL to our own parser, too") {
  for (const auto& one : each_intent()) {
    const auto text = render(one).text;
    if (!text.starts_with("SELECT") && !text.starts_with("RETURN")) continue;
    if (text.find("DELETE") != std::string::npos) continue;
    const auto statements = surrealql::parse_statements(text);
    CHECK_MESSAGE(statements.ok(),
                  text << ": " << (statements.ok() ? "" : statements.failure().message));
  }
}
