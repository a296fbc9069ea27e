#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace spooky::machines {

/// How the pauses between a job's attempts grow.
enum class retry_strategy : std::uint8_t { linear, exponential };

/// No pause is longer, whatever a strategy or a backend asks for.
inline constexpr std::chrono::hours max_retry_pause{1};

/// The pause before retry number `retry`, counted from 0: 200 ms x (retry + 1), or 200 ms x
/// 2^retry; never less, and up to a tenth more, so that jobs that failed together do not come back
/// together. Deterministic for a given `seed`.
std::chrono::milliseconds retry_pause(retry_strategy strategy, std::uint64_t retry,
                                      std::uint64_t seed);

/// What an answer's status says about the job.
enum class job_verdict : std::uint8_t {
  success,  ///< 2xx
  retry,    ///< 408, 425, 429 and 5xx: it may go better later
  failure,  ///< anything else: it would go the same again
};
job_verdict judge(unsigned status) noexcept;

/// The pause that a Retry-After header asks for: seconds, or an HTTP date (IMF-fixdate), which is
/// read against the answer's own Date header, since clocks differ. At most max_retry_pause. Nothing
/// for what cannot be read.
std::optional<std::chrono::milliseconds> read_retry_after(std::string_view retry_after,
                                                          std::string_view date);

}  // namespace spooky::machines
