#pragma once

#include "config/access.hpp"
#include "config/apply.hpp"
#include "config/problem.hpp"

#include <vector>

namespace spooky::config {

/// What no single key can tell: values that contradict each other or are missing. Each problem
/// stands at the place of a key that was set, so that it can be found.
void check_consistency(const scheduler_process& s, const place_map& places,
                       std::vector<problem>& problems);
void check_consistency(const ssp_process& s, const place_map& places,
                       std::vector<problem>& problems);

}  // namespace spooky::config
