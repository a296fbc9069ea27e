#pragma once

#include "intents/statements.hpp"

#include <string>

/// The definitions of a database: reading them, and installing our own.
namespace spooky::intents {

/// What INFO FOR DB says, for surrealql::tables_of_database().
struct read_definitions {
  using answer = value;
};
query_text render(const read_definitions& asked);
result<value> read(const read_definitions& asked, const db_answer& answer);

/// Runs definitions that may run any number of times, such as surrealql::system_schema().
struct install_definitions {
  using answer = done;
  std::string statements;
};
query_text render(const install_definitions& asked);
result<done> read(const install_definitions& asked, const db_answer& answer);

}  // namespace spooky::intents
