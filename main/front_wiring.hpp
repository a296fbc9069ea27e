#pragma once

#include "actors/front/front.hpp"
#include "config/access.hpp"

#include <memory>
#include <string>
#include <vector>

namespace spooky::process {

/// What a front is told of the settings.
actors::front_config front_settings(const config::common_settings& settings,
                                    const config::access_settings& access, const std::string& id,
                                    std::shared_ptr<const actors::known_types> types);

/// What streams are given; `secrets` are the nodes', from which the keys of tokens follow.
actors::stream_terms stream_terms_of(const config::ssp_settings& settings,
                                     const std::vector<std::string>& secrets);

}  // namespace spooky::process
