#include "intents/views/edge_format.hpp"

#include "surrealql/values/text.hpp"

namespace spooky::intents {

value query_record(const edge_format& format, const query_key& query) {
  return value{record_id{format.query_table(), value{query.raw()}}};
}

value view_record(const edge_format& format, const view_id& view) {
  return value{record_id{format.view_table(), value{view.raw()}}};
}

view_id view_key(const record_id& id) {
  return view_id{id.key.is_string() ? std::string{id.key.as_string()} : surrealql::to_text(id.key)};
}

std::vector<view_id> read_view_keys(const value& ids) {
  std::vector<view_id> keys;
  if (!ids.is_array()) return keys;
  for (const auto& id : ids.as_array())
    if (id.is_record()) keys.push_back(view_key(id.as_record()));
  return keys;
}

}  // namespace spooky::intents
