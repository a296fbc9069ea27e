#pragma once

#include "actors/front/front.hpp"
#include "actors/front/stream_relay.hpp"
#include "config/access.hpp"
#include "net/io_runtime.hpp"

#include <memory>
#include <string>
#include <vector>

namespace spooky::process {

/// What a front is told of the settings.
actors::front_config front_settings(const config::common_settings& settings,
                                    const config::access_settings& access, const std::string& id,
                                    std::shared_ptr<const actors::known_types> types);

/// What streams are given; `secrets` are the nodes', from which the keys of tokens follow.
actors::stream_terms stream_terms_of(const config::common_settings& settings,
                                     const std::vector<std::string>& secrets);

/// How a scheduler reaches the streams of its SSPs.
actors::stream_opener stream_opener_of(net::io_runtime& io, const config::tls_settings& tls,
                                       const std::string& secret);

}  // namespace spooky::process
