#include "views/engine/engine.hpp"

#include "views/engine/propagation.hpp"
#include "views/maintain/diff.hpp"
#include "views/maintain/group_view.hpp"
#include "views/maintain/halted_view.hpp"
#include "views/maintain/recompute_view.hpp"
#include "views/maintain/row_view.hpp"
#include "views/plan/plan.hpp"
#include "views/plan/plan_cache.hpp"
#include "views/results/identical.hpp"
#include "views/structures/flat_index.hpp"
#include "views/tables/recording_source.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace spooky::views {

struct engine::impl {
  explicit impl(engine_options o) : options(std::move(o)), plans(options.text) {}

  engine_options options;
  view_budgets budgets{options};
  propagation flow;
  plan_cache plans;
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  /// A registered id: its view, and its place among that view's ids.
  struct registration {
    std::uint32_t view = 0;
    std::uint32_t place = 0;
    std::shared_ptr<const surrealql::caller> who;  ///< null: a system user
  };
  std::unordered_map<std::string, registration, text_hash, std::equal_to<>> by_id;
  flat_index by_query;  ///< plan, parameters and what is seen -> view number
  std::shared_ptr<const surrealql::select_rules> rules;
  std::unordered_map<std::uint32_t, sequence_number> loaded_at;  ///< table number -> seq
  sequence_number applied = 0;
  bool stepped = false;
  bool loaded = false;
  recording_source ad_hoc = recording_source::unrecorded(flow.tables());

  static std::size_t query_hash(const plan_ptr& p, const object& params,
                                const visibility_ptr& seen) {
    std::size_t h = std::hash<const void*>{}(p.get());
    for (const auto& [name, v] : params) h = h * 1099511628211ULL ^ v.hash();
    if (seen)
      for (const auto& [name, v] : seen->decisive()) h = (h + 1) * 1099511628211ULL ^ v.hash();
    return h;
  }
  static std::size_t query_hash(const maintained_view& v) {
    return query_hash(v.plan_of(), v.params(), v.seen());
  }
  std::uint32_t find_query(const plan_ptr& p, const object& params,
                           const visibility_ptr& seen) const {
    return by_query.find(query_hash(p, params, seen), [&](std::uint32_t number) {
      return keeps(flow.at(number), p, params, seen);
    });
  }
  /// Whether the view is of that query, as who sees that much sees it.
  static bool keeps(const maintained_view& v, const plan_ptr& p, const object& params,
                    const visibility_ptr& seen) {
    if (v.plan_of() != p || !identical(v.params(), params)) return false;
    if (!seen || !v.seen()) return seen == v.seen();
    return identical(v.seen()->decisive(), seen->decisive());
  }
  static bool identical(const object& a, const object& b);

  view_snapshot snapshot_of(const maintained_view& v, std::string_view id) const {
    view_snapshot out;
    out.view_id = id;
    out.seq = applied;
    out.mode = v.mode();
    out.mode_reason = v.mode_reason();
    v.snapshot(out);
    return out;
  }

  std::unique_ptr<maintained_view> make_view(const plan_ptr& p, object params, std::uint32_t number,
                                             visibility_ptr seen);
  result<std::uint32_t> open_view(const plan_ptr& p, object params, visibility_ptr seen);
  /// Opens it in whatever state: one that cannot be opened now fails until it can.
  std::uint32_t open_anyway(const plan_ptr& p, object params, visibility_ptr seen);
  result<visibility_ptr> visibility_of(const plan& p, const object& params,
                                       const surrealql::caller* who) const;
  void add_id(std::uint32_t number, std::string_view id,
              std::shared_ptr<const surrealql::caller> who);
  /// Takes a registered id off its view.
  void detach(std::string_view id);
  /// Drops a view that has no id left.
  void drop_unused(std::uint32_t number);
  /// Opens a view anew, for each of its ids with what its caller sees now.
  void reopen(std::uint32_t number, std::vector<view_delta>& out);
};

