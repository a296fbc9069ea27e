#include "machines/pool/link_status.hpp"

namespace spooky::machines {

std::string_view to_string(link_state state) noexcept {
  switch (state) {
    case link_state::bootstrapping:
      return "bootstrapping";
    case link_state::replaying:
      return "replaying";
    case link_state::ready:
      return "ready";
    case link_state::draining:
      return "draining";
    case link_state::overflowed:
      return "overflowed";
    case link_state::gone:
      return "gone";
  }
  return "unknown";
}

}  // namespace spooky::machines
