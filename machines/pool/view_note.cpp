#include "machines/pool/view_note.hpp"

#include "protocol/view.hpp"

#include <memory>
#include <utility>

namespace spooky::machines {

value to_note(const placement& view) {
  const auto& asked = *view.registration;
  object note;
  note.set("surql", value{asked.surql});
  note.set("params", value{asked.params});
  note.set("clientId", value{asked.client_id});
  note.set("format", value{asked.format});
  note.set("edges", value{asked.edges});
  if (asked.ttl) note.set("ttl", value{*asked.ttl});
  if (asked.last_active_at) note.set("lastActiveAt", value{*asked.last_active_at});
  note.set("ssp", value{view.ssp_id});
  note.set("epoch", value{static_cast<std::int64_t>(view.epoch)});
  note.set("activity", value{view.activity});
  note.set("cost", value{view.cost});
  note.set("doomed", value{view.state == placement_state::doomed});
  return value{std::move(note)};
}

result<placement> from_note(const std::string& id, const value& note) {
  if (!note["surql"].is_string() || !note["params"].is_object() || !note["ssp"].is_string())
    return fail(errc::corrupt, "the note of view " + id + " lacks surql, params or ssp");
  auto asked = std::make_shared<view_registration>();
  asked->id = id;
  asked->surql = note["surql"].as_string();
  asked->params = note["params"].as_object();
  if (note["clientId"].is_string()) asked->client_id = note["clientId"].as_string();
  if (note["format"].is_string()) asked->format = note["format"].as_string();
  if (note["edges"].type() == value_type::boolean) asked->edges = note["edges"].as_bool();
  if (note["ttl"].type() == value_type::duration) asked->ttl = note["ttl"].as_duration();
  if (note["lastActiveAt"].type() == value_type::datetime)
    asked->last_active_at = note["lastActiveAt"].as_datetime();
  placement view;
  view.registration = std::move(asked);
  view.ssp_id = note["ssp"].as_string();
  if (note["epoch"].type() == value_type::integer)
    view.epoch = static_cast<std::uint64_t>(note["epoch"].as_integer());
  if (note["activity"].type() == value_type::integer) view.activity = note["activity"].as_integer();
  if (note["cost"].type() == value_type::floating) view.cost = note["cost"].as_floating();
  const bool doomed = note["doomed"].type() == value_type::boolean && note["doomed"].as_bool();
  view.state = doomed                ? placement_state::doomed
               : view.ssp_id.empty() ? placement_state::waiting
                                     : placement_state::placed;
  return view;
}

}  // namespace spooky::machines
