#include "machines/ssp/edge_ledger.hpp"

#include "machines/time.hpp"
#include "protocol/view.hpp"
#include "surrealql/values/text.hpp"
#include "views/hashes/snapshot_root.hpp"

#include <algorithm>
#include <utility>

namespace spooky::machines {

namespace {

value identify(const view_id& view_id, std::string_view path, const record_id* parent,
               const record_id& out) {
  array key{value{view_id.raw()}, value{surrealql::to_text(out)}};
  if (parent != nullptr) {
    key.emplace_back(path);
    key.emplace_back(surrealql::to_text(*parent));
  }
  return value{std::move(key)};
}

/// "a.b" -> "a": the path of the row that encloses a related row.
std::string_view enclosing_path(std::string_view path) {
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

bool is_main_row(const views::member& member) { return !member.parent.has_value(); }

std::size_t main_rows(const std::vector<views::member>& members) {
  return static_cast<std::size_t>(std::count_if(members.begin(), members.end(), is_main_row));
}

}  // namespace

value edge_id(const view_id& view_id, const views::member& member) {
  return identify(view_id, member.path, member.parent ? &*member.parent : nullptr, member.id);
}

void enclosing_rows::add(const view_id& view_id, const views::member& member) {
  if (member.parent) edges_.insert_or_assign({member.path, member.id}, edge_id(view_id, member));
}

void enclosing_rows::remove(const views::member& member) {
  if (member.parent) edges_.erase({member.path, member.id});
}

value enclosing_rows::parent_of(const view_id& view_id, const views::member& member) const {
  if (!member.parent) return value::none();
  const auto path = enclosing_path(member.path);
  const auto related = edges_.find({std::string{path}, *member.parent});
  if (related != edges_.end()) return related->second;
  return identify(view_id, path, nullptr, *member.parent);
}

namespace {

edge_op to_op(const value& parent, const views::member& member, bool remove) {
  return {remove, member.id, member.version, parent, member.alias};
}

}  // namespace

void edge_ledger::show(view_entry& view, const views::member& member) {
  view.tree.upsert(views::leaf_id(member), member.version, views::content_hash(member.row));
}

void edge_ledger::count(view_entry& view, const value* result) {
  auto& row = view.row;
  if (result != nullptr) {
    const auto rows = views::rows_of(*result);
    view.without_records = rows > view.records;
    const bool shown =
        view.without_records && row.registration->edges && result->weight() <= largest_rows;
    row.rows = shown ? *result : value{};
    row.row_count = rows;
  }
  if (!view.without_records) row.row_count = view.records;
}

void edge_ledger::leave_queue(const view_id& id, view_entry& view) {
  if (!view.queued) return;
  if (*view.queued == timestamp{})
    ready_.erase(id);
  else
    later_.erase({*view.queued, id});
  view.queued.reset();
}

void edge_ledger::requeue(const view_id& id, view_entry& view) {
  leave_queue(id, view);
  if (!view.row_dirty || view.held || view.in_flight) return;
  view.queued = view.due;
  if (view.due == timestamp{})
    ready_.insert(id);
  else
    later_.insert({view.due, id});
}

void edge_ledger::put(view_entry& view, const value& id, edge_op op) {
  if (view.waiting.insert_or_assign(id, std::move(op)).second) ++pending_;
}

void edge_ledger::begin(const registration_ptr& view, const views::view_snapshot& snapshot) {
  forget(view->id);
  auto& state = views_[view->id];
  state.row.registration = view;
  state.records = main_rows(snapshot.members);
  count(state, &snapshot.result);
  state.row.seq = snapshot.seq;
  state.row.round = ++rounds_;
  if (snapshot.failed) state.row.failure = snapshot.failed->message;
  state.row_dirty = true;
  state.held = true;
  for (const auto& member : snapshot.members) show(state, member);
  if (!view->edges) return;
  for (const auto& member : snapshot.members) state.enclosing.add(view->id, member);
  for (const auto& member : snapshot.members)
    put(state, edge_id(view->id, member),
        to_op(state.enclosing.parent_of(view->id, member), member, false));
}

bool edge_ledger::compare(const view_id& view_id, const stored_view& stored, timestamp patience) {
  const auto it = views_.find(view_id);
  if (it == views_.end() || !it->second.held) return false;
  auto& state = it->second;
  state.held = false;
  state.row.epoch = stored.epoch;
  state.row.writes = stored.writes;
  const auto& client = state.row.registration->client_id;
  for (const auto& [id, edge] : stored.edges) {
    const auto wanted = state.waiting.find(id);
    if (wanted == state.waiting.end()) {
      put(state, id, edge_op{true, {}, edge.version, {}, {}});
    } else if (!wanted->second.remove && wanted->second.version == edge.version &&
               edge.client_id == client) {
      state.waiting.erase(wanted);
      --pending_;
    }
  }
  const bool waits = stored.seq > state.row.seq;
  if (waits) {
    state.catch_up = stored.seq;
    state.due = patience;
  }
  requeue(view_id, state);
  return waits;
}

namespace {

bool says_nothing(const views::view_delta& delta) {
  return delta.added.empty() && delta.updated.empty() && delta.removed.empty() && !delta.order &&
         !delta.result && !delta.failed && !delta.healed;
}

}  // namespace

void edge_ledger::merge(const view_id& view_id, const views::view_delta& delta) {
  const auto it = views_.find(view_id);
  if (it == views_.end()) return;
  auto& state = it->second;
  state.row.seq = std::max(state.row.seq, delta.seq);
  if (state.catch_up != 0 && state.row.seq >= state.catch_up) {
    state.catch_up = 0;
    state.due = {};
    requeue(view_id, state);
  }
  if (says_nothing(delta)) return;
  state.row.failure = delta.failed ? delta.failed->message : std::string{};
  for (const auto& member : delta.removed) state.tree.erase(views::leaf_id(member));
  for (const auto& member : delta.added) show(state, member);
  for (const auto& member : delta.updated) show(state, member);
  state.records += main_rows(delta.added);
  state.records -= std::min(state.records, main_rows(delta.removed));
  count(state, delta.result ? &*delta.result : nullptr);
  if (!std::exchange(state.row_dirty, true)) requeue(view_id, state);
  if (!state.row.registration->edges) return;
  for (const auto& member : delta.removed) {
    state.enclosing.remove(member);
    put(state, edge_id(view_id, member), to_op(value::none(), member, true));
  }
  for (const auto& member : delta.added) state.enclosing.add(view_id, member);
  for (const auto* members : {&delta.added, &delta.updated})
    for (const auto& member : *members)
      put(state, edge_id(view_id, member),
          to_op(state.enclosing.parent_of(view_id, member), member, false));
}

void edge_ledger::forget(const view_id& view_id) {
  const auto it = views_.find(view_id);
  if (it == views_.end()) return;
  pending_ -= it->second.waiting.size();
  leave_queue(view_id, it->second);
  views_.erase(it);
}

edge_ledger::batch edge_ledger::take(std::size_t limit, timestamp now) {
  batch taken;
  while (!later_.empty() && later_.begin()->first <= now) {
    const auto id = later_.begin()->second;
    auto& view = views_.at(id);
    view.due = {};
    requeue(id, view);
  }
  std::size_t room = limit;
  std::optional<view_id> passed_over;
  auto it = ready_.lower_bound(next_);
  for (auto left = ready_.size(); left > 0 && room > 0; --left) {
    if (it == ready_.end()) it = ready_.begin();
    const auto id = *it++;
    auto& view = views_.at(id);
    if (view.alone && !taken.rows.empty()) {
      if (!passed_over) passed_over = id;
      continue;
    }
    room -= take_from(id, view, room, taken);
    if (view.alone) break;
  }
  // The next batch begins with whom this one passed over, so that a busy neighbour starves nobody.
  if (passed_over)
    next_ = *passed_over;
  else
    next_ = it == ready_.end() ? view_id{} : *it;
  return taken;
}

std::size_t edge_ledger::take_from(const view_id& id, view_entry& view, std::size_t room,
                                   batch& taken) {
  std::vector<std::pair<value, edge_op>> ops;
  while (ops.size() < room && !view.waiting.empty()) {
    auto node = view.waiting.extract(view.waiting.begin());
    ops.emplace_back(std::move(node.key()), std::move(node.mapped()));
  }
  pending_ -= ops.size();
  view.row.ready = view.waiting.empty();
  view.row.merkle_root = views::to_hex(view.tree.root());
  ++view.row.writes;
  view.row_dirty = !view.row.ready;
  view.in_flight = true;
  leave_queue(id, view);
  // A view without edges to write still costs a statement.
  const auto cost = std::max<std::size_t>(ops.size(), 1);
  taken.edges.emplace_back(id, std::move(ops));
  taken.rows.push_back(view.row);
  return cost;
}

edge_ledger::view_entry* edge_ledger::origin(const query_row& row) {
  const auto it = views_.find(row.registration->id);
  return it != views_.end() && it->second.row.round == row.round ? &it->second : nullptr;
}

std::vector<view_id> edge_ledger::written(const batch& done) {
  std::vector<view_id> ready;
  for (const auto& row : done.rows) {
    auto* state = origin(row);
    if (state == nullptr) continue;
    state->in_flight = false;
    state->alone = false;
    requeue(row.registration->id, *state);
    if (row.ready) ready.push_back(row.registration->id);
  }
  return ready;
}

void edge_ledger::failed(const batch& lost, timestamp due) {
  for (std::size_t i = 0; i < lost.rows.size(); ++i) {
    auto* state = origin(lost.rows[i]);
    if (state == nullptr) continue;
    state->in_flight = false;
    state->row_dirty = true;
    state->due = due;
    for (const auto& [edge, op] : lost.edges[i].second)
      if (state->waiting.emplace(edge, op).second) ++pending_;
    requeue(lost.rows[i].registration->id, *state);
  }
}

void edge_ledger::isolate(const batch& lost) {
  for (const auto& [id, ops] : lost.edges)
    if (const auto it = views_.find(id); it != views_.end()) it->second.alone = true;
}

registration_ptr edge_ledger::registration(const view_id& view_id) const {
  const auto it = views_.find(view_id);
  return it == views_.end() ? nullptr : it->second.row.registration;
}

std::optional<placement_epoch> edge_ledger::epoch(const view_id& view_id) const {
  const auto it = views_.find(view_id);
  if (it == views_.end() || it->second.held) return std::nullopt;
  return it->second.row.epoch;
}

void edge_ledger::outrun(const view_id& view_id, write_count writes) {
  const auto it = views_.find(view_id);
  if (it != views_.end()) it->second.row.writes = std::max(it->second.row.writes, writes);
}

namespace {

tree_node to_node(const std::string& path, const views::merkle_tree::node_view& shown) {
  tree_node node{path, views::to_hex(shown.hash), shown.count, {}, {}};
  for (const auto& child : shown.children) node.children.push_back(views::to_hex(child.hash));
  for (const auto& leaf : shown.leaves)
    node.leaves.push_back({leaf.id, leaf.version, views::to_hex(leaf.hash)});
  return node;
}

}  // namespace

std::optional<tree_nodes> edge_ledger::nodes(const view_id& view_id,
                                             const std::vector<std::string>& paths) const {
  const auto it = views_.find(view_id);
  if (it == views_.end()) return std::nullopt;
  const auto& tree = it->second.tree;
  tree_nodes found{it->second.row.seq, views::to_hex(tree.root()), {}};
  for (const auto& path : paths)
    if (const auto node = tree.at(path)) found.nodes.push_back(to_node(path, *node));
  return found;
}

bool edge_ledger::settled(const view_id& view_id) const {
  const auto it = views_.find(view_id);
  return it != views_.end() && !it->second.row_dirty && !it->second.in_flight;
}

std::set<view_id> edge_ledger::settled_views() const {
  std::set<view_id> settled_ids;
  for (const auto& [id, state] : views_)
    if (settled(id)) settled_ids.insert(id);
  return settled_ids;
}

}  // namespace spooky::machines
