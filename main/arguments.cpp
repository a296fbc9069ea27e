#include "main/arguments.hpp"

#include <CLI/CLI.hpp>

namespace spooky::process {

std::optional<int> read_arguments(int argc, char** argv, const char* name, const char* purpose,
                                  arguments& into) {
  CLI::App app{purpose, name};
  app.set_version_flag("--version", std::string{name} + " " + SPOOKY_VERSION);
  std::string path;
  app.add_option("--config", path, "Settings file (default: spooky.yml where it exists)");
  app.add_flag("--check-config", into.check_config, "Check the settings and end");
  app.add_flag("--list-endpoints", into.list_endpoints,
               "Print the HTTP endpoints as lines of JSON and end");
  app.footer("Every setting can come from the environment too: see docs/operations.md.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e);
  }
  if (!path.empty()) into.config = path;
  return std::nullopt;
}

}  // namespace spooky::process
