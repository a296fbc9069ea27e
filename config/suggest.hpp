#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::config {

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal
/// string alignment). O(|a| |b|).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known name that was probably meant, or "" if none is near: within a third of its length, or
/// the same but for leading or trailing parts (`url` for `db.url`).
std::string nearest(std::string_view written, const std::vector<std::string>& known);

}  // namespace spooky::config
