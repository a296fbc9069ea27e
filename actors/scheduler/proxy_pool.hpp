#pragma once

#include "actors/interfaces.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace spooky::actors {

struct proxy_pool_config {
  std::size_t workers = 2;     ///< queries that run at a time; at least one
  std::size_t waiting = 1000;  ///< queries that wait for a worker; more are refused
};

/// One query of `/proxy/query` and the snapshot it is to see.
struct proxy_job {
  frozen_snapshot snapshot;
  exchange request;
};

struct proxy_pool_state {
  proxy_pool_state() = default;
  static inline const char* name = "proxy_pool";

  struct worker {
    proxy_worker_actor actor;
    std::shared_ptr<net::responder> respond;  ///< of the query it runs; null: it is free
  };

  std::function<proxy_worker_actor()> make;
  proxy_pool_config config;
  std::vector<worker> workers;
  std::deque<proxy_job> waiting;
  bool stopping = false;
  std::string database;  ///< SurrealDB's version, once it was told
};
using proxy_pool_ptr = proxy_pool_actor::stateful_pointer<proxy_pool_state>;

/// Owns the proxy workers that `make` gives, and hands each query to one that is free. A worker
/// that ends while it runs a query is replaced at once, and that query answered with `internal`;
/// one that ends for no query is a defect, and ends the pool.
proxy_pool_actor::behavior_type proxy_pool(proxy_pool_ptr self,
                                           std::function<proxy_worker_actor()> make,
                                           proxy_pool_config config);

}  // namespace spooky::actors
