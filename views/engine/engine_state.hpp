#pragma once

#include "surrealql/database/select_rules.hpp"
#include "views/engine/engine.hpp"
#include "views/engine/propagation.hpp"
#include "views/engine/view_budgets.hpp"
#include "views/maintain/maintained_view.hpp"
#include "views/plan/plan.hpp"
#include "views/plan/plan_cache.hpp"
#include "views/structures/flat_index.hpp"
#include "views/tables/recording_source.hpp"
#include "views/tables/visibility.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace spooky::views {

/// The parameters of a query: the caller's own, and who he is in place of what he may have said.
object with_session(object params, const surrealql::caller& who);

/// What an engine keeps. What it does is in engine.cpp (steps, reading), engine_tables.cpp,
/// engine_views.cpp (registrations), engine_definitions.cpp and engine_inspection.cpp.
struct engine::impl {
  explicit impl(engine_options o)
      : options(std::move(o)), flow(options.text.rules), plans(options.text) {}

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
    /// What it was registered with, where the view has params of the database besides; null: as the
    /// view.
    std::shared_ptr<const object> given;
  };
  std::unordered_map<std::string, registration, text_hash, std::equal_to<>> by_id;
  flat_index by_query;  ///< plan, parameters and what is seen -> view number
  std::shared_ptr<const surrealql::select_rules> rules;
  std::shared_ptr<const surrealql::catalog> definitions;
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
  /// Whether the view is of that query, whoever asked it.
  static bool asks_the_same(const maintained_view& v, const plan_ptr& p, const object& params);
  static bool identical(const object& a, const object& b);

  view_snapshot snapshot_of(const maintained_view& v, std::string_view id) const {
    view_snapshot out;
    out.view_id = id;
    out.seq = applied;
    out.mode = v.mode();
    out.mode_reason = v.mode_reason();
    out.tells_result = v.tells_result();
    v.snapshot(out);
    return out;
  }

  std::unique_ptr<maintained_view> make_view(const plan_ptr& p, object params, std::uint32_t number,
                                             visibility_ptr seen);
  result<std::uint32_t> open_view(const plan_ptr& p, object params, visibility_ptr seen);
  /// Opens it in whatever state: one that cannot be opened now fails until it can.
  std::uint32_t open_anyway(const plan_ptr& p, object params, visibility_ptr seen);
  /// What is kept of a view that passes a limit.
  std::uint32_t leave_halted(const plan_ptr& p, object params, visibility_ptr seen, error why);
  result<visibility_ptr> visibility_of(const plan& p, const object& params,
                                       const surrealql::caller* who) const;
  /// Of a registered id's caller, with the rules in force.
  visibility_ptr visibility_now(const plan& p, const object& params, std::string_view id) const;
  /// What a query is evaluated with: what it was given, and the database's params that are for
  /// everybody or that a system user asks for. Whether others see the rest is asked in the query.
  /// Where it calls functions, whose bodies may ask who the caller is, that as well.
  object bound_params(const plan& p, const object& given, const surrealql::caller* who) const;
  void add_id(std::uint32_t number, std::string_view id,
              std::shared_ptr<const surrealql::caller> who, std::shared_ptr<const object> given);
  /// Whether it names params of the database that are not for everybody.
  bool asks_for_params(const plan& p, const object& params) const;
  /// Whether any table's computed fields are in question.
  bool computes(const plan& p, const object& params, const surrealql::catalog* of) const;
  /// Takes a registered id off its view.
  void detach(std::string_view id);
  /// Drops a view that has no id left.
  void drop_unused(std::uint32_t number);
  /// Leaves a halted view to each of its ids, as one of what its caller sees now.
  void keep_halted(std::uint32_t number);
  /// The moment, with the next tick behind it.
  surrealql::moment moment_at(const datetime& now) const;
  /// Lets the views look that tables or time concern, and takes up what this leaves to do.
  /// `changes`: what a turn's budget is measured by.
  std::vector<view_delta> settle(std::size_t changes);
  /// Opens a view anew, for each of its ids with what its caller sees now.
  /// `before`: what clients were told of it last.
  void reopen(std::uint32_t number, const view_snapshot& before, std::vector<view_delta>& out);
};

}  // namespace spooky::views
