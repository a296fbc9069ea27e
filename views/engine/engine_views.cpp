#include "views/engine/engine_state.hpp"
#include "views/maintain/diff.hpp"
#include "views/maintain/group_view.hpp"
#include "views/maintain/halted_view.hpp"
#include "views/maintain/recompute_view.hpp"
#include "views/maintain/row_view.hpp"
#include "views/plan/expression_traits.hpp"
#include "views/results/identical.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace spooky::views {

namespace {

/// What computed fields may ask of a session, also in the functions they call, as a rule of which
/// relevant_session() finds it.
surrealql::table_rule conditions_of(const surrealql::catalog* definitions) {
  surrealql::table_rule out;
  if (definitions == nullptr) return out;
  const auto add = [&](const surrealql::expr_ptr& asked) {
    if (asked != nullptr) out.fields.push_back({{}, asked});
  };
  for (const auto& [name, table] : definitions->tables)
    for (const auto& field : table.computed) add(field.expression);
  for (const auto& [name, function] : definitions->functions) {
    add(function.body);
    add(function.allowed.condition);
  }
  for (const auto& [name, param] : definitions->params) add(param.shown.condition);
  return out;
}

std::vector<record_id> main_order(const view_snapshot& snapshot) {
  std::vector<record_id> order;
  for (const member& m : snapshot.members)
    if (!m.parent) order.push_back(m.id);
  return order;
}

/// What leads clients from one state of a view to that of one which `now` keeps.
view_delta difference(const view_snapshot& before, const view_snapshot& after,
                      const maintained_view& now) {
  view_delta delta;
  delta.view_id = after.view_id;
  delta.seq = after.seq;
  if (after.failed) {
    // What it showed last may be what its callers must not see any more.
    diff_members(before.members, {}, delta);
    if (now.tells_result()) delta.result = now.empty_result();
    if (before.failed != after.failed || says_something(delta)) delta.failed = after.failed;
    return delta;
  }
  delta.healed = before.failed.has_value();
  diff_members(before.members, after.members, delta);
  if (!now.query().order.empty() && main_order(before) != main_order(after))
    delta.order = main_order(after);
  if (now.tells_result() && (delta.healed || !identical(before.result, after.result)))
    delta.result = after.result;
  return delta;
}

}  // namespace

// -- opening ------------------------------------------------------------------------------------

bool engine::impl::identical(const object& a, const object& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.type() == y.second.type() && x.second == y.second;
  });
}

bool engine::impl::asks_the_same(const maintained_view& v, const plan_ptr& p,
                                 const object& params) {
  return v.plan_of() == p && identical(with_session(v.params(), {}), with_session(params, {}));
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
  if (const std::size_t bytes = flow.bytes() + budgets.elsewhere(); bytes >= options.max_bytes)
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
  if (opened.failure().code == errc::limit_exceeded)
    return leave_halted(p, std::move(params), std::move(seen), std::move(opened).failure());
  const std::uint32_t number = flow.reserve_number();
  flow.adopt(std::make_unique<recompute_view>(flow.tables(), p, std::move(params), number,
                                              std::move(seen), "it could not be opened at once"));
  (void)flow.open(number, budgets);  // it holds the failure and what may heal it
  flow.tables().sweep();
  by_query.insert(query_hash(flow.at(number)), number);
  return number;
}

std::uint32_t engine::impl::leave_halted(const plan_ptr& p, object params, visibility_ptr seen,
                                         error why) {
  const std::uint32_t number = flow.reserve_number();
  flow.adopt(std::make_unique<halted_view>(flow.tables(), p, std::move(params), number,
                                           std::move(seen), std::move(why)));
  return number;
}

