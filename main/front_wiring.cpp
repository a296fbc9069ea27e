#include "main/front_wiring.hpp"

#include "main/secrets.hpp"

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

}  // namespace spooky::process
