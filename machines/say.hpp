#pragma once

#include <cstdint>
#include <string>

namespace spooky::machines {

/// An effect of any machine: a line for the operator's log.
struct say {
  enum class severity : std::uint8_t { info, warning, error };
  severity how = severity::info;
  std::string text;

  friend bool operator==(const say&, const say&) = default;
};

}  // namespace spooky::machines