result<visibility_ptr> engine::impl::visibility_of(const plan& p, const object& params,
                                                   const surrealql::caller* who) const {
  const bool computed = computes(p, params, flow.tables().definitions());
  if (who == nullptr)
    return computed ? std::make_shared<const visibility>(nullptr, definitions, object{}, object{},
                                                         p.rules)
                    : visibility_ptr{};
  if (rules == nullptr)
    return fail(errc::not_ready,
                "It is not known yet what the database's permissions show to whom; try again");
  std::vector<const surrealql::table_rule*> in_question;
  const auto judged_alone = [](const surrealql::table_rule* rule) {
    return (rule->condition == nullptr || !reads_in_functions(*rule->condition)) &&
           std::none_of(rule->fields.begin(), rule->fields.end(), [](const auto& field) {
             return field.condition != nullptr && reads_in_functions(*field.condition);
           });
  };
  // The text may name its table by a call, type::table('secret').
  const bound_from from = bind_from(p, params);
  const bool own_tables = p.own_tables && from.recompute_reason.empty();
  const bool alone = own_tables && !computed && !asks_for_params(p, params);
  if (alone) {
    for (const bound_source& source : from.sources) in_question.push_back(&rules->of(source.table));
    // GROUP ALL over no rows differs for users where nothing is hidden from them, too.
    if (!p.select->group_all &&
        std::none_of(in_question.begin(), in_question.end(),
                     [](const surrealql::table_rule* rule) { return rule->restricts(); }))
      return visibility_ptr{};
  }
  if (!alone || !std::all_of(in_question.begin(), in_question.end(), judged_alone)) {
    in_question.clear();
    for (const auto& [name, rule] : rules->tables()) in_question.push_back(&rule);
  }
  const surrealql::table_rule defined = conditions_of(computed ? definitions.get() : nullptr);
  in_question.push_back(&defined);
  auto decisive = surrealql::relevant_session(in_question, who->session);
  return visibility_ptr{std::make_shared<const visibility>(rules, definitions, who->session,
                                                           std::move(decisive), p.rules)};
}

bool engine::impl::computes(const plan& p, const object& params,
                            const surrealql::catalog* of) const {
  if (of == nullptr) return false;
  const bound_from from = bind_from(p, params);
  if (!p.own_tables || !from.recompute_reason.empty())
    return std::any_of(of->tables.begin(), of->tables.end(),
                       [](const auto& table) { return !table.second.computed.empty(); });
  return std::any_of(from.sources.begin(), from.sources.end(), [&](const bound_source& source) {
    const auto* table = of->table(source.table);
    return table != nullptr && !table->computed.empty();
  });
}

bool engine::impl::asks_for_params(const plan& p, const object& params) const {
  return definitions &&
         std::any_of(p.parameters.begin(), p.parameters.end(), [&](const std::string& name) {
           const auto* defined = definitions->param(name);
           return defined != nullptr && !defined->shown.everybody && params.find(name) == nullptr;
         });
}

object engine::impl::bound_params(const plan& p, const object& given,
                                  const surrealql::caller* who) const {
  object out = used_parameters(p, given);
  if (!definitions) return out;
  for (const std::string& name : p.parameters) {
    const auto* defined = definitions->param(name);
    if (defined == nullptr || given.find(name) != nullptr) continue;
    if (who == nullptr || defined->shown.everybody) out.set(name, defined->held);
  }
  const bool calls = p.text.find("fn::") != std::string::npos;
  if (who != nullptr && (calls || asks_for_params(p, out)))
    out = with_session(std::move(out), *who);
  return out;
}

void engine::impl::add_id(std::uint32_t number, std::string_view id,
                          std::shared_ptr<const surrealql::caller> who,
                          std::shared_ptr<const object> given) {
  maintained_view& v = flow.at(number);
  by_id.insert_or_assign(std::string(id),
                         registration{number, static_cast<std::uint32_t>(v.ids.size()),
                                      std::move(who), std::move(given)});
  v.ids.emplace_back(id);
}

visibility_ptr engine::impl::visibility_now(const plan& p, const object& params,
                                            std::string_view id) const {
  // It fails only while no rules are known, and then nobody's view but a system user's is here.
  return visibility_of(p, params, by_id.find(id)->second.who.get()).value();
}

