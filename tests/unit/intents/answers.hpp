#pragma once

#include "intents/statements.hpp"
#include "surrealql/values/text.hpp"

#include <string>
#include <utility>

#include <doctest/doctest.h>

/// What a database may answer, and checks of what is made of it.
namespace spooky::intents::test {

inline value parsed(const char* text) {
  auto read = surrealql::parse_value(text);
  REQUIRE_MESSAGE(read.ok(), text);
  return std::move(read).value();
}

inline db_statement said(const char* text) { return {true, parsed(text), {}, false, false}; }
inline db_statement refused(std::string why, bool retryable = false) {
  return {false, {}, std::move(why), retryable, false};
}
inline db_statement missing(std::string why = "The table 't' does not exist") {
  return {false, {}, std::move(why), false, true};
}

/// The answer is of another shape: that is said, and of what.
template <class Intent>
void check_corrupt(const Intent& asked, const db_answer& answer, const std::string& named) {
  const auto outcome = read(asked, answer);
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.failure().code == errc::corrupt);
  CHECK_MESSAGE(outcome.failure().message.find(named) != std::string::npos,
                outcome.failure().message);
}

}  // namespace spooky::intents::test
