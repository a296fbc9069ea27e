#include "main/process.hpp"

#include "actors/ports/database_port.hpp"
#include "intents/existence.hpp"
#include "main/log_lines.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <random>
#include <sys/resource.h>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace spooky::process {

bool report(const std::vector<config::problem>& problems,
            const std::vector<config::problem>& warnings, const std::string& file) {
  for (const auto& warning : warnings) std::cerr << "warning: " << to_string(warning) << '\n';
  for (const auto& problem : problems) std::cerr << "error: " << to_string(problem) << '\n';
  if (problems.empty()) return true;
  std::cerr << fmt::format("{} mistake(s) in the settings{}\n", problems.size(),
                           file.empty() ? "" : " of " + file);
  return false;
}

void set_up_log(const config::log_settings& log) {
  static constexpr spdlog::level::level_enum levels[] = {spdlog::level::trace, spdlog::level::debug,
                                                         spdlog::level::info,  spdlog::level::warn,
                                                         spdlog::level::err,   spdlog::level::off};
  spdlog::set_default_logger(spdlog::stderr_color_mt("spooky"));
  spdlog::set_level(levels[static_cast<std::size_t>(log.level)]);
  spdlog::flush_on(spdlog::level::info);
  spdlog::set_formatter(log.format == config::log_format::json ? json_formatter()
                                                               : text_formatter());
}

void raise_file_limit(std::size_t connections) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files) != 0) return;
  if (files.rlim_max < connections)
    spdlog::warn(
        "the system allows {} open files, fewer than limits.connections ({}): raise it, for"
        " example with LimitNOFILE= in the unit",
        files.rlim_max, connections);
}

void warn_if_open(const config::common_settings& settings, const config::access_settings& access) {
  if (access.allow_open && access.node_secret.empty() && settings.auth_secret.empty())
    spdlog::warn("no secret is set: whoever reaches this process may do everything (allow_open)");
}

namespace {

template <class Intent>
net::surreal_look look_for(const Intent& asked) {
  return {intents::render(asked).text,
          [asked](std::vector<net::statement_result> outcome) -> result<void> {
            SPOOKY_TRY(intents::read(asked, actors::to_answer(std::move(outcome))));
            return {};
          }};
}

}  // namespace

result<std::shared_ptr<net::surreal_client>> make_database_client(
    net::io_runtime& io, const config::db_settings& db, const config::access_settings& access) {
  net::surreal_options options;
  options.url = db.url;
  options.ns = db.ns;
  options.database = db.database;
  options.username = db.username;
  options.password = db.password;
  options.max_in_flight = db.max_in_flight;
  options.tls.ca_file = access.tls.ca;
  if (!access.create_database)
    options.before_use = {look_for(intents::find_namespace{db.ns}),
                          look_for(intents::find_database{db.ns, db.database})};
  SPOOKY_ASSIGN(auto client, net::surreal_client::create(io, std::move(options)));
  return std::shared_ptr<net::surreal_client>{std::move(client)};
}

std::shared_ptr<net::http_client> make_peer_client(net::io_runtime& io,
                                                   const config::tls_settings& tls) {
  net::http_client_options options;
  // A registration of a heavy view is answered late, and a client may have several under way
  // (limits.client_heavy_queries): others' go beside them.
  options.lanes_per_origin = 64;
  options.total_connections = 2'048;
  options.tls.ca_file = tls.ca;
  return std::make_shared<net::http_client>(io, options);
}

net::http_server_options server_options(const std::string& host, std::uint16_t port,
                                        const config::limit_settings& limits,
                                        const config::tls_settings& tls) {
  net::http_server_options server;
  server.address = host;
  server.port = port;
  server.limits.body_bytes = limits.body_bytes;
  server.limits.header_bytes = limits.header_bytes;
  server.limits.connections = limits.connections;
  server.limits.idle_timeout = limits.idle_timeout;
  server.limits.arrival_timeout = limits.request_timeout;
  server.limits.header_timeout = std::min(server.limits.header_timeout, limits.request_timeout);
  server.tls = {tls.cert, tls.key};
  server.on_tls_change = [](const result<void>& outcome) {
    if (outcome.ok())
      spdlog::info("new connections are shown the changed certificate");
    else
      spdlog::error("the changed certificate is not used, the former one stays: {}",
                    outcome.failure().message);
  };
  return server;
}

result<void> check_tls(const config::tls_settings& tls) {
  const auto of_setting = [](const char* key, const result<void>& outcome) -> result<void> {
    if (outcome.ok()) return {};
    return fail(errc::invalid_argument, std::string{key} + ": " + outcome.failure().message);
  };
  if (tls.listens())
    SPOOKY_TRY(of_setting("tls.cert, tls.key",
                          net::check_tls(net::tls_server_options{tls.cert, tls.key})));
  if (!tls.ca.empty())
    SPOOKY_TRY(of_setting("tls.ca", net::check_tls(net::tls_client_options{tls.ca, false})));
  return {};
}

const char* scheme_of(const config::tls_settings& tls) { return tls.listens() ? "https" : "http"; }

std::string reachable_url(const std::string& configured, const std::string& host,
                          std::uint16_t port, const config::tls_settings& tls) {
  if (configured.find("://") != std::string::npos) return configured;
  if (!configured.empty())
    return tls.listens() ? fmt::format("{}://{}", scheme_of(tls), configured) : configured;
  const bool any = host == "0.0.0.0" || host == "::";
  return fmt::format("{}://{}:{}", scheme_of(tls), any ? "127.0.0.1" : host, port);
}

std::uint64_t wall_clock_millis() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

std::string id_or_fresh(const std::string& configured, const char* kind) {
  if (!configured.empty()) return configured;
  std::random_device random;
  return fmt::format("{}-{:08x}{:08x}", kind, random(), random());
}

}  // namespace spooky::process
