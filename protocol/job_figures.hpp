#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace spooky {

/// The jobs of one outbox table, in one process.
struct job_figures {
  std::string table;
  std::string backend;  ///< empty: the table has none
  std::size_t waiting = 0;
  std::size_t running = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t retried = 0;
  std::uint64_t rejected = 0;  ///< outcomes of attempts that others had taken over
};
using job_totals = std::vector<job_figures>;

}  // namespace spooky
