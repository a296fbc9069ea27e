#pragma once

#include "actors/front/allowed_queries.hpp"
#include "config/access.hpp"
#include "machines/allowlist.hpp"
#include "net/io_runtime.hpp"
#include "surrealql/values/result.hpp"

#include <memory>
#include <string>

namespace spooky::process {

/// Fails naming the file, and the line that is wrong; with not_found if there is no such file.
result<machines::allowlist> read_allowlist(const std::string& path);
/// Written beside and renamed, so that whoever reads it meanwhile reads the former one.
result<void> write_allowlist(const std::string& path, const machines::allowlist& list);

/// What may be registered according to the settings; null where everything may. The file is looked
/// at every five seconds while `io` runs; one that cannot be read then leaves the former list. At
/// first it may be missing only where queries are not refused.
result<std::shared_ptr<actors::allowed_queries>> open_allowlist(
    net::io_runtime& io, const config::common_settings& settings,
    const config::allowlist_settings& allowlist);

}  // namespace spooky::process
