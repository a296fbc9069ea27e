#include "machines/pool/view_note.hpp"

#include "protocol/registration_codec.hpp"

#include <memory>
#include <utility>

namespace spooky::machines {

value to_note(const placement& view) {
  auto note = query_fields(*view.registration);
  note.set("query", value{view.registration->query.raw()});
  note.set("format", value{view.registration->format});
  note.set("edges", value{view.registration->edges});
  note.set("ssp", value{view.ssp_id.raw()});
  note.set("epoch", value{static_cast<std::int64_t>(view.epoch.raw())});
  note.set("activity", value{view.activity});
  note.set("cost", value{view.cost});
  note.set("doomed", value{view.state == placement_state::doomed});
  return value{std::move(note)};
}

result<placement> from_note(const view_id& id, const value& note) {
  auto asked = std::make_shared<view_registration>();
  asked->id = id;
  asked->query = note["query"].is_string() ? query_key{std::string{note["query"].as_string()}}
                                           : query_key{id.raw()};
  if (!take_query_fields(note, *asked) || !note["params"].is_object() || !note["ssp"].is_string())
    return fail(errc::corrupt, "the note of view " + id + " lacks surql, params or ssp");
  if (note["format"].is_string()) asked->format = note["format"].as_string();
  if (note["edges"].type() == value_type::boolean) asked->edges = note["edges"].as_bool();
  placement view;
  view.registration = std::move(asked);
  view.ssp_id = ssp_id{std::string{note["ssp"].as_string()}};
  if (note["epoch"].type() == value_type::integer)
    view.epoch = placement_epoch{static_cast<std::uint64_t>(note["epoch"].as_integer())};
  if (note["activity"].type() == value_type::integer) view.activity = note["activity"].as_integer();
  if (note["cost"].type() == value_type::floating) view.cost = note["cost"].as_floating();
  const bool doomed = note["doomed"].type() == value_type::boolean && note["doomed"].as_bool();
  view.state = doomed                ? placement_state::doomed
               : view.ssp_id.empty() ? placement_state::waiting
                                     : placement_state::placed;
  return view;
}

}  // namespace spooky::machines
