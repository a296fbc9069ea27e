#include "intents/capture/table_event.hpp"

#include "surrealql/values/text.hpp"

namespace spooky::intents {

std::string remove_event_advice(const std::string& system_prefix, const std::string& table) {
  return "REMOVE EVENT " + surrealql::escape_name(system_prefix + "capture") + " ON " +
         surrealql::escape_name(table);
}

}  // namespace spooky::intents
