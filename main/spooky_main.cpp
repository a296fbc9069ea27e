#include "main/commands.hpp"

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace {

using namespace spooky;
using namespace spooky::process;

void add_database_options(CLI::App& command, config::db_settings& db, config::tls_settings& tls) {
  command.add_option("--db-url", db.url, "SurrealDB's address")->envname("SPOOKY_SCHEDULER_DB_URL");
  command.add_option("--ns", db.ns, "Namespace")->envname("SPOOKY_SCHEDULER_DB_NAMESPACE");
  command.add_option("--db", db.database, "Database")->envname("SPOOKY_SCHEDULER_DB_DATABASE");
  command.add_option("--user", db.username, "Root user")->envname("SPOOKY_SCHEDULER_DB_USERNAME");
  command.add_option("--pass", db.password, "Its password")
      ->envname("SPOOKY_SCHEDULER_DB_PASSWORD");
  command.add_option("--ca", tls.ca, "PEM file of the authorities that vouch for it")
      ->envname("SPOOKY_TLS_CA");
}

void add_schema_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "schema", "Print, or install with --apply, what Spooky needs in the database");
  const auto request = std::make_shared<schema_request>();
  const auto sync_events = std::make_shared<bool>(false);
  auto& db = request->db;
  command->add_flag("--apply", request->apply, "Run the statements instead of printing them");
  command->add_option("--surql", request->surql_file,
                      "Take the tables from this file's DEFINE TABLE statements");
  add_database_options(*command, db, request->access.tls);
  command->add_option("--endpoint", request->schema.endpoint,
                      "URL under which SurrealDB reaches the scheduler, or the single SSP");
  command->add_option("--secret", request->node_secret,
                      "The servers' node_secret; the database gets one that is derived from it "
                      "(default: SPOOKY_NODE_SECRET, else SPOOKY_AUTH_SECRET)");
  command->add_option("--database-secret", request->database_secret,
                      "The servers' database_secret (default: SPOOKY_DATABASE_SECRET)");
  command->add_option("--prefix", request->schema.prefix, "Start of the system tables' names");
  command->add_flag("--webhook", request->webhook,
                    "Capture by table events that post to /ingest, not by change feeds");
  command->add_flag("--sync-events", *sync_events,
                    "Events post inside the application's transaction");
  command->callback([request, sync_events, &exit_code] {
    if (*sync_events) request->schema.delivery = surrealql::event_delivery::sync;
    exit_code = print_or_apply_schema(*request);
  });
}

void add_scheduler_option(CLI::App& command, pool_request& request) {
  command.add_option("--scheduler", request.scheduler, "The scheduler's URL")
      ->envname("SCHEDULER_URL")
      ->capture_default_str();
  command.add_option("--ca", request.ca_file, "PEM file of the authorities that vouch for it")
      ->envname("SPOOKY_TLS_CA");
}

void add_status_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("status", "Show the pool: its SSPs and how they fare");
  const auto request = std::make_shared<pool_request>();
  add_scheduler_option(*command, *request);
  command->add_flag("--json", request->json, "Print what /metrics answers");
  command->footer(
      "The secret comes from SPOOKY_OPERATOR_SECRET, else SPOOKY_AUTH_SECRET.\n"
      "Exit codes: 0 an SSP is ready, 1 the scheduler does not answer, 2 no SSP is ready.");
  command->callback([request, &exit_code] { exit_code = show_status(*request); });
}

void add_drain_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("drain", "Move all views of an SSP to others");
  const auto request = std::make_shared<pool_request>();
  command->add_option("ssp", request->ssp_id, "The SSP's id")->required();
  add_scheduler_option(*command, *request);
  command->add_option("--timeout", request->timeout_seconds, "Seconds to wait")
      ->capture_default_str();
  command->footer(
      "The SSP gets no new views until it joins again. The secret comes from "
      "SPOOKY_OPERATOR_SECRET, else SPOOKY_AUTH_SECRET.\n"
      "Exit codes: 0 it holds no views, 1 it is unknown or the scheduler does not answer, 2 views "
      "are left when the time is over.");
  command->callback([request, &exit_code] { exit_code = drain(*request); });
}

