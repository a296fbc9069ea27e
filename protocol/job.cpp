#include "protocol/job.hpp"

namespace spooky {

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

}  // namespace spooky
