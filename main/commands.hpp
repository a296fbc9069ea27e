#pragma once

#include "config/access.hpp"
#include "surrealql/database/system_schema.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

/// What the commands of `spooky` do; spooky_main.cpp says how they are called. Each prints its
/// result to stdout and its failure to stderr, and gives the exit code.
namespace spooky::process {

struct schema_request {
  bool apply = false;      ///< run the statements instead of printing them
  bool webhook = false;    ///< capture by table events, not by change feeds
  std::string surql_file;  ///< where the tables are defined; empty: in the database
  std::string node_secret;
  std::string database_secret;  ///< empty: derived from the node's
  config::db_settings db;
  config::access_settings access;  ///< `tls.ca` checks the database
  surrealql::system_schema_options schema;
};

/// The first secret of the first of these variables that is set. From the environment, for
/// arguments can be seen by everyone on the machine.
std::string secret_in_environment(std::initializer_list<const char*> variables);

/// `spooky schema`: prints or installs the system tables, functions and table events.
int print_or_apply_schema(schema_request request);

enum class allowlist_verb : std::uint8_t { learn, show, add, remove };

struct allowlist_request {
  allowlist_verb verb = allowlist_verb::show;
  std::string file = config::allowlist_settings{}.file;
  std::string query;  ///< to add, or to remove
  config::db_settings db;
  config::access_settings access;
  std::string prefix = "_spooky_";
};

/// `spooky allowlist learn|show|add|remove`: the shapes of queries that may be registered.
int change_allowlist(const allowlist_request& request);

struct pool_request {
  std::string scheduler = "http://127.0.0.1:9667";
  std::string ca_file;  ///< PEM, checks the scheduler; empty: whom the system trusts
  std::string ssp_id;
  bool json = false;
  unsigned timeout_seconds = 60;
};

/// `spooky status`: shows the pool.
int show_status(const pool_request& request);

/// `spooky drain <ssp>`: moves an SSP's views to others and follows it.
int drain(const pool_request& request);

struct explain_request {
  std::string statement;  ///< one to explain; empty: none
  std::vector<std::string>
      files;          ///< whose SELECTs to explain: SurrealQL, or scripts that hold some
  bool json = false;  ///< a line of JSON for each, with its plan
};

/// `spooky explain`: says of each SELECT how it would be kept. The exit code is 2 if one is
/// refused.
int explain_statements(const explain_request& request);

// `spooky wal verify|dump|stats`: looks into a write-ahead log, a directory or one segment.
int verify_wal(const std::string& path);
int dump_wal(const std::string& path);
int show_wal_stats(const std::string& path);

}  // namespace spooky::process
