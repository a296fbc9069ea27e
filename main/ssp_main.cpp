#include "actors/front/ssp_front.hpp"
#include "main/arguments.hpp"
#include "main/process.hpp"
#include "main/signals.hpp"
#include "main/ssp_assembly.hpp"

#include <iostream>
#include <unistd.h>

#include <spdlog/spdlog.h>

namespace {

/// A stop that hangs must not keep the process: so long after drain_timeout the kernel ends it.
constexpr std::chrono::seconds last_resort{2};

int serve(const spooky::config::ssp_process& settings) {
  using namespace spooky;
  process::set_up_log(settings.log);
  process::take_signals();
  process::raise_file_limit(settings.limits.connections);
  process::warn_if_open(settings, settings.access);
  const auto id = process::id_or_fresh(settings.id, "ssp");
  process::ssp_assembly ssp{settings, id};
  if (const auto started = ssp.start(); !started.ok()) {
    spdlog::critical("cannot start: {}", started.failure().message);
    return 1;
  }
  spdlog::info("spooky-ssp {} ({}) listening on {}://{}:{}, SurrealDB at {}, {}/{}, {}",
               SPOOKY_VERSION, id, process::scheme_of(settings.access.tls), settings.listen_host,
               ssp.port(), settings.db.url, settings.db.ns, settings.db.database,
               settings.single_mode() ? "single mode" : "scheduler at " + settings.scheduler_url);
  spdlog::info("stopping: {}", process::wait_for_signal());
  alarm(static_cast<unsigned>((settings.drain_timeout + last_resort).count()));
  ssp.stop();
  spdlog::info("stopped");
  return ssp.broken() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace spooky;
  process::arguments arguments;
  if (const auto code = process::read_arguments(
          argc, argv, "spooky-ssp",
          "Keeps live queries on SurrealDB up to date, alone or for a scheduler.", arguments))
    return *code;
  if (arguments.list_endpoints) {
    std::cout << actors::to_lines(actors::ssp_terms());
    return 0;
  }
  const auto loaded = config::load_ssp_settings(arguments.config, config::process_environment());
  if (!process::report(loaded.problems, loaded.warnings, loaded.file)) return 2;
  if (const auto usable = process::check_tls(loaded.settings.access.tls); !usable.ok()) {
    std::cerr << "error: " << (loaded.file.empty() ? "environment" : loaded.file) << ": "
              << usable.failure().message << '\n';
    return 2;
  }
  if (arguments.check_config) {
    std::cout << "the settings are right\n";
    return 0;
  }
  return serve(loaded.settings);
}
