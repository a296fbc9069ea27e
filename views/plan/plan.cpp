#include "views/plan/plan.hpp"

#include "surrealql/analyse/analyse.hpp"
#include "surrealql/analyse/needed_fields.hpp"
#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/syntax/print.hpp"
#include "surrealql/syntax/walk.hpp"
#include "views/plan/expression_traits.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace spooky::views {
namespace {

using namespace surrealql;

constexpr std::size_t max_sources = 16;

bool is_one(const expr_ptr& limit) {
  if (limit == nullptr) return false;
  const auto* number = std::get_if<literal>(&limit->node);
  return number != nullptr && number->constant == value(1);
}

std::string reason_to_recompute(const select_statement& select) {
  if (select.explain != explain_mode::none) return "EXPLAIN describes the plan, not rows";
  if (select.from.empty()) return "there is no FROM";
  if (select.from.size() > max_sources) return "FROM lists more than 16 sources";
  if (select.only && !select.grouped() && !is_one(select.limit))
    return "FROM ONLY without LIMIT 1 fails as soon as there is a second row";
  if (!select.split.empty() && select.grouped()) return "SPLIT together with GROUP";
  if (!select.split.empty() && (select.limit != nullptr || select.start != nullptr))
    return "SPLIT together with LIMIT or START";
  for (const expr_ptr* bound : {&select.limit, &select.start}) {
    if (*bound == nullptr) continue;
    const expression_traits traits = traits_of(**bound);
    if (traits.row || traits.reads) return "LIMIT or START depends on data";
    if (traits.clock) return "LIMIT or START depends on the clock";
  }
  return {};
}

/// Whether no expression follows a link, a graph edge or a sub-query.
bool reads_nothing_else(const select_statement& select) {
  bool own = true;
  for_each_child(select, {[&](const expr& part) { own = own && !traits_of(part).reads; },
                          [&](const select_statement&) { own = false; }});
  return own;
}

}  // namespace

result<plan_ptr> make_plan(std::string_view surql, const object& params, const parse_limits& limits,
                           const catalog* definitions) {
  SPOOKY_ASSIGN(select_ptr select, parse_select(surql, limits));
  SPOOKY_TRY(check(*select, params, definitions));

  auto out = std::make_shared<plan>();
  out->rules = limits.rules;
  out->text = print(*select);
  out->parameters = parameters_of(*select);
  out->tables = tables_read(*select, {});
  out->needed = needed_fields(*select);
  out->subqueries = plan_subqueries(*select, limits.rules);
  out->order = row_order(select);
  out->clock = clock_uses(*select);
  out->steps = std::make_shared<const select_plan>(select, limits.rules);
  out->star = select->projections.size() == 1 && select->projections.front().star() &&
              !select->value_only && select->omit.empty() && select->fetch.empty() &&
              select->split.empty() && !select->grouped() &&
              (out->order.empty() || !out->order.own_fields().empty());
  if (select->where != nullptr) {
    const expression_traits traits = traits_of(*select->where);
    out->own_where = !traits.reads && !traits.can_fail;
  } else {
    out->own_where = true;
  }
  out->own_tables = select->fetch.empty() && reads_nothing_else(*select);
  out->windowed = select->limit != nullptr || select->start != nullptr;
  out->whole_result = select->value_only || !select->split.empty() || select->only;
  out->recompute_reason = reason_to_recompute(*select);
  out->select = std::move(select);
  return plan_ptr(std::move(out));
}

bound_from bind_from(const plan& p, const object& params) {
  bound_from out;
  budget spent(constant_limits());
  eval_context context;
  context.params = &params;
  context.spent = &spent;
  context.rules = p.rules;
  for (const expr_ptr& source : p.select->from) {
    const expression_traits traits = traits_of(*source);
    if (traits.reads || traits.row || traits.clock) {
      const bool data = traits.reads || traits.row;
      out.recompute_reason =
          std::string(data ? "FROM reads data: " : "FROM reads the clock: ") + print(*source);
      return out;
    }
    const auto found = evaluate(*source, context);
    if (found.ok() && found->type() == value_type::table) {
      out.sources.push_back({std::string(found->as_string()), {}});
    } else if (found.ok() && found->is_record() &&
               found->as_record().key.type() == value_type::range) {
      out.sources.push_back({found->as_record().table, found->as_record().key.as_range()});
    } else {
      out.recompute_reason = "FROM names records or values, not tables: " + print(*source);
      return out;
    }
  }
  for (std::size_t i = 0; i < out.sources.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (out.sources[i].table == out.sources[k].table)
        out.recompute_reason = "FROM names the table " + out.sources[i].table + " twice";
  return out;
}

std::vector<std::string> tables_of(const plan& p, const object& params) {
  return tables_read(*p.select, params);
}

object used_parameters(const plan& p, const object& params) {
  std::vector<object::member> used;
  for (const std::string& name : p.parameters)
    if (const value* given = params.find(name)) used.emplace_back(name, *given);
  return object(std::move(used));
}

}  // namespace spooky::views
