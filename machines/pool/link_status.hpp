#pragma once

#include "machines/time.hpp"
#include "protocol/ids.hpp"
#include "surrealql/database/change.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::machines {

enum class link_state : std::uint8_t {
  bootstrapping,
  replaying,
  ready,
  draining,  ///< ready, but its views move away and it gets no new ones
  overflowed,
  gone
};
std::string_view to_string(link_state state) noexcept;

/// One line of the pool's status.
struct link_status {
  ssp_id id;
  std::string url;
  link_state state = link_state::bootstrapping;
  std::size_t views = 0;
  double cpu = 0;
  std::uint64_t memory = 0;
  sequence_number sent = 0;
  sequence_number acked = 0;
  std::size_t buffered = 0;
  registration_epoch epoch = 0;
  timestamp last_heartbeat{};
};

/// Every SSP that is not gone.
using pool_roll = std::vector<link_status>;

}  // namespace spooky::machines
