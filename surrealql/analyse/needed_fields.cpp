#include "surrealql/analyse/needed_fields.hpp"

#include "surrealql/syntax/walk.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace spooky::surrealql {
namespace {

const field_part* as_field(const path_part& part) { return std::get_if<field_part>(&part); }

const param* start_of(const path& steps) {
  return steps.start ? std::get_if<param>(&steps.start->node) : nullptr;
}

/// Visits a SELECT's clauses, but for those that SurrealDB does not look into.
class needs_of_select {
 public:
  void clauses(const select_statement& select) {
    for (const projection& p : select.projections) {
      if (!p.star()) look_at(*p.value);
      if (p.alias) look_at(*p.alias);
    }
    for (const expr_ptr& e : select.omit) look_at(*e);
    if (select.where) look_at(*select.where);
    for (const order_key& key : select.order) look_at(*key.path);
    for (const expr_ptr& e : select.group) look_at(*e);
    for (const expr_ptr& e : select.split) look_at(*e);
  }

  std::optional<field_names> found() && {
    if (any_) return std::nullopt;
    return std::move(names_);
  }

 private:
  void look_at(const expr& e) {
    if (std::holds_alternative<param>(e.node)) {
      any_ = true;
      return;
    }
    const auto* steps = std::get_if<path>(&e.node);
    if (steps == nullptr) return below(e);
    const param* start = start_of(*steps);
    const bool row = start != nullptr && (start->name == "parent" || start->name == "this");
    if (!row) {
      if (!steps->start && !steps->parts.empty())
        if (const auto* field = as_field(steps->parts.front())) names_.insert(field->name);
      return below(e);
    }
    for (const path_part& part : steps->parts)
      if (const auto* field = as_field(part)) names_.insert(field->name);
    for_each_child(e, {[&](const expr& child) {
                         if (&child != steps->start.get()) look_at(child);
                       },
                       [&](const select_statement& inner) { nested(inner); }});
  }

  void below(const expr& e) {
    for_each_child(e, {[&](const expr& child) { look_at(child); },
                       [&](const select_statement& inner) { nested(inner); }});
  }

  void nested(const select_statement& select) {
    for_each_child(select, {[&](const expr& child) { look_at(child); },
                            [&](const select_statement& inner) { nested(inner); }});
  }

  field_names names_;
  bool any_ = false;
};

/// What a computed field's expression reads.
class reads_of_field {
 public:
  explicit reads_of_field(computed_field& into) : into_(into) {}

  void look_at(const expr& e) {
    if (std::holds_alternative<param>(e.node) || std::holds_alternative<closure>(e.node) ||
        std::holds_alternative<subquery>(e.node))
      into_.reads_any = true;
    if (const auto* steps = std::get_if<path>(&e.node)) return look_at_path(e, *steps);
    below(e, nullptr);
  }

 private:
  void look_at_path(const expr& e, const path& steps) {
    const bool graph =
        std::any_of(steps.parts.begin(), steps.parts.end(),
                    [](const path_part& part) { return std::holds_alternative<graph_part>(part); });
    if (graph) into_.reads_any = true;
    if (!steps.start) {
      if (!steps.parts.empty())
        if (const auto* field = as_field(steps.parts.front())) into_.reads.insert(field->name);
      return below(e, nullptr);
    }
    const param* start = start_of(steps);
    const bool row = start != nullptr && (start->name == "this" || start->name == "self");
    if (row && !steps.parts.empty()) {
      if (const std::string* name = named(steps.parts.front())) {
        into_.reads.insert(*name);
        return below(e, steps.start.get());
      }
    }
    into_.reads_any = true;
    below(e, nullptr);
  }

  /// The member that the part names, also in brackets.
  const std::string* named(const path_part& part) {
    if (const auto* field = as_field(part)) return &field->name;
    const auto* at = std::get_if<index_part>(&part);
    const auto* fixed = at != nullptr ? std::get_if<literal>(&at->index->node) : nullptr;
    if (fixed == nullptr || !fixed->constant.is_string()) return nullptr;
    spelled_ = std::string(fixed->constant.as_string());
    return &spelled_;
  }

  void below(const expr& e, const expr* except) {
    for_each_child(e, {[&](const expr& child) {
                         if (&child != except) look_at(child);
                       },
                       [&](const select_statement& inner) { nested(inner); }});
  }

  void nested(const select_statement& select) {
    into_.reads_any = true;
    for_each_child(select, {[&](const expr& child) { look_at(child); },
                            [&](const select_statement& inner) { nested(inner); }});
  }

  computed_field& into_;
  std::string spelled_;
};

}  // namespace

std::optional<field_names> needed_fields(const select_statement& select) {
  for (const projection& p : select.projections)
    if (p.star()) return std::nullopt;
  needs_of_select needs;
  needs.clauses(select);
  return std::move(needs).found();
}

void find_reads(computed_field& field) {
  if (field.expression == nullptr) return;
  reads_of_field(field).look_at(*field.expression);
}

void sort_by_reads(std::vector<computed_field>& fields) {
  const auto place = [&](const std::string& name) {
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const computed_field& f) { return f.name == name; });
    return static_cast<std::size_t>(found - fields.begin());
  };
  std::vector<std::size_t> waits_for(fields.size(), 0);
  std::vector<std::vector<std::size_t>> waiting(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i)
    for (const std::string& name : fields[i].reads)
      if (const std::size_t before = place(name); before < fields.size()) {
        ++waits_for[i];
        waiting[before].push_back(i);
      }
  std::deque<std::size_t> ready;
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (waits_for[i] == 0) ready.push_back(i);
  std::vector<computed_field> sorted;
  std::vector<bool> taken(fields.size(), false);
  for (; !ready.empty(); ready.pop_front()) {
    const std::size_t i = ready.front();
    taken[i] = true;
    sorted.push_back(fields[i]);
    for (const std::size_t next : waiting[i])
      if (--waits_for[next] == 0) ready.push_back(next);
  }
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (!taken[i]) sorted.push_back(fields[i]);
  fields = std::move(sorted);
}

}  // namespace spooky::surrealql
