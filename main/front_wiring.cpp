#include "main/front_wiring.hpp"

#include "main/secrets.hpp"

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

actors::stream_terms stream_terms_of(const config::ssp_settings& settings,
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

}  // namespace spooky::process
