#pragma once

#include "intents/statements.hpp"
#include "surrealql/values/result.hpp"

#include <string>

/// Whether namespace and database are there. Asked by a connection before it chooses them, for
/// choosing one that is missing makes it (seen on 3.0.2 and 3.3.3): so not among the intents that
/// actors ask a database for.
namespace spooky::intents {

struct find_namespace {
  using answer = done;
  std::string name;
};
query_text render(const find_namespace& asked);
/// Fails with not_found if there is none of that name. Who may not look finds it.
result<done> read(const find_namespace& asked, const db_answer& answer);

/// @pre its namespace is there
struct find_database {
  using answer = done;
  std::string ns;
  std::string name;
};
query_text render(const find_database& asked);
/// Likewise.
result<done> read(const find_database& asked, const db_answer& answer);

}  // namespace spooky::intents
