#pragma once

#include <cstddef>

namespace spooky::machines {

/// What an SSP is charged with: views, and what they cost (see placement_table).
struct ssp_load {
  std::size_t views = 0;
  double cost = 0;
};

/// All views the scheduler knows of.
struct placement_status {
  std::size_t views = 0;
  std::size_t waiting = 0;  ///< of these: without an SSP
  std::size_t doomed = 0;   ///< unregistered, but edges and record are still in the database
};

}  // namespace spooky::machines
