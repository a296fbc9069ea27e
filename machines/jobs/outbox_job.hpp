#pragma once

#include "machines/jobs/retry_policy.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace spooky::machines {

/// What an outbox record asks for, checked.
struct outbox_job {
  std::string path;                         ///< begins with "/"; visible ASCII, no "." segments
  std::shared_ptr<const std::string> body;  ///< JSON; null: none
  std::optional<std::chrono::milliseconds> timeout;  ///< nothing: the backend's
  std::uint64_t retries = 0;                         ///< retries done so far
  std::uint64_t max_retries = 3;
  retry_strategy strategy = retry_strategy::linear;
};

/// Reads an outbox record: `path, payload, timeout?, retries?, max_retries?, retry_strategy?`.
/// `payload` is any value, or text that is JSON already. `timeout` is a duration, or seconds as a
/// number. Fails with invalid_argument, naming the field and what it must be.
///
/// Application users may be able to create such records, and our token goes with the request: a
/// path must not lead out of the backend's base URL.
result<outbox_job> read_outbox_job(const value& record);

/// NONE and "linear": linear. Fails for anything but that and "exponential".
result<retry_strategy> read_strategy(const value& field);

/// The record's `retries`; 0 where that is no count.
std::uint64_t read_retries(const value& record) noexcept;

/// What is left of the pause before the next attempt of a record that is pending, at `now`, the
/// database's time. `seed` varies it.
std::chrono::milliseconds remaining_pause(const value& record, const value& now,
                                          std::uint64_t seed);

/// What names an attempt to a backend: "<job id>:<attempt>", fit for a header: what is not visible
/// ASCII in the id is percent-encoded.
std::string idempotency_key(const record_id& job, std::uint64_t attempt);

}  // namespace spooky::machines
