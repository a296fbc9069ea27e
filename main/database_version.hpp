#pragma once

#include "config/settings.hpp"
#include "net/http_client.hpp"
#include "storage/replica.hpp"
#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/result.hpp"

#include <string>

namespace spooky::process {

/// The version of the server that the settings name, as its `/version` tells it. Waits a few
/// seconds for one that does not answer yet. Not on the I/O thread.
result<std::string> ask_database_version(net::http_client& client, const config::db_settings& db);

/// The version that a replica's rows and views belong to: what the server says now, else what it
/// said last, else nothing. `changed`: it is one whose answers differ from those before.
struct database_version {
  std::string text;
  bool changed = false;
};
/// Keeps what the server says in the replica.
result<database_version> known_database_version(net::http_client& client,
                                                const config::db_settings& db,
                                                storage::replica& replica);

/// The behaviours of a server of this version, which the log is told; those of the newest known for
/// a text that names none.
surrealql::semantics rules_for(const std::string& version);

}  // namespace spooky::process