namespace {

/// The parameters of a query: the caller's own, and who he is in place of what he may have said.
object with_session(object params, const surrealql::caller& who) {
  for (const char* name : {"access", "auth", "session", "token"}) {
    const value* given = who.session.find(name);
    params.set(name, given != nullptr ? *given : value::none());
  }
  return params;
}

std::vector<record_id> main_order(const view_snapshot& snapshot) {
  std::vector<record_id> order;
  for (const member& m : snapshot.members)
    if (!m.parent) order.push_back(m.id);
  return order;
}

view_delta difference(const view_snapshot& before, const view_snapshot& after, bool ordered) {
  view_delta delta;
  delta.view_id = after.view_id;
  delta.seq = after.seq;
  if (after.failed) {
    // What it showed last may be what its callers must not see any more.
    if (before.failed != after.failed || !before.members.empty()) delta.failed = after.failed;
    diff_members(before.members, {}, delta);
    return delta;
  }
  delta.healed = before.failed.has_value();
  diff_members(before.members, after.members, delta);
  if (ordered && main_order(before) != main_order(after)) delta.order = main_order(after);
  if (!identical(before.result, after.result) && delta.added.empty() && delta.updated.empty() &&
      delta.removed.empty())
    delta.result = after.result;
  return delta;
}

}  // namespace

bool engine::impl::identical(const object& a, const object& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.type() == y.second.type() && x.second == y.second;
  });
}

std::unique_ptr<maintained_view> engine::impl::make_view(const plan_ptr& p, object params,
                                                         std::uint32_t number,
                                                         visibility_ptr seen) {
  std::string reason = p->recompute_reason;
  if (reason.empty()) reason = bind_from(*p, params).recompute_reason;
  if (!reason.empty())
    return std::make_unique<recompute_view>(flow.tables(), p, std::move(params), number,
                                            std::move(seen), std::move(reason));
  if (p->select->grouped())
    return std::make_unique<group_view>(flow.tables(), p, std::move(params), number,
                                        std::move(seen));
  return std::make_unique<row_view>(flow.tables(), p, std::move(params), number, std::move(seen));
}

result<std::uint32_t> engine::impl::open_view(const plan_ptr& p, object params,
                                              visibility_ptr seen) {
  if (flow.view_count() >= options.max_views)
    return fail(errc::limit_exceeded, "This engine keeps at most " +
                                          std::to_string(options.max_views) +
                                          " different views (limits.views); unregister some");
  if (const std::size_t bytes = flow.bytes(); bytes >= options.max_bytes)
    return fail(errc::limit_exceeded, "The tables and views here take " + std::to_string(bytes) +
                                          " bytes, and no more than " +
                                          std::to_string(options.max_bytes) +
                                          " are allowed (limits.memory_bytes); unregister some");
  const std::uint32_t number = flow.reserve_number();
  flow.adopt(make_view(p, std::move(params), number, std::move(seen)));
  if (auto opened = flow.open(number, budgets); !opened.ok()) {
    flow.drop(number);
    return std::move(opened).failure();
  }
  flow.tables().sweep();
  by_query.insert(query_hash(flow.at(number)), number);
  return number;
}

std::uint32_t engine::impl::open_anyway(const plan_ptr& p, object params, visibility_ptr seen) {
  auto opened = open_view(p, params, seen);
  if (opened.ok()) return *opened;
  const std::uint32_t number = flow.reserve_number();
  if (opened.failure().code == errc::limit_exceeded) {
    flow.adopt(std::make_unique<halted_view>(flow.tables(), p, std::move(params), number,
                                             std::move(seen), std::move(opened).failure()));
    return number;
  }
  flow.adopt(std::make_unique<recompute_view>(flow.tables(), p, std::move(params), number,
                                              std::move(seen), "it could not be opened at once"));
  (void)flow.open(number, budgets);  // it holds the failure and what may heal it
  flow.tables().sweep();
  by_query.insert(query_hash(flow.at(number)), number);
  return number;
}

