#pragma once

#include "actors/interfaces.hpp"

#include <chrono>
#include <utility>
#include <variant>

namespace spooky::actors {

/// How long beyond a query's own time limit its answer is awaited: the database actor reports the
/// time limit itself, this only catches one that is gone.
inline constexpr std::chrono::milliseconds answer_margin{2'000};

/// Asks the database for an intent and hands `next` its answer, a `result<Intent::answer>`, on the
/// actor's own thread.
template <class Self, class Intent, class Next>
void ask_database(Self* self, const database_actor& database, Intent asked,
                  std::chrono::milliseconds timeout, Next next) {
  using reply = typename Intent::answer;
  self->request(database, timeout + answer_margin, query_atom_v,
                db_query{std::move(asked), timeout})
      .then(
          [next](answer& said) mutable {
            if (auto* ours = std::get_if<reply>(&said))
              next(result<reply>{std::move(*ours)});
            else
              next(result<reply>{fail(errc::internal, "an intent was answered as another one")});
          },
          [next](const caf::error& reason) mutable { next(result<reply>{from_caf(reason)}); });
}

}  // namespace spooky::actors
