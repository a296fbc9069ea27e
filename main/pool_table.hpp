#pragma once

#include "surrealql/values/value.hpp"

#include <string>

namespace spooky::process {

/// The pool as lines for people, made of what the scheduler's /metrics answers. Columns are aligned
/// whatever the ids are; what is missing shows as "-".
std::string pool_table(const value& metrics);

}  // namespace spooky::process