result<visibility_ptr> engine::impl::visibility_of(const plan& p, const object& params,
                                                   const surrealql::caller* who) const {
  if (who == nullptr) return visibility_ptr{};
  if (rules == nullptr)
    return fail(errc::not_ready,
                "It is not known yet what the database's permissions show to whom; try again");
  std::vector<const surrealql::table_rule*> in_question;
  if (p.own_tables) {
    for (const std::string& name : views::tables_of(p, params))
      in_question.push_back(&rules->of(name));
    if (std::none_of(in_question.begin(), in_question.end(),
                     [](const surrealql::table_rule* rule) { return rule->restricts(); }))
      return visibility_ptr{};
  } else {
    for (const auto& [name, rule] : rules->tables()) in_question.push_back(&rule);
  }
  auto decisive = surrealql::relevant_session(in_question, who->session);
  return visibility_ptr{
      std::make_shared<const visibility>(rules, who->session, std::move(decisive))};
}

void engine::impl::add_id(std::uint32_t number, std::string_view id,
                          std::shared_ptr<const surrealql::caller> who) {
  maintained_view& v = flow.at(number);
  by_id.insert_or_assign(
      std::string(id),
      registration{number, static_cast<std::uint32_t>(v.ids.size()), std::move(who)});
  v.ids.emplace_back(id);
}

void engine::impl::reopen(std::uint32_t number, std::vector<view_delta>& out) {
  const maintained_view& old = flow.at(number);
  const plan_ptr p = old.plan_of();
  const object params = old.params();
  const std::vector<std::string> ids = old.ids;
  const view_snapshot before = snapshot_of(old, {});
  by_query.erase(query_hash(old), number);
  flow.drop(number);
  for (const std::string& id : ids) {
    const auto who = by_id.find(id)->second.who;
    // It fails only while no rules are known, and then nobody's view but a system user's is here.
    const visibility_ptr now = visibility_of(*p, params, who.get()).value();
    std::uint32_t home = find_query(p, params, now);
    if (home == flat_index::absent) home = open_anyway(p, params, now);
    add_id(home, id, who);
    auto delta = difference(before, snapshot_of(flow.at(home), id), !p->order.empty());
    if (says_something(delta)) out.push_back(std::move(delta));
  }
}

engine::engine(engine_options options) : impl_(std::make_unique<impl>(std::move(options))) {}
engine::~engine() = default;
engine::engine(engine&&) noexcept = default;
engine& engine::operator=(engine&&) noexcept = default;

// -- tables ---------------------------------------------------------------------------------------

result<std::vector<std::string>> engine::tables_of(std::string_view surql, const object& params,
                                                   const surrealql::parse_limits& text) {
  SPOOKY_ASSIGN(const plan_ptr p, make_plan(surql, params, text));
  return views::tables_of(*p, params);
}

result<void> engine::load(std::string_view name, std::span<const value> rows, sequence_number seq,
                          std::span<const std::uint64_t> versions) {
  if (!versions.empty() && versions.size() != rows.size())
    return fail(errc::invalid_argument,
                "load of table '" + std::string(name) + "': " + std::to_string(versions.size()) +
                    " versions for " + std::to_string(rows.size()) + " rows");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const value& id = rows[i]["id"];
    if (!id.is_record() || id.as_record().table != name)
      return fail(errc::invalid_argument, "load of table '" + std::string(name) + "': row " +
                                              std::to_string(i) +
                                              " has no record id of this table in its `id`");
  }
  store& tables = impl_->flow.tables();
  const bool known = tables.find_table(name) != nullptr;
  row_table& table = tables.make_table(name);
  if (known && (!tables.path_indexes(table).empty() || !tables.order_indexes(table).empty() ||
                !tables.views_of_all(table).empty()))
    return fail(errc::conflict, "Table '" + std::string(name) +
                                    "' is in use by views; rows reach it by changes only");
  table.load(rows, versions, seq.raw());
  if (!known) impl_->flow.table_added();
  if (!tables.readers().empty())
    for (const value& row : rows) impl_->flow.loaded(table, table.find(row["id"].as_record().key));
  sequence_number& at = impl_->loaded_at[table.number()];
  at = std::max(at, seq);
  if (!impl_->stepped) impl_->applied = impl_->loaded ? std::min(impl_->applied, seq) : seq;
  impl_->loaded = true;
  return {};
}

