#pragma once

#include <memory>

#include <spdlog/formatter.h>

/// What a line of the log looks like. Here, and nowhere else, messages are escaped: whoever gets a
/// name of his own into one can neither begin a line nor tell the terminal anything.
namespace spooky::process {

/// Time (UTC), level, message; control characters of the message as `\n` or `\u{1b}`.
std::unique_ptr<spdlog::formatter> text_formatter();

/// One JSON object per line: time (UTC), level, message.
std::unique_ptr<spdlog::formatter> json_formatter();

}  // namespace spooky::process
