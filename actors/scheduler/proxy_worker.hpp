#pragma once

#include "actors/interfaces.hpp"
#include "machines/database_version.hpp"
#include "machines/ssp/catalog_book.hpp"
#include "surrealql/syntax/parse.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace spooky::actors {

struct proxy_worker_config {
  std::chrono::milliseconds query_time{10'000};
  std::chrono::milliseconds drain_timeout{30'000};  ///< for the client to take one chunk
  std::size_t chunk_bytes = 256 * 1024;
  std::size_t max_rows = 1'000'000;   ///< in an answer; a table's copy has no such limit
  std::size_t max_bytes = 256 << 20;  ///< of values held at once
  surrealql::parse_limits parse;
  std::string database{};  ///< SurrealDB's version until it tells one; empty: not known
  std::string definition_table = "_spooky_definition";  ///< holds what the database defines
};

struct proxy_worker_state {
  proxy_worker_state() = default;
  static inline const char* name = "proxy_worker";

  proxy_worker_config config;
  database_version version;
  std::vector<value> definition_rows;  ///< what `definitions` was made of
  catalog_book book;
  std::shared_ptr<const surrealql::catalog> definitions;
};
using proxy_worker_ptr = proxy_worker_actor::stateful_pointer<proxy_worker_state>;

/// Runs `/proxy/query` requests over a pinned snapshot, with what the database defines as of then,
/// one at a time, and streams the answer with back-pressure: two chunks are in memory at most.
/// Spawn detached: it scans and waits.
///
/// The body is `{query, vars?, versions?}`. The answer is JSON, or CBOR with `Accept:
/// application/cbor`. `versions: true` is the bootstrap's form: the query is `SELECT * FROM table`,
/// each row comes as `[version, record]`. `X-Spooky-Seq` names the position of the snapshot.
proxy_worker_actor::behavior_type proxy_worker(proxy_worker_ptr self, proxy_worker_config config);

}  // namespace spooky::actors
