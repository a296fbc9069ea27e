#include "views/engine/keeping.hpp"

#include "surrealql/syntax/parse.hpp"
#include "surrealql/syntax/walk.hpp"
#include "views/engine/engine.hpp"
#include "views/asked/asked_plan.hpp"
#include "views/asked/asked_words.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

namespace spooky::views {

namespace {

/// What is not evaluated here: asked of the database, or refused.
keeping not_evaluated(std::string_view surql, const object& params, const error& why) {
  const auto asked = asked_plan_of(surql, params, why, {});
  if (!asked.ok()) return {keeping::way::refused, asked.failure().message, {}, {}};
  array tables;
  if (asked->read)
    for (const auto& table : asked->tables) tables.emplace_back(table);
  return {keeping::way::asked,
          asked->reason,
          value{object{{"statement", value{asked->text}},
                       {"read", value{asked->read}},
                       {"tables", value{std::move(tables)}},
                       {"any_table", value{asked->any_table}}}},
          {}};
}

std::string ways_in_time(const value& plan) {
  std::set<std::string_view> ways;
  if (plan["time"].is_array())
    for (const value& use : plan["time"].as_array()) ways.insert(use["kept"].as_string());
  std::string out;
  for (const auto way : ways) out.append(out.empty() ? "" : ", ").append(way);
  return out;
}

/// Gives NONE to every parameter that is named and has no value.
class parameters_of {
 public:
  explicit parameters_of(object& params)
      : params_(params),
        visit_{[this](const surrealql::expr& e) { expression(e); },
               [this](const surrealql::select_statement& s) { statement(s); }} {}

  void statement(const surrealql::select_statement& s) { surrealql::for_each_child(s, visit_); }

 private:
  void expression(const surrealql::expr& e) {
    static constexpr std::array rows{"this", "self", "parent"};
    const auto* named = std::get_if<surrealql::param>(&e.node);
    if (named != nullptr && std::ranges::find(rows, named->name) == rows.end() &&
        params_.find(named->name) == nullptr)
      params_.set(named->name, value::none());
    surrealql::for_each_child(e, visit_);
  }

  object& params_;
  surrealql::child_visitor visit_;
};

/// Gives NONE to every parameter that the text names and has no value.
void give_none(std::string_view surql, object& params) {
  surrealql::parse_limits all;
  all.of_database = true;
  const auto parsed = surrealql::parse_select(surql, all);
  if (parsed.ok()) return parameters_of(params).statement(**parsed);
  const auto words = asked_words_of(surql, parsed.failure());
  if (!words.ok()) return;
  for (const auto& name : words->parameters)
    if (params.find(name) == nullptr) params.set(name, value::none());
}

}  // namespace

keeping keeping_of(std::string_view surql, object params,
                   std::shared_ptr<const surrealql::catalog> definitions) {
  give_none(surql, params);
  const auto tables = engine::tables_of(surql, params);
  if (!tables.ok()) return not_evaluated(surql, params, tables.failure());
  engine empty;
  empty.advance_to({});
  if (definitions) (void)empty.set_definitions(std::move(definitions), nullptr);
  for (const auto& table : *tables)
    if (const auto loaded = empty.load(table, std::vector<value>{}, sequence_number{1});
        !loaded.ok())
      return not_evaluated(surql, params, loaded.failure());
  const auto kept = empty.register_view("view", surql, params);
  if (!kept.ok()) return not_evaluated(surql, params, kept.failure());
  auto plan = empty.explain("view");
  const bool incremental = kept->mode == maintenance::incremental;
  keeping out{incremental ? keeping::way::incremental : keeping::way::recomputed,
              incremental ? std::string{} : kept->mode_reason,
              plan.ok() ? *std::move(plan) : value{},
              {}};
  out.in_time = ways_in_time(out.plan);
  return out;
}

std::string_view to_string(keeping::way how) {
  switch (how) {
    case keeping::way::incremental:
      return "incremental";
    case keeping::way::recomputed:
      return "recomputed";
    case keeping::way::asked:
      return "asked";
    case keeping::way::refused:
      return "refused";
  }
  return "refused";
}

}  // namespace spooky::views
