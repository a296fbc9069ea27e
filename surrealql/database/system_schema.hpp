#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The SurrealQL that Spooky installs in the application's database. Pure text: `spooky schema`
/// prints or applies it, provisioning runs it. Every statement may run any number of times.
namespace spooky::surrealql {

/// When a generated event posts to us.
enum class event_delivery : std::uint8_t {
  /// Inside the application's transaction: the write waits for us and fails when we are down.
  sync,
  /// By the server after the commit, retried. The embedded engine never runs these.
  async,
};

struct system_schema_options {
  /// Start of all system names. Must be a plain name.
  std::string prefix = "_spooky_";
  /// Base URL of the scheduler, or of the SSP in single mode; http:// where no scheme is given.
  /// SurrealDB must be allowed to reach it (`--allow-net`).
  std::string endpoint = "http://localhost:9667";
  /// The bearer secret that generated requests carry; empty: none. Whoever may read every table of
  /// the database can read it: it is to open nothing but what those requests need.
  std::string auth_secret = {};
  /// How events reach us: the deletion of a query's record, and table_events().
  event_delivery delivery = event_delivery::async;
};

/// Tables `query`, `list_ref`, `owner`, `version`, `job` (with the prefix), who may see what in
/// them, and the functions fn::query::register, heartbeat and unregister.
///
/// A record user sees a query, and its edges, if he registered it: a row in `owner` says so. System
/// users (root, namespace, database) see everything; guests nothing.
std::string system_schema(const system_schema_options& options);

/// Webhook capture: events on `tables` that post `{table, op, id, version, record}` to /ingest,
/// with the version counted in `<prefix>version` and repeated in the record as `<prefix>rv`.
///
/// With delivery::async the change is first written to `<prefix>outbox` inside the transaction, so
/// a rolled back write posts nothing; a posted row is deleted, one that could not be posted stays.
/// SurrealDB runs a node table's event for the edges that a deleted node takes along, and not the
/// edge table's own: so both tables' events are needed to capture edges.
std::string table_events(const std::vector<std::string>& tables,
                         const system_schema_options& options);

/// Takes table_events() back.
std::string drop_table_events(const std::vector<std::string>& tables, std::string_view prefix);

/// Change-feed capture: switches the feed of each table on, leaving the rest of its definition
/// alone.
std::string changefeed_statements(const std::vector<std::string>& tables,
                                  std::chrono::seconds retention);

}  // namespace spooky::surrealql
