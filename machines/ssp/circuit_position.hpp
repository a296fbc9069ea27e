#pragma once

#include "protocol/pool.hpp"
#include "protocol/view.hpp"
#include "surrealql/database/change.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace spooky::machines {

/// Where a circuit stands that is about to join: what the registration says of it.
struct circuit_position {
  sequence_number applied = 0;
  std::vector<table_name> tables;  ///< that it needs changes of
  std::uint64_t revision = 0;
};

/// Where a circuit starts over.
struct circuit_start {
  sequence_number seq = 0;
  table_interest tables;     ///< of which it is sent every change above `seq`
  registrations views = {};  ///< to take up besides those it holds
  std::string database{};    ///< the version of SurrealDB that views answer as; empty: as before
};

}  // namespace spooky::machines
