#pragma once

#include "actors/front/front.hpp"
#include "config/access.hpp"

#include <memory>
#include <string>

namespace spooky::process {

/// What a front is told of the settings.
actors::front_config front_settings(const config::common_settings& settings,
                                    const config::access_settings& access, const std::string& id,
                                    std::shared_ptr<const actors::known_types> types);

}  // namespace spooky::process
