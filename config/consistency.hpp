#pragma once

#include "config/apply.hpp"
#include "config/problem.hpp"
#include "config/settings.hpp"

#include <vector>

namespace spooky::config {

/// What no single key can tell: values that contradict each other or are missing. Each problem
/// stands at the place of a key that was set, so that it can be found.
void check_consistency(const scheduler_settings& s, const place_map& places,
                       std::vector<problem>& problems);
void check_consistency(const ssp_settings& s, const place_map& places,
                       std::vector<problem>& problems);

}  // namespace spooky::config
