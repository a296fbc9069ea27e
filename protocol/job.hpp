#pragma once

#include "protocol/ids.hpp"
#include "surrealql/values/value.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace spooky {

/// A record of an outbox table that an SSP is to run.
struct job_assignment {
  record_id job;
  /// The SSP that ran it and is gone: it may be taken over from there. Empty: from nobody.
  ssp_id from;
};

enum class job_state : std::uint8_t { pending, running, completed, failed };
std::string_view to_string(job_state state) noexcept;

/// What became of a job.
struct job_report {
  record_id job;
  job_state state = job_state::pending;
  ssp_id ssp;                                ///< who runs it, or ran it; empty: not said
  std::uint64_t retries = 0;                 ///< when pending: retries done, with the next one
  std::chrono::milliseconds retry_after{0};  ///< when pending: not to be run again before
  bool ran = true;                           ///< an attempt was made, so this counts
};

}  // namespace spooky
