#pragma once

#include "config/access.hpp"
#include "config/load.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "net/surreal_client.hpp"

#include <memory>
#include <string>
#include <vector>

namespace spooky::process {

/// Prints problems and warnings to stderr. True if the settings can be run with.
bool report(const std::vector<config::problem>& problems,
            const std::vector<config::problem>& warnings, const std::string& file);

/// Level and format of the log, to stderr.
void set_up_log(const config::log_settings& log);

/// Lets the process open as many files as it is allowed to: each connection is one, and the usual
/// soft limit of 1024 lies below limits.connections. Warns when even the hard limit does.
void raise_file_limit(std::size_t connections);

/// Says in the log that everybody may do everything, where the settings allow it.
void warn_if_open(const config::common_settings& settings, const config::access_settings& access);

/// A client for the database of these settings, not started. Refuses a namespace or database that
/// is missing, unless `db.create` says otherwise.
result<std::shared_ptr<net::surreal_client>> make_database_client(
    net::io_runtime& io, const config::db_settings& db, const config::access_settings& access);

/// A client of other processes of ours.
std::shared_ptr<net::http_client> make_peer_client(net::io_runtime& io,
                                                   const config::tls_settings& tls);

/// What a server that listens there takes. Says in the log when its certificate was changed.
net::http_server_options server_options(const std::string& host, std::uint16_t port,
                                        const config::limit_settings& limits,
                                        const config::tls_settings& tls);

/// Fails, naming setting and file, where the files of these settings cannot be used.
result<void> check_tls(const config::tls_settings& tls);

/// "https" where the process listens with TLS, else "http".
const char* scheme_of(const config::tls_settings& tls);

/// The configured URL of this process, or one made of where it listens. With `https://` where it
/// says no scheme and the process listens with TLS.
std::string reachable_url(const std::string& configured, const std::string& host,
                          std::uint16_t port, const config::tls_settings& tls);

/// Milliseconds since 1970: above every such number of an earlier run, unless the clock was set
/// back.
std::uint64_t wall_clock_millis();

/// The configured id, or a fresh one such as "scheduler-3f2c9a1b00c4d5e6".
std::string id_or_fresh(const std::string& configured, const char* kind);

}  // namespace spooky::process