void engine::impl::keep_halted(std::uint32_t number) {
  const maintained_view& old = flow.at(number);
  const plan_ptr p = old.plan_of();
  const object params = old.params();
  const error why = *old.failure();
  const std::vector<std::string> ids = old.ids;
  flow.drop(number);
  for (const std::string& id : ids) {
    auto [place_of, place, who, given] = by_id.find(id)->second;
    add_id(leave_halted(p, params, visibility_now(*p, params, id), why), id, std::move(who),
           std::move(given));
  }
}

void engine::impl::reopen(std::uint32_t number, const view_snapshot& before,
                          std::vector<view_delta>& out) {
  const maintained_view& old = flow.at(number);
  const plan_ptr p = old.plan_of();
  const object params = old.params();
  const std::vector<std::string> ids = old.ids;
  const std::uint32_t patience = old.patience();
  by_query.erase(query_hash(old), number);
  flow.drop(number);
  for (const std::string& id : ids) {
    auto [place_of, place, who, given] = by_id.find(id)->second;
    const object bound = bound_params(*p, given ? *given : params, who.get());
    const visibility_ptr now = visibility_now(*p, bound, id);
    std::uint32_t home = find_query(p, bound, now);
    if (home == flat_index::absent) home = open_anyway(p, bound, now);
    flow.at(home).set_patience(patience);
    add_id(home, id, std::move(who), std::move(given));
    auto delta = difference(before, snapshot_of(flow.at(home), id), flow.at(home));
    if (says_something(delta)) out.push_back(std::move(delta));
  }
}

// -- registering --------------------------------------------------------------------------------

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
  static const surrealql::catalog nothing_defined;
  SPOOKY_ASSIGN(
      const plan_ptr p,
      impl_->plans.get(surql, given, impl_->definitions ? *impl_->definitions : nothing_defined));
  const auto caller = who.system ? nullptr : std::make_shared<const surrealql::caller>(who);
  object used = impl_->bound_params(*p, given, caller.get());
  std::shared_ptr<const object> own;
  if (object alone = used_parameters(*p, given); alone.size() != used.size())
    own = std::make_shared<const object>(std::move(alone));
  SPOOKY_ASSIGN(visibility_ptr seen, impl_->visibility_of(*p, used, caller.get()));
  std::optional<std::uint32_t> left;
  if (const auto by_id = impl_->by_id.find(view_id); by_id != impl_->by_id.end()) {
    const maintained_view& v = impl_->flow.at(by_id->second.view);
    if (!impl::asks_the_same(v, p, used))
      return fail(errc::already_exists, "View '" + std::string(view_id) +
                                            "' is registered with another query or other "
                                            "parameters; unregister it first");
    if (!v.halted() && impl::keeps(v, p, used, seen)) return impl_->snapshot_of(v, view_id);
    left = by_id->second.view;
  }
  std::uint32_t number = impl_->find_query(p, used, seen);
  if (number == flat_index::absent) {
    SPOOKY_ASSIGN(number, impl_->open_view(p, std::move(used), std::move(seen)));
  }
  if (left) impl_->detach(view_id);
  impl_->add_id(number, view_id, caller, std::move(own));
  if (left) impl_->drop_unused(*left);
  return impl_->snapshot_of(impl_->flow.at(number), view_id);
}

std::vector<view_delta> engine::set_rules(std::shared_ptr<const surrealql::select_rules> rules) {
  return set_definitions(impl_->definitions, std::move(rules));
}

bool engine::unregister_view(std::string_view view_id) {
  const auto found = impl_->by_id.find(view_id);
  if (found == impl_->by_id.end()) return false;
  const std::uint32_t number = found->second.view;
  impl_->detach(view_id);
  impl_->drop_unused(number);
  return true;
}

std::vector<view_delta> engine::reopen(std::string_view view_id) {
  std::vector<view_delta> out;
  const auto found = impl_->by_id.find(view_id);
  if (found == impl_->by_id.end()) return out;
  const std::uint32_t number = found->second.view;
  if (impl_->flow.at(number).halted()) return out;
  impl_->reopen(number, impl_->snapshot_of(impl_->flow.at(number), {}), out);
  return out;
}

}  // namespace spooky::views
