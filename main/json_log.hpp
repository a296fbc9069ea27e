#pragma once

#include <memory>

#include <spdlog/formatter.h>

namespace spooky::process {

/// One JSON object per line: time (UTC), level, message. The message is escaped, whatever it holds.
std::unique_ptr<spdlog::formatter> json_formatter();

}  // namespace spooky::process
