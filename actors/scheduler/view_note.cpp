#include "actors/scheduler/view_registry.hpp"

#include <memory>
#include <utility>

namespace spooky::actors {

value to_note(const view_registration& view, const std::string& ssp_id) {
  object note;
  note.set("surql", value{view.surql});
  note.set("params", value{view.params});
  note.set("clientId", value{view.client_id});
  note.set("format", value{view.format});
  note.set("edges", value{view.edges});
  if (view.ttl) note.set("ttl", value{*view.ttl});
  if (view.last_active_at) note.set("lastActiveAt", value{*view.last_active_at});
  note.set("ssp", value{ssp_id});
  return value{std::move(note)};
}

result<registered_view> from_note(const std::string& id, const value& note) {
  if (!note["surql"].is_string() || !note["params"].is_object() || !note["ssp"].is_string())
    return fail(errc::corrupt, "the note of view " + id + " lacks surql, params or ssp");
  auto view = std::make_shared<view_registration>();
  view->id = id;
  view->surql = note["surql"].as_string();
  view->params = note["params"].as_object();
  if (note["clientId"].is_string()) view->client_id = note["clientId"].as_string();
  if (note["format"].is_string()) view->format = note["format"].as_string();
  if (note["edges"].type() == value_type::boolean) view->edges = note["edges"].as_bool();
  if (note["ttl"].type() == value_type::duration) view->ttl = note["ttl"].as_duration();
  if (note["lastActiveAt"].type() == value_type::datetime)
    view->last_active_at = note["lastActiveAt"].as_datetime();
  return registered_view{std::move(view), std::string{note["ssp"].as_string()}, false, false};
}

}  // namespace spooky::actors