bool engine::has_table(std::string_view table) const {
  return impl_->flow.tables().find_table(table) != nullptr;
}

std::vector<table_stats> engine::tables() const {
  // Views of one plan differ in parameters only, and these rarely name tables: one speaks for all.
  std::unordered_map<const plan*, std::pair<const maintained_view*, std::size_t>> by_plan;
  for (const auto& v : impl_->flow.views())
    if (v) ++by_plan.try_emplace(&v->query(), v.get(), 0).first->second.second;
  std::unordered_map<std::string, std::size_t> users;
  for (const auto& [query, views] : by_plan)
    for (const std::string& name : views.first->tables()) users[name] += views.second;
  std::vector<table_stats> out;
  for (const row_table* table : impl_->flow.tables().tables_by_name())
    out.push_back({table->name(), table->size(), table->bytes(), users[table->name()]});
  return out;
}

std::vector<std::string> engine::unused_tables() const {
  std::vector<std::string> unused;
  for (const table_stats& each : tables())
    if (each.views == 0 && !impl_->flow.tables().in_use(each.table)) unused.push_back(each.table);
  return unused;
}

bool engine::unload(std::string_view table) {
  store& tables = impl_->flow.tables();
  const row_table* known = tables.find_table(table);
  if (known == nullptr) return false;
  for (const table_stats& each : this->tables())
    if (each.table == table && each.views != 0) return false;
  if (tables.in_use(table)) return false;
  impl_->loaded_at.erase(known->number());
  tables.forget(table);
  // Whoever asked which tables there are has to ask again.
  impl_->flow.table_added();
  return true;
}

std::size_t engine::table_count() const { return impl_->flow.tables().table_count(); }

void engine::reset() { impl_ = std::make_unique<impl>(impl_->options); }

std::vector<std::string> engine::missing_tables() const {
  std::set<std::string> names;
  for (const auto& v : impl_->flow.views())
    if (v && v->failure() && v->failure()->cause == error_cause::missing_table)
      names.insert(v->failure()->table);
  return {names.begin(), names.end()};
}

// -- views ----------------------------------------------------------------------------------------

void engine::impl::detach(std::string_view id) {
  const auto found = by_id.find(id);
  const std::uint32_t number = found->second.view;
  const std::uint32_t place = found->second.place;
  by_id.erase(found);
  maintained_view& v = flow.at(number);
  if (place + 1 != v.ids.size()) {
    v.ids[place] = std::move(v.ids.back());
    by_id.find(v.ids[place])->second.place = place;
  }
  v.ids.pop_back();
}

void engine::impl::drop_unused(std::uint32_t number) {
  const maintained_view& v = flow.at(number);
  if (!v.ids.empty()) return;
  if (!v.halted()) by_query.erase(query_hash(v), number);
  flow.drop(number);
}

