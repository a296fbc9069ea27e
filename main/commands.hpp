#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): a library's
class App;
}

namespace spooky::process {

/// `spooky schema`: prints or installs the system tables, functions and table events.
void add_schema_command(CLI::App& app, int& exit_code);

/// `spooky status`: shows the pool.
void add_status_command(CLI::App& app, int& exit_code);

/// `spooky drain <ssp>`: moves an SSP's views to others and follows it.
void add_drain_command(CLI::App& app, int& exit_code);

/// `spooky wal verify|dump|stats`: looks into a write-ahead log.
void add_wal_command(CLI::App& app, int& exit_code);

}  // namespace spooky::process
