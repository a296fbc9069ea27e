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
  nothing,  ///< an actor that numbers changes and answers at once: neither log nor replica behind
            ///< it
  none,     ///< the same, but the changes go on to the coordinator and the replica: all but the log
  always,   ///< the log with wal_sync: always
};

/// The scheduler without database and SSPs: HTTP server, edge, coordinator, log writer, replica
/// keeper and one proxy worker, as main/scheduler_assembly puts them together.
class scheduler_core {
 public:
  /// The log and the replica lie in `directory`.
  scheduler_core(const std::string& directory, logging log);
  ~scheduler_core();
  scheduler_core(const scheduler_core&) = delete;
  scheduler_core& operator=(const scheduler_core&) = delete;

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
