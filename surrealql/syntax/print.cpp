#include "surrealql/syntax/print.hpp"

#include "surrealql/syntax/printer.hpp"
#include "surrealql/syntax/token.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <variant>

/// Text of statements, and the names of projections.
namespace spooky::surrealql {

/// An expression where `filler` may stand before it: one that begins with that word is covered.
void printer::after_filler(const expr& e, std::string_view filler) {
  printer alone(style_);
  alone.item(e);
  const std::string text = alone.take();
  const std::string_view first_word = std::string_view(text).substr(
      0, std::min(text.find_first_of(" .:[,;(+-*/<>=!?&|%"), text.size()));
  const bool begins =
      first_word.size() == filler.size() && keyword_of(first_word) == keyword_of(filler);
  put(begins ? "(" + text + ")" : text);
}

void printer::fields(const select_statement& s) {
  if (s.value_only) put("VALUE ");
  for (std::size_t i = 0; i < s.projections.size(); ++i) {
    if (i != 0) put(", ");
    const projection& field = s.projections[i];
    if (field.star()) {
      put("*");
      continue;
    }
    item(*field.value);
    if (!field.alias) continue;
    put(" AS ");
    expression(*field.alias);
  }
}

void printer::sources(const select_statement& s) {
  put(s.only ? " FROM ONLY " : " FROM ");
  after_filler(*s.from.front(), "only");
  for (std::size_t i = 1; i < s.from.size(); ++i) {
    put(", ");
    item(*s.from[i]);
  }
  if (s.no_index) put(" WITH NOINDEX");
  for (std::size_t i = 0; i < s.with_indexes.size(); ++i) {
    put(i == 0 ? " WITH INDEX " : ", ");
    put(plain_name(s.with_indexes[i]));
  }
}

void printer::clause(std::string_view words, const std::vector<expr_ptr>& paths) {
  if (paths.empty()) return;
  put(words);
  list(paths);
}

void printer::row_clauses(const select_statement& s) {
  if (s.where) {
    put(" WHERE ");
    item(*s.where);
  }
  clause(" SPLIT ON ", s.split);
  if (s.group_all) put(" GROUP ALL");
  clause(" GROUP BY ", s.group);
  if (s.order_random) put(" ORDER BY RAND()");
  for (std::size_t i = 0; i < s.order.size(); ++i) {
    put(i == 0 ? " ORDER BY " : ", ");
    expression(*s.order[i].path);
    if (s.order[i].collate) put(" COLLATE");
    if (s.order[i].numeric) put(" NUMERIC");
    if (s.order[i].descending) put(" DESC");
  }
}

void printer::limits(const expr_ptr& limit, const expr_ptr& start) {
  if (limit) {
    put(" LIMIT ");
    item(*limit);
  }
  if (start) {
    put(" START ");
    after_filler(*start, "at");
  }
}

void printer::select(const select_statement& s) {
  put("SELECT ");
  fields(s);
  clause(" OMIT ", s.omit);
  sources(s);
  row_clauses(s);
  limits(s.limit, s.start);
  clause(" FETCH ", s.fetch);
  if (s.version) {
    put(" VERSION ");
    item(*s.version);
  }
  if (s.timeout) {
    put(" TIMEOUT ");
    item(*s.timeout);
  }
  if (s.explain != explain_mode::none) put(" EXPLAIN");
  if (s.explain == explain_mode::full) put(" FULL");
}

namespace {

std::string info_text(const info_statement& info) {
  std::string out = "INFO FOR ";
  switch (info.of) {
    case info_statement::target::root:
      out += "ROOT";
      break;
    case info_statement::target::ns:
      out += "NS";
      break;
    case info_statement::target::database:
      out += "DB";
      break;
    case info_statement::target::table:
      out += "TABLE " + escape_name(info.table);
      break;
  }
  return info.structure ? out + " STRUCTURE" : out;
}

bool is_graph(const path_part& part) { return std::holds_alternative<graph_part>(part); }

/// Fields and graph steps only: indexes, filters and methods leave no trace in a result's name.
path simplified(const path& whole) {
  path kept;
  kept.start = whole.start;
  for (const path_part& part : whole.parts)
    if (is_graph(part) || std::holds_alternative<field_part>(part)) kept.parts.push_back(part);
  return kept;
}

/// `(a.b).c` as the one path `a.b.c`.
path without_inner_paths(const path& whole) {
  const auto* inner = whole.start ? std::get_if<path>(&whole.start->node) : nullptr;
  if (inner == nullptr) return whole;
  path merged = without_inner_paths(*inner);
  merged.parts.insert(merged.parts.end(), whole.parts.begin(), whole.parts.end());
  return merged;
}

/// One name per field and graph step.
std::vector<std::string> nested_names(const path& kept, semantics rules) {
  std::vector<std::string> names;
  for (const path_part& part : kept.parts) {
    if (const auto* field = std::get_if<field_part>(&part)) {
      names.push_back(field->name);
    } else {
      path step;
      step.parts.push_back(part);
      names.push_back(engine_text(expr{std::move(step), {}}, rules));
    }
  }
  return names;
}

bool has_odd_name(const path& kept) {
  return std::any_of(kept.parts.begin(), kept.parts.end(), [](const path_part& part) {
    const auto* field = std::get_if<field_part>(&part);
    return field != nullptr && plain_name(field->name) != field->name;
  });
}

/// Up to 3.0: some paths become one name, which splits at its dots.
std::vector<std::string> path_names(const path& whole, semantics rules) {
  for (const path_part& part : whole.parts)
    if (const auto* step = std::get_if<graph_part>(&part); step && step->alias)
      return {projection_name(*step->alias, rules)};
  const path kept = simplified(whole);
  const bool graph = std::any_of(kept.parts.begin(), kept.parts.end(), is_graph);
  if (kept.start == nullptr || graph) {
    if (kept.parts.size() > 1 && !graph && has_odd_name(kept))
      return {engine_text(expr{kept, {}}, rules)};
    return nested_names(kept, rules);
  }
  if (std::holds_alternative<path>(kept.start->node)) {
    // The start keeps its whole text, which then splits at dots unless brackets forbid it.
    std::string text = engine_text(expr{without_inner_paths(kept), {}}, rules);
    if (text.find_first_of("[( ") != std::string::npos) return {std::move(text)};
    std::vector<std::string> names;
    for (std::size_t dot = text.find('.'); dot != std::string::npos; dot = text.find('.')) {
      names.push_back(text.substr(0, dot));
      text.erase(0, dot + 1);
    }
    names.push_back(std::move(text));
    return names;
  }
  if (const auto* variable = std::get_if<param>(&kept.start->node)) {
    if (kept.parts.empty()) return {variable->name};
    std::vector<std::string> names = nested_names(kept, rules);
    names.insert(names.begin(), "$" + variable->name);
    return names;
  }
  return {engine_text(expr{kept, {}}, rules)};
}

/// The one name of a path whose value does not go into nested objects.
std::string flat_name(const path& whole, semantics rules) {
  for (const path_part& part : whole.parts)
    if (const auto* step = std::get_if<graph_part>(&part); step && step->alias)
      return projection_name(*step->alias, rules);
  const path kept = simplified(whole);
  if (!kept.start && kept.parts.size() == 1)
    if (const auto* field = std::get_if<field_part>(&kept.parts.front())) return field->name;
  return engine_text(expr{kept, {}}, rules);
}

/// Later: only fields and graph steps from the row itself nest.
std::vector<std::string> output_names(const path& whole, semantics rules) {
  const bool named = std::any_of(whole.parts.begin(), whole.parts.end(), [](const path_part& part) {
    const auto* step = std::get_if<graph_part>(&part);
    return step != nullptr && step->alias != nullptr;
  });
  const path kept = simplified(whole);
  if (named || kept.start || kept.parts.empty()) return {flat_name(whole, rules)};
  return nested_names(kept, rules);
}

}  // namespace

std::string engine_text(const expr& e, semantics rules) {
  printer p(rules.has(behaviour::names_keep_parentheses) ? printer::style::engine_shape
                                                         : printer::style::engine);
  p.expression(e);
  return p.take();
}

std::string print(const select_statement& select) {
  printer p(printer::style::exact);
  p.select(select);
  return p.take();
}

std::string print(const expr& expression) {
  printer p(printer::style::exact);
  p.expression(expression);
  return p.take();
}

std::string print(const statement& any) {
  if (const auto* select = std::get_if<select_ptr>(&any)) return print(**select);
  if (const auto* info = std::get_if<info_statement>(&any)) return info_text(*info);
  if (const auto* let = std::get_if<let_statement>(&any)) {
    return print(expr{let_binding{let->name, let->bound}, {}});
  }
  return print(expr{return_expr{std::get<return_statement>(any).result}, {}});
}

std::vector<std::string> projection_path(const expr& expression, semantics rules) {
  if (const auto* whole = std::get_if<path>(&expression.node)) {
    if (rules.has(behaviour::nested_aliases)) return output_names(*whole, rules);
    auto names = path_names(*whole, rules);
    if (!names.empty()) return names;
    if (std::holds_alternative<document_part>(whole->parts.front())) return {""};
  }
  if (const auto* variable = std::get_if<param>(&expression.node)) return {variable->name};
  if (const auto* function = std::get_if<call>(&expression.node)) return {function->function};
  return {engine_text(expression, rules)};
}

std::string projection_name(const expr& expression, semantics rules) {
  const auto* any_path = std::get_if<path>(&expression.node);
  if (any_path && rules.has(behaviour::nested_aliases)) return flat_name(*any_path, rules);
  if (const auto* whole = std::get_if<path>(&expression.node);
      whole && whole->start && std::any_of(whole->parts.begin(), whole->parts.end(), is_graph))
    return engine_text(expr{without_inner_paths(simplified(*whole)), {}}, rules);
  std::string name;
  for (const std::string& part : projection_path(expression, rules)) {
    const bool graph_step = part.starts_with("->") || part.starts_with("<-");
    name += (name.empty() || graph_step ? "" : ".") + part;
  }
  return name;
}

std::vector<std::string> alias_path(const expr& alias) {
  const auto* whole = std::get_if<path>(&alias.node);
  return whole == nullptr ? std::vector<std::string>{print(alias)}
                          : nested_names(simplified(*whole), {});
}

}  // namespace spooky::surrealql
