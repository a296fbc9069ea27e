#include "actors/database_query.hpp"

namespace spooky::actors {

result<void> check_statements(const db_answer& answer) {
  // A failed transaction marks all its statements; the retryable conflict or the culprit's own
  // text tells more than "not executed due to a failed transaction".
  const db_statement* culprit = nullptr;
  for (const auto& statement : answer) {
    if (statement.ok) continue;
    const bool vague = statement.message.find("failed transaction") != std::string::npos ||
                       statement.message.find("cancelled transaction") != std::string::npos;
    if (culprit == nullptr || !vague) culprit = &statement;
    if (!vague) break;
  }
  if (culprit == nullptr) return {};
  const auto code = culprit->retryable ? errc::conflict
                    : culprit->missing ? errc::not_found
                                       : errc::evaluation_error;
  return fail(code, "SurrealDB: " + culprit->message);
}

namespace {

result<void> check_answer(const result<db_answer>& answer) {
  if (!answer.ok()) return answer.failure();
  SPOOKY_TRY(check_statements(*answer));
  if (answer->empty()) return fail(errc::corrupt, "SurrealDB answered without any result");
  return {};
}

}  // namespace

result<value> first_result(result<db_answer> answer) {
  SPOOKY_TRY(check_answer(answer));
  return answer->front().result;
}

result<value> last_result(result<db_answer> answer) {
  SPOOKY_TRY(check_answer(answer));
  return answer->back().result;
}

}  // namespace spooky::actors
