#pragma once

#include "surrealql/values/result.hpp"

#include <caf/all.hpp>

CAF_ERROR_CODE_ENUM(spooky::errc, "spooky")

namespace spooky::actors {

/// Our error as a CAF error: same code, the message travels in its context.
caf::error to_caf(const error& failure);

/// A CAF error as ours. CAF's own failures become: a dead or stopped receiver -> unavailable, a
/// request timeout -> timeout, anything else -> internal with CAF's text.
error from_caf(const caf::error& failure);

/// A result as the answer of a message handler.
template <class T>
caf::result<T> to_reply(result<T> r) {
  if (r.ok()) return std::move(r).value();
  return to_caf(r.failure());
}

}  // namespace spooky::actors
