#pragma once

#include "machines/say.hpp"

#include <spdlog/spdlog.h>

namespace spooky::actors {

/// Writes what a machine says to the log.
inline void log_line(const machines::say& line) {
  switch (line.how) {
    case machines::say::severity::info:
      return spdlog::info(line.text);
    case machines::say::severity::warning:
      return spdlog::warn(line.text);
    case machines::say::severity::error:
      return spdlog::error(line.text);
  }
}

}  // namespace spooky::actors
