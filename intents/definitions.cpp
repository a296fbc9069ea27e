#include "intents/definitions.hpp"

namespace spooky::intents {

query_text render(const read_definitions&) { return {"INFO FOR DB", {}}; }

result<value> read(const read_definitions&, const db_answer& answer) {
  return first_result(answer);
}

query_text render(const install_definitions& asked) { return {asked.statements, {}}; }

result<done> read(const install_definitions&, const db_answer& answer) { return read_done(answer); }

}  // namespace spooky::intents
