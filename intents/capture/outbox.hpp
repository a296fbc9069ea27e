#pragma once

#include "intents/statements.hpp"
#include "surrealql/database/change_codec.hpp"

#include <cstddef>
#include <string>
#include <vector>

/// Events of tables captured by webhook that the server gave up on delivering: they lie in
/// `<prefix>outbox`.
namespace spooky::intents {

struct outbox_row {
  record_id id;
  result<surrealql::ingest_event> event;  ///< a failure where the row holds none
};

/// Some of them. Events that post inside the transaction have no outbox: none then.
struct read_outbox {
  using answer = std::vector<outbox_row>;
  std::string system_prefix;
  std::size_t limit = 0;
};
query_text render(const read_outbox& asked);
result<std::vector<outbox_row>> read(const read_outbox& asked, const db_answer& answer);

/// Deletes rows whose events have been taken.
struct clear_outbox {
  using answer = done;
  std::vector<record_id> ids;
};
query_text render(const clear_outbox& asked);
result<done> read(const clear_outbox& asked, const db_answer& answer);

}  // namespace spooky::intents
