#include "actors/front/scheduler_front.hpp"
#include "main/arguments.hpp"
#include "main/process.hpp"
#include "main/scheduler_assembly.hpp"
#include "main/signals.hpp"

#include <iostream>
#include <unistd.h>

#include <spdlog/spdlog.h>

namespace {

/// A stop that hangs must not keep the process: after this the kernel ends it.
constexpr unsigned last_resort_seconds = 9;

int serve(const spooky::config::scheduler_process& settings) {
  using namespace spooky;
  process::set_up_log(settings.log);
  process::take_signals();
  process::raise_file_limit(settings.limits.connections);
  process::warn_if_open(settings, settings.access);
  const auto id = process::id_or_fresh(settings.id, "scheduler");
  process::scheduler_assembly scheduler{settings, id};
  if (const auto started = scheduler.start(); !started.ok()) {
    spdlog::critical("cannot start: {}", started.failure().message);
    return 1;
  }
  spdlog::info("spooky-scheduler {} ({}) listening on {}://{}:{}, SurrealDB at {}, {}/{}",
               SPOOKY_VERSION, id, process::scheme_of(settings.access.tls), settings.ingest_host,
               scheduler.port(), settings.db.url, settings.db.ns, settings.db.database);
  spdlog::info("stopping: {}", process::wait_for_signal());
  alarm(last_resort_seconds);
  scheduler.stop();
  spdlog::info("stopped");
  return scheduler.broken() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace spooky;
  process::arguments arguments;
  if (const auto code = process::read_arguments(
          argc, argv, "spooky-scheduler",
          "Captures a SurrealDB's changes, logs them, and feeds a pool of SSPs.", arguments))
    return *code;
  if (arguments.list_endpoints) {
    std::cout << actors::to_lines(actors::scheduler_terms());
    return 0;
  }
  const auto loaded =
      config::load_scheduler_settings(arguments.config, config::process_environment());
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
