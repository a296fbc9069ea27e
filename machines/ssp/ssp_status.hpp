#pragma once

#include "machines/drift.hpp"
#include "machines/progress.hpp"
#include "surrealql/database/change.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace spooky::machines {

/// What `/metrics`, `/health` and `/info` of an SSP are made of.
struct ssp_status {
  std::string state;  ///< the name of its phase
  std::string reason;
  bool database_connected = false;
  std::optional<bool> scheduler_connected;  ///< nothing in single mode
  sequence_number applied = 0;
  std::size_t views = 0;
  std::size_t edges_pending = 0;
  capture_report capture;  ///< single mode
  drift_report drift;      ///< what the watchman has found
};

}  // namespace spooky::machines
