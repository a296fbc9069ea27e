#include "main/commands.hpp"

#include <CLI/CLI.hpp>

int main(int argc, char** argv) {
  CLI::App app{"Spooky's operator tool.", "spooky"};
  app.set_version_flag("--version", std::string{"spooky "} + SPOOKY_VERSION);
  app.require_subcommand(1);
  int exit_code = 0;
  spooky::process::add_schema_command(app, exit_code);
  spooky::process::add_status_command(app, exit_code);
  spooky::process::add_drain_command(app, exit_code);
  spooky::process::add_wal_command(app, exit_code);
  CLI11_PARSE(app, argc, argv);
  return exit_code;
}
