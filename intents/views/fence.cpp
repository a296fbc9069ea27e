#include "intents/views/fence.hpp"

#include <algorithm>

namespace spooky::intents {

bool is_fenced(const db_answer& answer) {
  return std::any_of(answer.begin(), answer.end(), [](const db_statement& statement) {
    return !statement.ok && statement.message.ends_with("FENCED");
  });
}

result<guarded_write> read_guarded(const db_answer& answer) {
  if (is_fenced(answer)) return guarded_write{true};
  SPOOKY_TRY(check_statements(answer));
  return guarded_write{};
}

}  // namespace spooky::intents
