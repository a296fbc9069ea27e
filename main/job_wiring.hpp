#pragma once

#include "actors/actor_owner.hpp"
#include "actors/interfaces.hpp"
#include "actors/jobs/job_dispatcher.hpp"
#include "actors/jobs/job_runner.hpp"
#include "config/access.hpp"
#include "net/io_runtime.hpp"

#include <chrono>
#include <map>
#include <string>

namespace spooky::process {

/// Where the jobs of each outbox table go, with a connection pool for each backend. Fails where a
/// backend's address cannot be read.
result<std::map<std::string, actors::job_route>> make_job_routes(
    caf::actor_system& system, const actors::actor_owner& owner, net::io_runtime& io,
    const config::common_settings& settings, const config::tls_settings& tls);

actors::job_runner_config job_runner_settings(const config::common_settings& settings,
                                              const std::string& ssp_id);

/// `absence`: how long an SSP may be missing before others take its jobs over.
actors::job_dispatcher_config job_dispatcher_settings(const config::common_settings& settings,
                                                      std::chrono::milliseconds absence);

}  // namespace spooky::process
