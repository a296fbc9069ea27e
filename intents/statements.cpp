#include "intents/statements.hpp"

namespace spooky::intents {

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

result<value> first_result(const db_answer& answer) {
  SPOOKY_TRY(check_statements(answer));
  if (answer.empty()) return fail(errc::corrupt, "SurrealDB answered without any result");
  return answer.front().result;
}

result<array> rows_of(const db_answer& answer, const std::string& what) {
  SPOOKY_ASSIGN(const auto rows, first_result(answer));
  if (!rows.is_array()) return fail(errc::corrupt, "SurrealDB gave " + what + " as no array");
  return rows.as_array();
}

result<done> read_done(const db_answer& answer) {
  SPOOKY_TRY(check_statements(answer));
  return done{};
}

std::uint64_t number_of(const value& field) {
  return field.type() == value_type::integer && field.as_integer() > 0
             ? static_cast<std::uint64_t>(field.as_integer())
             : 0;
}

}  // namespace spooky::intents
