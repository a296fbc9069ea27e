#pragma once

#include "actors/interfaces.hpp"

#include <chrono>
#include <string>

namespace spooky::actors {

struct provisioner_config {
  std::string statements;  ///< may run any number of times
  std::chrono::milliseconds request_timeout{60'000};
  std::chrono::milliseconds retry_initial{200};
  std::chrono::milliseconds retry_limit{10'000};
};

struct provisioner_state {
  provisioner_state() = default;
  static inline const char* name = "provisioner";

  database_actor database;
  provisioner_config config;
  bool running = false;
  unsigned attempts = 0;
};

using provisioner_ptr = provisioner_actor::stateful_pointer<provisioner_state>;

/// Installs the system tables and functions when the database first connects (`db.provision`), and
/// ends once they are there.
provisioner_actor::behavior_type provisioner(provisioner_ptr self, database_actor database,
                                             provisioner_config config);

}  // namespace spooky::actors
