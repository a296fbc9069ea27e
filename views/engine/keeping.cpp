#include "views/engine/keeping.hpp"

#include "surrealql/syntax/parse.hpp"
#include "surrealql/syntax/walk.hpp"
#include "views/engine/engine.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

namespace spooky::views {

namespace {

keeping refused(const error& why) { return {keeping::way::refused, why.message, {}, {}}; }

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

}  // namespace

keeping keeping_of(std::string_view surql, object params,
                   std::shared_ptr<const surrealql::catalog> definitions) {
  const auto parsed = surrealql::parse_select(surql);
  if (!parsed.ok()) return refused(parsed.failure());
  parameters_of(params).statement(**parsed);
  const auto tables = engine::tables_of(surql, params);
  if (!tables.ok()) return refused(tables.failure());
  engine empty;
  empty.advance_to({});
  if (definitions) (void)empty.set_definitions(std::move(definitions), nullptr);
  for (const auto& table : *tables)
    if (const auto loaded = empty.load(table, std::vector<value>{}, sequence_number{1});
        !loaded.ok())
      return refused(loaded.failure());
  const auto kept = empty.register_view("view", surql, params);
  if (!kept.ok()) return refused(kept.failure());
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
    case keeping::way::refused:
      return "refused";
  }
  return "refused";
}

}  // namespace spooky::views