result<view_snapshot> engine::register_view(std::string_view view_id, std::string_view surql,
                                            const object& params, const surrealql::caller& who) {
  if (view_id.empty()) return fail(errc::invalid_argument, "A view needs an id that is not empty");
  const object given = with_session(params, who);
  SPOOKY_ASSIGN(const plan_ptr p, impl_->plans.get(surql, given));
  object used = used_parameters(*p, given);
  const auto caller = who.system ? nullptr : std::make_shared<const surrealql::caller>(who);
  SPOOKY_ASSIGN(visibility_ptr seen, impl_->visibility_of(*p, used, caller.get()));
  std::optional<std::uint32_t> halted;
  if (const auto by_id = impl_->by_id.find(view_id); by_id != impl_->by_id.end()) {
    const maintained_view& v = impl_->flow.at(by_id->second.view);
    if (!impl::keeps(v, p, used, seen))
      return fail(errc::already_exists, "View '" + std::string(view_id) +
                                            "' is registered with another query or other "
                                            "parameters; unregister it first");
    if (!v.halted()) return impl_->snapshot_of(v, view_id);
    halted = by_id->second.view;
  }
  std::uint32_t number = impl_->find_query(p, used, seen);
  if (number == flat_index::absent) {
    SPOOKY_ASSIGN(number, impl_->open_view(p, std::move(used), std::move(seen)));
  }
  if (halted) impl_->detach(view_id);
  impl_->add_id(number, view_id, caller);
  if (halted) impl_->drop_unused(*halted);
  return impl_->snapshot_of(impl_->flow.at(number), view_id);
}

std::vector<view_delta> engine::set_rules(std::shared_ptr<const surrealql::select_rules> rules) {
  // Without rules nothing is shown, rather than everything.
  impl_->rules = rules ? std::move(rules) : std::make_shared<const surrealql::select_rules>();
  std::vector<std::uint32_t> concerned;
  for (const auto& v : impl_->flow.views())
    if (v && !v->halted() && std::any_of(v->ids.begin(), v->ids.end(), [&](const std::string& id) {
          return impl_->by_id.find(id)->second.who != nullptr;
        }))
      concerned.push_back(v->number());
  std::vector<view_delta> out;
  for (const std::uint32_t number : concerned) impl_->reopen(number, out);
  return out;
}

bool engine::unregister_view(std::string_view view_id) {
  const auto found = impl_->by_id.find(view_id);
  if (found == impl_->by_id.end()) return false;
  const std::uint32_t number = found->second.view;
  impl_->detach(view_id);
  impl_->drop_unused(number);
  return true;
}

result<view_snapshot> engine::snapshot(std::string_view view_id) const {
  const auto found = impl_->by_id.find(view_id);
  if (found == impl_->by_id.end())
    return fail(errc::not_found, "No view '" + std::string(view_id) + "' is registered");
  return impl_->snapshot_of(impl_->flow.at(found->second.view), view_id);
}

std::vector<std::string> engine::view_ids() const {
  std::vector<std::string> out;
  out.reserve(impl_->by_id.size());
  for (const auto& [id, where] : impl_->by_id) out.push_back(id);
  std::sort(out.begin(), out.end());
  return out;
}

// -- changes --------------------------------------------------------------------------------------

std::vector<view_delta> engine::step(std::span<const change> batch) {
  const sequence_number before = impl_->applied;
  impl_->stepped = true;
  row_table* table = nullptr;
  sequence_number loaded_at = 0;
  for (const change& c : batch) {
    if (c.seq != 0 && c.seq <= before) continue;
    impl_->applied = std::max(impl_->applied, c.seq);
    if (table == nullptr || table->name() != c.id.table) {
      table = impl_->flow.tables().find_table(c.id.table);
      if (table == nullptr) continue;
      const auto at = impl_->loaded_at.find(table->number());
      loaded_at = at == impl_->loaded_at.end() ? 0 : at->second;
    }
    if (c.seq != 0 && c.seq <= loaded_at) continue;
    impl_->flow.put(c, *table);
  }
  std::vector<std::uint32_t> outdated;
  auto deltas = impl_->flow.propagate(impl_->applied, impl_->budgets, outdated);
  // A new registration of the same query tries again, instead of finding what is left of this one.
  for (const std::uint32_t number : impl_->flow.take_halted())
    impl_->by_query.erase(impl::query_hash(impl_->flow.at(number)), number);
  for (const std::uint32_t number : outdated) impl_->reopen(number, deltas);
  return deltas;
}

