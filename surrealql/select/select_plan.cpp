#include "surrealql/select/select_plan.hpp"

#include "surrealql/select/named_fields.hpp"
#include "surrealql/syntax/print.hpp"
#include "surrealql/syntax/walk.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

namespace spooky::surrealql {
namespace {

// The name of an expression that is one plain field of the row.
const std::string* single_field(const expr& expression) noexcept {
  const auto* steps = std::get_if<path>(&expression.node);
  if (!steps || steps->start || steps->parts.size() != 1) return nullptr;
  const auto* only = std::get_if<field_part>(&steps->parts[0]);
  return only ? &only->name : nullptr;
}

bool is_path(const expr& expression) noexcept {
  return std::holds_alternative<path>(expression.node);
}

bool has_graph_step(const expr& expression) noexcept {
  const auto* steps = std::get_if<path>(&expression.node);
  return steps && std::ranges::any_of(steps->parts, [](const path_part& p) {
           return std::holds_alternative<graph_part>(p);
         });
}

// type::field and type::fields name their outputs at run time.
bool names_its_outputs(const expr& expression) noexcept {
  const auto* node = std::get_if<call>(&expression.node);
  return node && (node->function == "type::field" || node->function == "type::fields");
}

bool is_count_of_rows(const projection& p) noexcept {
  if (p.star()) return false;
  const auto* node = std::get_if<call>(&p.value->node);
  return node && node->function == "count" && node->arguments.empty();
}

bool is_record_literal(const expr& expression) noexcept {
  if (std::holds_alternative<record_literal>(expression.node)) return true;
  const auto* fixed = std::get_if<literal>(&expression.node);
  return fixed && fixed->constant.is_record();
}

bool is_table_literal(const expr& expression) noexcept {
  const auto* fixed = std::get_if<literal>(&expression.node);
  return fixed && fixed->constant.type() == value_type::table;
}

// SurrealDB reads one record without planning more than the projection.
bool reads_one_record(const select_statement& s) {
  return s.from.size() == 1 && is_record_literal(*s.from[0]) && !s.where && s.order.empty() &&
         !s.order_random && !s.grouped() && s.split.empty() && s.fetch.empty() && !s.no_index &&
         s.with_indexes.empty();
}

bool counts_only(const select_statement& s) {
  if (!s.group_all || s.where || !s.split.empty() || !s.order.empty() || s.order_random ||
      !s.fetch.empty() || !s.omit.empty() || s.from.size() != 1)
    return false;
  const expr& source = *s.from[0];
  return std::ranges::all_of(s.projections, is_count_of_rows) &&
         (is_table_literal(source) || is_record_literal(source) ||
          std::holds_alternative<param>(source.node));
}

}  // namespace

std::string select_plan::name_of(const projection& p) const {
  return projection_name(p.alias ? *p.alias : *p.value, rules_);
}

select_plan::select_plan(select_ptr select, semantics rules)
    : select_(std::move(select)), rules_(rules) {
  const select_statement& s = *select_;
  star_ = std::ranges::any_of(s.projections, &projection::star);
  const auto written_out = [](const expr_ptr& e) { return is_written_out(*e); };
  names_written_out_ =
      std::ranges::all_of(s.omit, written_out) && std::ranges::all_of(s.fetch, written_out);
  registry known;
  if (s.grouped()) {
    counts_rows_only_ = counts_only(s);
    if (counts_rows_only_)
      for (const projection& p : s.projections) count_names_.push_back(name_of(p));
    plan_groups();
    for (const order_key& key : s.order) sort_keys_.push_back({{}, key.path});
    return;
  }
  plan_order(known);
  plan_projection(known);
}

// -- groups -------------------------------------------------------------------------------------

void select_plan::plan_groups() {
  const select_statement& s = *select_;
  std::vector<std::string> texts;
  for (const expr_ptr& key : s.group) {
    texts.push_back(print(*key));
    const auto aliased = std::ranges::find_if(s.projections, [&](const projection& p) {
      return p.alias && print(*p.alias) == texts.back();
    });
    group_keys_.push_back(aliased == s.projections.end() ? key : aliased->value);
  }
  const auto key_index = [&](const expr& expression) -> std::optional<std::size_t> {
    const auto found = std::ranges::find(texts, print(expression));
    if (found == texts.end()) return std::nullopt;
    return static_cast<std::size_t>(found - texts.begin());
  };
  for (const projection& p : s.projections) {
    if (p.star()) continue;
    std::optional<std::size_t> key;
    if (is_path(*p.value)) key = key_index(*p.value);
    if (!key && p.alias) key = key_index(*p.alias);
    group_output out;
    if (!key) out = extract_aggregates(p.value);
    out.key = key;
    if (!s.value_only)
      out.path = rules_.has(behaviour::nested_aliases)
                     ? output_path(*p.value, p.alias.get(), rules_)
                     : split_name(name_of(p));
    group_outputs_.push_back(std::move(out));
  }
}

// -- order --------------------------------------------------------------------------------------

const projection* select_plan::selected_as(const expr& order_path) const {
  const std::string* name = single_field(order_path);
  if (rules_.has(behaviour::order_by_links))
    for (const projection& p : select_->projections) {
      if (p.star()) continue;
      if (p.alias && same(*p.alias, order_path)) return &p;
      if (p.alias && !select_->value_only) continue;
      if (const std::string* plain = single_field(*p.value); name && plain && *plain == *name)
        return &p;
    }
  if (rules_.has(behaviour::order_by_links) || !name || select_->value_only) return nullptr;
  for (const projection& p : select_->projections) {
    if (p.star()) continue;
    if (p.alias) {
      const std::string* alias = single_field(*p.alias);
      if ((alias ? *alias : print(*p.alias)) == *name) return &p;
    } else if (const std::string* plain = single_field(*p.value); plain && *plain == *name) {
      return &p;
    }
  }
  return nullptr;
}

std::string select_plan::compute_as(const expr_ptr& expression, const std::string& wanted,
                                    registry& known, std::vector<computed>& into) const {
  std::string text = print(*expression);
  if (rules_.has(behaviour::projections_see_the_row) && !wanted.empty()) text += '\0' + wanted;
  if (const auto found = known.find(text); found != known.end()) return found->second;
  const auto taken = [&](const std::string& name) {
    return is_protected(name) ||
           std::ranges::any_of(known, [&](const auto& entry) { return entry.second == name; });
  };
  const auto reserved = [&](const std::string& name) {
    return std::ranges::any_of(
        select_->projections, [&](const projection& p) { return !p.star() && name_of(p) == name; });
  };
  std::string name = wanted;
  for (std::size_t i = 0; name.empty() || taken(name) || (name != wanted && reserved(name)); ++i)
    name = "_e" + std::to_string(i);
  known.emplace(text, name);
  into.push_back({name, expression});
  return name;
}

// A field that a projection copies keeps its value: nothing is computed under its name.
bool select_plan::is_protected(const std::string& name) const {
  if (!rules_.has(behaviour::projections_see_the_row)) return false;
  return std::ranges::any_of(select_->projections, [&](const projection& p) {
    const std::string* plain = p.star() ? nullptr : single_field(*p.value);
    return plain && *plain == name;
  });
}

// Whether the order key is looked up in the row as it is, without following links.
bool select_plan::sorts_directly(const expr& by, bool selected) const {
  if (!is_path(by)) return false;
  if (!selected) return true;
  const path& steps = std::get<path>(by.node);
  if (rules_.has(behaviour::order_by_links))
    return !steps.start && steps.parts.size() == 1 && !has_graph_step(by);
  return !has_graph_step(by);
}

void select_plan::plan_order(registry& known) {
  for (const order_key& key : select_->order) {
    const projection* source = selected_as(*key.path);
    const expr_ptr& sorted_by = source ? source->value : key.path;
    const bool direct = sorts_directly(*sorted_by, source != nullptr);
    if (auto steps = direct ? direct_path(*sorted_by) : std::nullopt) {
      sort_keys_.push_back({*std::move(steps), nullptr});
      continue;
    }
    const std::string wanted = source ? projection_name(*key.path, rules_) : std::string();
    const std::string name = compute_as(sorted_by, wanted, known, sort_computed_);
    if (!source) sort_only_.push_back(name);
    sort_keys_.push_back({{direct_step{direct_step::kind::field, name, 0}}, nullptr});
  }
}

// -- projection ---------------------------------------------------------------------------------

bool select_plan::omits_nested() const {
  return std::ranges::any_of(select_->omit, [](const expr_ptr& e) { return !single_field(*e); });
}

void select_plan::plan_projection(registry& known) {
  const select_statement& s = *select_;
  if (s.value_only) {
    how_ = how::value_only;
    const projection& only = s.projections[0];
    const std::string* alias = only.alias ? single_field(*only.alias) : nullptr;
    const auto omits = [&](const expr_ptr& e) {
      return single_field(*e) && *single_field(*e) == *alias;
    };
    if (alias &&
        std::ranges::find(sort_computed_, *alias, &computed::name) != sort_computed_.end() &&
        std::ranges::none_of(s.omit, omits))
      value_from_ = *alias;
    return;
  }
  // A lone parameter over plain values is what it projects.
  const bool only_param = s.projections.size() == 1 && !s.projections[0].star() &&
                          !s.projections[0].alias &&
                          std::holds_alternative<param>(s.projections[0].value->node);
  const bool values = std::ranges::all_of(s.from, [](const expr_ptr& source) {
    const auto* fixed = std::get_if<literal>(&source->node);
    return std::holds_alternative<array_literal>(source->node) ||
           (fixed && (fixed->constant.is_array() || fixed->constant.is_string() ||
                      fixed->constant.is_number() || fixed->constant.is_nullish() ||
                      fixed->constant.type() == value_type::boolean));
  });
  if (only_param && values && !s.from.empty() &&
      !rules_.has(behaviour::single_parameter_is_named)) {
    how_ = how::value_only;
    return;
  }
  if (reads_one_record(s) || omits_nested() || !try_pick(known)) plan_fields();
}

bool select_plan::try_pick(registry& known) {
  registry names = known;
  std::vector<computed> computed_for_pick;
  std::vector<copy> copies;
  for (const projection& p : select_->projections) {
    if (p.star()) continue;
    if (names_its_outputs(*p.value)) return false;
    const std::string* plain = single_field(*p.value);
    const bool placed =
        p.alias ? rules_.has(behaviour::nested_aliases) : !plain && is_path(*p.value);
    if (placed && output_path(*p.value, p.alias.get(), rules_).size() > 1) return false;
    const std::string to = name_of(p);
    const std::string from = plain ? *plain : compute_as(p.value, to, names, computed_for_pick);
    copies.push_back({from, to, std::nullopt});
  }
  how_ = how::pick;
  known = std::move(names);
  computed_ = std::move(computed_for_pick);
  copies_ = std::move(copies);
  order_copies();
  return true;
}

void select_plan::order_copies() {
  for (copy& one : copies_) {
    const auto found = std::ranges::find(computed_, one.from, &computed::name);
    if (found != computed_.end())
      one.computed_index = static_cast<std::size_t>(found - computed_.begin());
  }
  if (star_) return;
  // In the order of a row's members, the last of equal names first so that it is the one that
  // stays.
  std::ranges::reverse(copies_);
  std::ranges::stable_sort(copies_, {}, &copy::to);
  const auto same_name = [](const copy& a, const copy& b) { return a.to == b.to; };
  copies_.erase(std::unique(copies_.begin(), copies_.end(), same_name), copies_.end());
}

void select_plan::plan_fields() {
  how_ = how::fields;
  for (const projection& p : select_->projections) {
    if (p.star()) continue;
    fields_.push_back({p.value, output_path(*p.value, p.alias.get(), rules_), p.alias != nullptr});
  }
}

value select_plan::count_row(std::int64_t rows) const {
  object row;
  for (const std::string& name : count_names_) row.set(name, value::integer(rows));
  return value(std::move(row));
}

}  // namespace spooky::surrealql
