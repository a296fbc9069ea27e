#pragma once

#include "surrealql/values/value.hpp"

namespace spooky::views {

/// Equal and of the same types throughout: 1 and 1.0 are equal but not identical, and a client that
/// holds one must be told of the other.
bool identical(const value& a, const value& b) noexcept;

}  // namespace spooky::views