sequence_number engine::applied() const { return impl_->applied; }

// -- looking inside -------------------------------------------------------------------------------

result<value> engine::explain(std::string_view view_id) const {
  const auto found = impl_->by_id.find(view_id);
  if (found == impl_->by_id.end())
    return fail(errc::not_found, "No view '" + std::string(view_id) + "' is registered");
  const maintained_view& v = impl_->flow.at(found->second.view);
  object out = v.describe();
  out.set("id", value(view_id));
  out.set("query", value(v.query().text));
  out.set("params", value(v.params()));
  out.set("mode", v.mode() == maintenance::incremental ? "incremental" : "recompute");
  if (v.mode() == maintenance::recompute) out.set("reason", value(v.mode_reason()));
  out.set("bytes", static_cast<std::int64_t>(v.bytes()));
  out.set("cost", value(object{{"evaluations", static_cast<std::int64_t>(v.updates)},
                               {"steps", static_cast<std::int64_t>(v.spent_steps)},
                               {"last_steps", static_cast<std::int64_t>(v.last_steps)}}));
  out.set("shared_by", static_cast<std::int64_t>(v.ids.size()));
  array tables;
  for (std::string& name : v.tables()) tables.emplace_back(std::move(name));
  out.set("tables", value(std::move(tables)));
  if (v.failure()) out.set("failed", value(v.failure()->message));
  return value(std::move(out));
}

value engine::dependencies() const {
  constexpr std::size_t listed_views = 100;
  const store& tables = impl_->flow.tables();
  std::unordered_map<std::string, array> views_of;
  std::unordered_map<std::string, std::int64_t> view_counts;
  for (const auto& v : impl_->flow.views()) {
    if (!v) continue;
    for (const std::string& name : v->tables()) {
      view_counts[name] += static_cast<std::int64_t>(v->ids.size());
      for (const std::string& id : v->ids)
        if (views_of[name].size() < listed_views) views_of[name].emplace_back(id);
    }
  }
  object by_table;
  for (const row_table* table : tables.tables_by_name()) {
    array indexes;
    for (const path_index* index : tables.path_indexes(*table)) {
      object o;
      o.set("path", value(to_string(index->path())));
      o.set("values", static_cast<std::int64_t>(index->buckets()));
      o.set("subscriptions", static_cast<std::int64_t>(index->subscriptions()));
      o.set("users", static_cast<std::int64_t>(index->users));
      o.set("bytes", static_cast<std::int64_t>(index->bytes()));
      indexes.emplace_back(std::move(o));
    }
    for (const order_index* index : tables.order_indexes(*table)) {
      object o;
      o.set("order", value(index->order().empty() ? "id" : index->order().text()));
      o.set("rows", static_cast<std::int64_t>(index->size()));
      o.set("subscriptions", static_cast<std::int64_t>(index->subscriptions()));
      o.set("users", static_cast<std::int64_t>(index->users));
      o.set("bytes", static_cast<std::int64_t>(index->bytes()));
      indexes.emplace_back(std::move(o));
    }
    object entry;
    entry.set("rows", static_cast<std::int64_t>(table->size()));
    entry.set("view_count", view_counts[table->name()]);
    entry.set("views", value(std::move(views_of[table->name()])));
    entry.set("indexes", value(std::move(indexes)));
    by_table.set(table->name(), value(std::move(entry)));
  }
  object out;
  out.set("tables", value(std::move(by_table)));
  out.set("view_count", static_cast<std::int64_t>(impl_->by_id.size()));
  out.set("distinct_views", static_cast<std::int64_t>(impl_->flow.view_count()));
  out.set("cached_plans", static_cast<std::int64_t>(impl_->plans.size()));
  out.set("reads", static_cast<std::int64_t>(tables.readers().reads()));
  return value(std::move(out));
}

const surrealql::table_source& engine::source() const { return impl_->ad_hoc; }

}  // namespace spooky::views
