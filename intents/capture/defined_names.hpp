#pragma once

#include "intents/statements.hpp"

/// What the application's database defines besides tables.
namespace spooky::intents {

/// Its params and functions, each as INFO FOR DB STRUCTURE says it, and all that INFO FOR DB says,
/// without the hashes of users' passwords (3.0 tells them).
struct defined_names {
  array params;
  array functions;
  value texts;

  friend bool operator==(const defined_names&, const defined_names&) = default;
};

struct list_names {
  using answer = defined_names;
};
query_text render(const list_names& asked);
result<defined_names> read(const list_names& asked, const db_answer& answer);

}  // namespace spooky::intents
