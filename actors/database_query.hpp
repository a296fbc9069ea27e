#pragma once

#include "actors/interfaces.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace spooky::actors {

/// How long beyond a query's own time limit its answer is awaited: the database actor reports the
/// time limit itself, this only catches one that is gone.
inline constexpr std::chrono::milliseconds answer_margin{2'000};

/// Runs a query and hands `next` its answer or the failure, on the actor's own thread.
template <class Self, class Next>
void run_query(Self* self, const database_actor& database, db_query query, Next next) {
  const auto limit = query.timeout + answer_margin;
  self->request(database, limit, query_atom_v, std::move(query))
      .then(
          [next](db_answer& answer) mutable { next(result<db_answer>{std::move(answer)}); },
          [next](const caf::error& reason) mutable { next(result<db_answer>{from_caf(reason)}); });
}

/// The first failed statement of an answer as an error; success if none failed.
result<void> check_statements(const db_answer& answer);

/// The result of the first statement; the first failure of any.
result<value> first_result(result<db_answer> answer);

/// The result of the last statement; the first failure of any.
result<value> last_result(result<db_answer> answer);

}  // namespace spooky::actors
