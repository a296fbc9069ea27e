#pragma once

#include <optional>
#include <string>

namespace spooky::process {

/// What the command line of both servers offers.
struct arguments {
  std::optional<std::string> config;
  bool check_config = false;
  bool list_endpoints = false;
};

/// Reads --config, --check-config, --list-endpoints, --help and --version. Gives the exit code to
/// end with when there is nothing to run.
std::optional<int> read_arguments(int argc, char** argv, const char* name, const char* purpose,
                                  arguments& into);

}  // namespace spooky::process
