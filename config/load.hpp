#pragma once

#include "config/access.hpp"
#include "config/problem.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spooky::config {

/// The environment as a parameter, so that tests choose it.
using environment = std::map<std::string, std::string>;

/// This process's environment.
environment process_environment();

/// Settings and everything that is wrong with them. With problems, `settings` holds the defaults in
/// place of the faulty values and must not be run with.
template <class Settings>
struct loaded {
  Settings settings;
  std::vector<problem> problems;  ///< each stops the start; all are found in one pass
  std::vector<problem> warnings;  ///< suspicious, such as a variable that only looks like ours
  std::string file;               ///< the file that was read; empty: none

  bool ok() const noexcept { return problems.empty(); }
};

/// Reads `path`, else the file SPOOKY_CONFIG_PATH names, else spooky.yml where it exists; then lets
/// the environment override it. A file named by either of the first two must exist.
///
/// One file serves both processes: keys stand at the top level, and a `scheduler:` or `ssp:`
/// section overrides them for that process. Empty variables count as unset. Never throws.
loaded<scheduler_process> load_scheduler_settings(const std::optional<std::string>& path,
                                                  const environment& env);
loaded<ssp_process> load_ssp_settings(const std::optional<std::string>& path,
                                      const environment& env);

}  // namespace spooky::config
