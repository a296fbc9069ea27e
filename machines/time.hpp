#pragma once

#include "surrealql/values/value.hpp"

#include <chrono>
#include <cstdint>

namespace spooky::machines {

/// Time as it is told to whoever decides: nanoseconds, counted as CAF's clocks count them.
using timespan = std::chrono::duration<std::int64_t, std::nano>;
using timestamp = std::chrono::time_point<std::chrono::system_clock, timespan>;

}  // namespace spooky::machines
