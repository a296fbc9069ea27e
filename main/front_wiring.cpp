#include "main/front_wiring.hpp"

#include "main/secrets.hpp"
#include "net/url.hpp"
#include "net/ws_client.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

namespace spooky::process {

actors::front_config front_settings(const config::common_settings& settings,
                                    const config::access_settings& access, const std::string& id,
                                    std::shared_ptr<const actors::known_types> types) {
  actors::front_config front;
  front.id = id;
  front.version = SPOOKY_VERSION;
  front.system_prefix = settings.db.system_prefix;
  front.secrets = secrets_of(settings, access);
  front.figures_are_open = !access.metrics_need_secret;
  front.types = std::move(types);
  front.is_posted = [capture = settings.capture](const std::string& table) {
    return capture.mode_of(table) == config::capture_mode::webhook;
  };
  front.limits.pending = settings.limits.pending_requests;
  front.limits.batch_changes = settings.limits.batch_changes;
  front.limits.request_timeout = settings.limits.request_timeout;
  return front;
}

actors::stream_terms stream_terms_of(const config::common_settings& settings,
                                     const std::vector<std::string>& secrets) {
  actors::stream_terms terms;
  // An eighth is left to everybody else.
  terms.connections = std::min(settings.streams.connections,
                               std::max<std::size_t>(settings.limits.connections * 7 / 8, 1));
  terms.views = settings.streams.views;
  terms.queue_bytes = settings.streams.queue_bytes;
  terms.compress = settings.streams.compress;
  terms.tokens = net::stream_tokens{secrets, settings.streams.token_lifetime};
  terms.wall_clock = [] {
    return std::chrono::duration_cast<net::unix_time>(
        std::chrono::system_clock::now().time_since_epoch());
  };
  return terms;
}

actors::stream_opener stream_opener_of(net::io_runtime& io, const config::tls_settings& tls,
                                       const std::string& secret) {
  return [&io, ca = tls.ca, secret](const std::string& address, stream_format format,
                                    net::ws_callbacks callbacks) {
    constexpr std::size_t largest_snapshot = std::size_t{1} << 30;
    constexpr std::chrono::seconds silence{60};
    net::ws_client_options options;
    options.target = net::parse_url(address).value_or({});
    options.target.target = "/live?format=";
    options.target.target += format == stream_format::cbor    ? "cbor"
                             : format == stream_format::event ? "event"
                                                              : "json";
    if (!secret.empty()) options.headers.set("Authorization", "Bearer " + secret);
    options.limits.max_message_bytes = largest_snapshot;
    options.limits.idle_timeout = silence;
    options.limits.one_by_one = true;
    options.tls.ca_file = ca;
    return net::ws_connect(io, std::move(options), std::move(callbacks));
  };
}

}  // namespace spooky::process
