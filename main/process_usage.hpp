#pragma once

#include "actors/ssp/ssp.hpp"

#include <chrono>
#include <functional>

namespace spooky::process {

/// Samples this process's cpu share since the last call, and its resident memory, from the kernel.
std::function<actors::process_usage()> usage_sampler();

/// The processor time that the calling thread has used.
std::chrono::microseconds thread_time();

}  // namespace spooky::process
