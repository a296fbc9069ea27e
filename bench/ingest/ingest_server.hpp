#pragma once

#include "actors/interfaces.hpp"
#include "net/http_server.hpp"
#include "storage/replica.hpp"
#include "storage/wal.hpp"

#include <memory>
#include <string>

namespace spooky::bench {

/// What stands where the write-ahead log is in service.
enum class logging {
  none,    ///< an actor that numbers changes and answers at once: neither log nor replica
  always,  ///< the log with wal_sync: always, and the replica behind it
};

/// The part of the scheduler that a change passes until it is acknowledged: HTTP server, edge,
/// coordinator, log writer and replica keeper, as main/scheduler_assembly puts them together. There
/// is no database and no SSP.
class ingest_server {
 public:
  ingest_server(const std::string& directory, logging log);
  ~ingest_server();
  ingest_server(const ingest_server&) = delete;
  ingest_server& operator=(const ingest_server&) = delete;

  std::uint16_t port() const { return server_->port(); }

 private:
  actors::wal_writer_actor spawn_log(const std::string& directory, logging log);

  caf::actor_system_config config_;
  net::io_runtime io_;
  std::unique_ptr<caf::actor_system> system_;
  std::shared_ptr<storage::replica> replica_;
  std::vector<caf::actor> parts_;  ///< in the order they end
  std::unique_ptr<net::http_server> server_;
};

}  // namespace spooky::bench
