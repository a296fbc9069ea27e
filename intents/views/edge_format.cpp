#include "intents/views/edge_format.hpp"

#include "surrealql/values/text.hpp"

namespace spooky::intents {

value query_record(const edge_format& format, const std::string& view_id) {
  return value{record_id{format.query_table(), value{view_id}}};
}

std::string view_key(const record_id& id) {
  return id.key.is_string() ? std::string{id.key.as_string()} : surrealql::to_text(id.key);
}

std::vector<std::string> read_view_keys(const value& ids) {
  std::vector<std::string> keys;
  if (!ids.is_array()) return keys;
  for (const auto& id : ids.as_array())
    if (id.is_record()) keys.push_back(view_key(id.as_record()));
  return keys;
}

}  // namespace spooky::intents
