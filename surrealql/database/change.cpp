#include "surrealql/database/change.hpp"

namespace spooky {

std::string_view to_string(change_op op) noexcept {
  switch (op) {
    case change_op::create:
      return "CREATE";
    case change_op::update:
      return "UPDATE";
    case change_op::erase:
      return "DELETE";
  }
  return "UNKNOWN";
}

}  // namespace spooky
