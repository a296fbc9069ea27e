#include "machines/feed/stream_message.hpp"

#include "protocol/fields.hpp"
#include "protocol/stream_codec.hpp"

#include <utility>
#include <vector>

namespace spooky::machines {

namespace {

using views::member;

/// `[id, version]`, and the row where rows are shown.
value main_item(const member& row, const stream_shape& shape) {
  array item{value{row.id}, fields::of_count(row.version)};
  if (shape.rows) item.push_back(row.row);
  return value{std::move(item)};
}

/// What names a related row beside its id: where it is shown, and in which row.
void name_related(array& item, const member& row) {
  item.emplace_back(row.path);
  item.emplace_back(*row.parent);
}

value related_item(const member& row) {
  array item{value{row.id}, fields::of_count(row.version)};
  name_related(item, row);
  return value{std::move(item)};
}

value removed_item(const member& row) {
  if (!row.parent) return value{row.id};
  array item{value{row.id}};
  name_related(item, row);
  return value{std::move(item)};
}

/// The members of one kind, each as `item` writes it.
template <class Item>
value listed(const std::vector<member>& members, bool related, Item item) {
  array list;
  for (const auto& each : members)
    if (each.parent.has_value() == related) list.push_back(item(each));
  return value{std::move(list)};
}

object headed(const char* type, const std::string& view, const stream_place& at) {
  return object{{"type", value{type}},
                {"view", value{view}},
                {"seq", fields::of_number(at.seq)},
                {"at", value{to_text(at)}}};
}

bool is_empty(const value& list) { return list.as_array().empty(); }

/// Rows inside rows: they are part of the rows where those are shown.
value related_changes(const views::view_delta& delta) {
  return value{object{{"added", listed(delta.added, true, related_item)},
                      {"updated", listed(delta.updated, true, related_item)},
                      {"removed", listed(delta.removed, true, removed_item)}}};
}

bool says_nothing(const value& changes) {
  return is_empty(changes["added"]) && is_empty(changes["updated"]) && is_empty(changes["removed"]);
}

}  // namespace

std::string encode_snapshot(const views::view_snapshot& shown, const stream_place& at,
                            const stream_shape& shape) {
  auto message = headed("snapshot", shown.view_id, at);
  const auto item = [&](const member& row) { return main_item(row, shape); };
  message.set("items", listed(shown.members, false, item));
  if (!shape.rows)
    if (auto related = listed(shown.members, true, related_item); !is_empty(related))
      message.set("related", std::move(related));
  // A view that fails has no result now, and tells it when it is well again.
  if (shown.tells_result && !(shown.failed && shown.result.is_none()))
    message.set("result", shown.result);
  if (shown.failed) message.set("error", value{shown.failed->message});
  return encode(value{std::move(message)}, at, shape.format);
}

std::optional<std::string> encode_delta(const views::view_delta& delta, const stream_place& at,
                                        const stream_shape& shape, bool tells_result) {
  const auto item = [&](const member& row) { return main_item(row, shape); };
  object changes{{"added", listed(delta.added, false, item)},
                 {"updated", listed(delta.updated, false, item)},
                 {"removed", listed(delta.removed, false, removed_item)}};
  const value main{changes};
  bool silent = says_nothing(main) && !delta.failed && !delta.healed;
  auto message = headed("delta", delta.view_id, at);
  for (const char* kind : {"added", "updated", "removed"})
    if (!is_empty(main[kind])) message.set(kind, main[kind]);
  if (!shape.rows)
    if (auto related = related_changes(delta); !says_nothing(related)) {
      silent = false;
      message.set("related", std::move(related));
    }
  if (delta.order) {
    silent = false;
    array order;
    for (const auto& id : *delta.order) order.emplace_back(id);
    message.set("order", value{std::move(order)});
  }
  // A view whose rows are records may say so of what its reader must not see any more: they are
  // `removed`.
  if (delta.result && tells_result) {
    silent = false;
    message.set("result", *delta.result);
  }
  if (delta.failed) message.set("error", value{delta.failed->message});
  if (silent) return std::nullopt;
  return encode(value{std::move(message)}, at, shape.format);
}

}  // namespace spooky::machines