void add_explain_command(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("explain", "Say how a query, or each in a file, would be kept");
  const auto request = std::make_shared<explain_request>();
  command->add_option("query", request->statement, "A SELECT");
  command->add_option("--file", request->files,
                      "Files to look for SELECTs in: SurrealQL, JavaScript or TypeScript");
  command->add_flag("--json", request->json, "Print a line of JSON for each, with its plan");
  command->require_option(1, 0);
  command->footer(
      "incremental: a change evaluates what it concerns. recomputed: the whole query runs again "
      "when "
      "something that it read has changed. refused: it cannot be registered. Parameters are taken "
      "for "
      "NONE, and no definition of a database is known.\n"
      "Exit codes: 0 all can be kept, 1 a file cannot be read, 2 some are refused.");
  command->callback([request, &exit_code] { exit_code = explain_statements(*request); });
}

CLI::App& add_allowlist_verb(CLI::App& allowlist, const char* name, const char* purpose,
                             allowlist_verb verb, const std::shared_ptr<allowlist_request>& request,
                             int& exit_code) {
  auto* command = allowlist.add_subcommand(name, purpose);
  command->add_option("--file", request->file, "The list, as allowlist.file says")
      ->envname("SPOOKY_ALLOWLIST_FILE")
      ->capture_default_str();
  command->callback([verb, request, &exit_code] {
    request->verb = verb;
    exit_code = change_allowlist(*request);
  });
  return *command;
}

void add_allowlist_command(CLI::App& app, int& exit_code) {
  auto* list = app.add_subcommand("allowlist", "The shapes of queries that may be registered");
  list->require_subcommand(1);
  list->footer(
      "A shape is a query's text without its constants: whoever may register one may "
      "register all queries of that shape.");
  const auto request = std::make_shared<allowlist_request>();
  auto& learn = add_allowlist_verb(*list, "learn", "Add the shapes of all views registered now",
                                   allowlist_verb::learn, request, exit_code);
  add_database_options(learn, request->db, request->access.tls);
  learn.add_option("--prefix", request->prefix, "Start of the system tables' names");
  add_allowlist_verb(*list, "show", "Print the list", allowlist_verb::show, request, exit_code);
  add_allowlist_verb(*list, "add", "Add the shape of a query", allowlist_verb::add, request,
                     exit_code)
      .add_option("query", request->query, "The query")
      ->required();
  add_allowlist_verb(*list, "remove", "Remove a shape", allowlist_verb::remove, request, exit_code)
      .add_option("query", request->query, "The query, or the shape as it is listed")
      ->required();
}

void add_wal_verb(CLI::App& wal, const char* name, const char* purpose,
                  int (*run)(const std::string&), int& exit_code) {
  auto* verb = wal.add_subcommand(name, purpose);
  const auto path = std::make_shared<std::string>();
  verb->add_option("path", *path, "The log's directory (wal_path), or one segment")->required();
  verb->callback([path, run, &exit_code] { exit_code = run(*path); });
}

void add_wal_command(CLI::App& app, int& exit_code) {
  auto* wal = app.add_subcommand("wal", "Look into a write-ahead log");
  wal->require_subcommand(1);
  wal->footer(
      "Exit codes: 0 intact, 1 torn tail, 2 corrupt, 3 truncated, 4 foreign, 5 empty, 6 "
      "unreadable.");
  add_wal_verb(*wal, "verify", "Check every checksum and the order of seqs", verify_wal, exit_code);
  add_wal_verb(*wal, "dump", "Print every change as a line of JSON", dump_wal, exit_code);
  add_wal_verb(*wal, "stats", "Sizes and seqs of every segment", show_wal_stats, exit_code);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Spooky's operator tool.", "spooky"};
  app.set_version_flag("--version", std::string{"spooky "} + SPOOKY_VERSION);
  app.require_subcommand(1);
  int exit_code = 0;
  add_schema_command(app, exit_code);
  add_status_command(app, exit_code);
  add_drain_command(app, exit_code);
  add_explain_command(app, exit_code);
  add_allowlist_command(app, exit_code);
  add_wal_command(app, exit_code);
  CLI11_PARSE(app, argc, argv);
  return exit_code;
}
