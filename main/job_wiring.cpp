#include "main/job_wiring.hpp"

#include "actors/ports/job_http_ports.hpp"
#include "net/http_client.hpp"

#include <memory>
#include <utility>

namespace spooky::process {

namespace {

/// Shorter than the five seconds after which common servers close unused connections, which a
/// request might just run into.
constexpr std::chrono::milliseconds backend_idle_timeout{4'000};

result<actors::job_backend> open_backend(caf::actor_system& system, net::io_runtime& io,
                                         const config::backend_settings& settings,
                                         const config::tls_settings& tls) {
  SPOOKY_ASSIGN(auto url, net::parse_url(settings.base_url));
  net::http_client_options options;
  options.lanes_per_origin = settings.concurrency;
  options.queued_per_origin = settings.concurrency;
  options.total_connections = settings.concurrency;
  options.idle_timeout = backend_idle_timeout;
  options.tls.ca_file = tls.ca;
  options.tls.system_too = true;
  const bool with_token = settings.auth == config::backend_settings::auth_type::token;
  return actors::spawn_http_backend(
      system, {std::make_shared<net::http_client>(io, options), std::move(url),
               with_token ? settings.token : std::string{}});
}

}  // namespace

result<std::map<std::string, actors::job_route>> make_job_routes(
    caf::actor_system& system, const actors::actor_owner& owner, net::io_runtime& io,
    const config::common_settings& settings, const config::tls_settings& tls) {
  std::map<std::string, actors::job_route> routes;
  // A table that no backend has is watched all the same: its jobs fail where one can see it.
  for (const auto& table : settings.outbox_tables()) routes[table] = {};
  for (const auto& [name, backend] : settings.backends) {
    auto& route = routes[backend.table];
    route.backend = name;
    SPOOKY_ASSIGN(auto service, open_backend(system, io, backend, tls));
    route.service = owner.keep(std::move(service));
    route.timeout = backend.timeout;
    route.concurrency = backend.concurrency;
  }
  return routes;
}

actors::job_runner_config job_runner_settings(const config::common_settings& settings,
                                              const std::string& ssp_id) {
  actors::job_runner_config runner;
  runner.format.prefix = settings.db.system_prefix;
  runner.format.ssp_id = spooky::ssp_id{ssp_id};
  runner.pending_jobs = settings.limits.pending_jobs;
  runner.request_timeout = settings.db.request_timeout;
  return runner;
}

actors::job_dispatcher_config job_dispatcher_settings(const config::common_settings& settings,
                                                      std::chrono::milliseconds absence) {
  actors::job_dispatcher_config dispatcher;
  dispatcher.format.prefix = settings.db.system_prefix;
  for (const auto& table : settings.outbox_tables()) dispatcher.tables[table] = {};
  for (const auto& [name, backend] : settings.backends)
    dispatcher.tables[backend.table] = {name, backend.concurrency};
  dispatcher.pending_jobs = settings.limits.pending_jobs;
  dispatcher.request_timeout = settings.db.request_timeout;
  dispatcher.orphan_grace = absence;
  return dispatcher;
}

}  // namespace spooky::process
