#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace spooky::machines {

/// One attempt, as it is sent to a backend.
struct job_call {
  std::string path;  ///< appended to the backend's base URL; "/" and visible ASCII
  std::shared_ptr<const std::string> body;  ///< JSON; null: none
  std::string idempotency_key;
  std::chrono::milliseconds timeout{10'000};
};

/// What a backend answered; any status.
struct job_answer {
  unsigned status = 0;
  std::optional<std::chrono::milliseconds> retry_after;  ///< the pause it asks for
  std::string excerpt;  ///< how an error's body begins, fit for a log and without our token
};

}  // namespace spooky::machines
