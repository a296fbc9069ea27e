#pragma once

#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <string>
#include <vector>

namespace spooky::intents {

/// What goes to SurrealDB: statements and the parameters bound in them.
struct query_text {
  std::string text;
  object vars;
};

/// One statement's outcome inside a query's answer.
struct db_statement {
  bool ok = true;
  value result;            ///< when ok
  std::string message;     ///< when not
  bool retryable = false;  ///< a transaction conflict: nothing was written, try again
  bool missing = false;    ///< the table or record it names does not exist
};
/// What comes back: one outcome per statement.
using db_answer = std::vector<db_statement>;

/// The answer of an intent that says no more than "done".
struct done {
  friend bool operator==(const done&, const done&) = default;
};

/// The first failed statement of an answer as an error; success if none failed. A conflict that
/// may be tried again is `conflict`, a table or record that is not there `not_found`, anything else
/// `evaluation_error`.
result<void> check_statements(const db_answer& answer);

/// The result of the first statement; the first failure of any.
result<value> first_result(const db_answer& answer);

/// The only result, which must be an array; `what` names it where it is none.
result<array> rows_of(const db_answer& answer, const std::string& what);

/// An intent that asks for nothing but success.
result<done> read_done(const db_answer& answer);

/// A positive number; 0 for anything else.
std::uint64_t number_of(const value& field);

}  // namespace spooky::intents
