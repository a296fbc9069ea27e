#pragma once

#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/text.hpp"
#include "surrealql/values/value.hpp"

#include <fstream>
#include <string>
#include <vector>

/// The engine's answers, recorded by tests/oracle/record/expressions.mjs.
namespace spooky::surrealql::test {

/// A version whose answers are recorded: the folder of tests/data/ that holds them, and its rules.
struct recorded_version {
  std::string folder;
  semantics rules;
};

inline std::vector<recorded_version> recorded_versions() {
  return {{"3.0", semantics::of({3, 0, 2})}, {"3.3", semantics::of({3, 3, 3})}};
}

struct recorded {
  std::string expression;
  std::string answer;  ///< a constant, or "ERR message"
};

inline std::vector<recorded> read_recorded(const std::string& name) {
  std::ifstream file(SPOOKY_TEST_DATA "/" + name);
  std::vector<recorded> all;
  std::string line;
  while (std::getline(file, line)) {
    const auto arrow = line.rfind(" => ");
    if (line.starts_with('#') || arrow == std::string::npos) continue;
    all.push_back({line.substr(0, arrow), line.substr(arrow + 4)});
  }
  return all;
}

/// A result in the form the engine's answers are recorded in.
inline std::string as_recorded(const result<value>& r) {
  return r ? to_text(*r) : "ERR " + r.failure().message;
}

}  // namespace spooky::surrealql::test
