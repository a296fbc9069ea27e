#include "actors/messages.hpp"

namespace spooky::actors {

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

std::string_view to_string(job_state state) noexcept {
  switch (state) {
    case job_state::pending:
      return "pending";
    case job_state::running:
      return "running";
    case job_state::completed:
      return "completed";
    case job_state::failed:
      return "failed";
  }
  return "unknown";
}

}  // namespace spooky::actors
