#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spooky::machines {

/// How far the initial copy is.
struct clone_progress {
  std::uint64_t rows = 0;      ///< copied so far
  std::uint64_t expected = 0;  ///< counted before the copy began
  double rows_per_second = 0;
  std::size_t tables = 0;
  std::size_t tables_done = 0;

  /// Seconds left at the present rate; nothing before a rate is known.
  std::optional<double> seconds_left() const {
    if (rows_per_second <= 0) return std::nullopt;
    return static_cast<double>(expected > rows ? expected - rows : 0) / rows_per_second;
  }
};

/// How capture fares, for `/health` and `/metrics`.
struct capture_report {
  std::vector<std::string> troubles;  ///< what is not captured as asked for, and the way out
  std::size_t tables = 0;             ///< captured ones
  std::size_t comparing = 0;          ///< tables being compared with the database or waiting for it
  std::uint64_t compared_rows = 0;    ///< looked at since the start
  std::uint64_t repaired = 0;         ///< changes found by comparing since the start
};

}  // namespace spooky::machines
