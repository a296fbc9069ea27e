#pragma once

#include "intents/statements.hpp"

namespace spooky::intents {

/// The answer of a write that the database refuses if the view is not ours to write any more (see
/// ownership.hpp). Any other refusal is a failure.
struct guarded_write {
  bool fenced = false;
};
result<guarded_write> read_guarded(const db_answer& answer);

/// Whether the database refused the transaction because the view is not ours to write.
bool is_fenced(const db_answer& answer);

}  // namespace spooky::intents
