#include "surrealql/evaluate/output_path.hpp"

#include "surrealql/syntax/print.hpp"

#include <algorithm>
#include <utility>

namespace spooky::surrealql {
namespace {

// Values are immutable and shared, so a change takes the object out, changes its copy and puts it
// back. These take the member out by moving where the row is the only owner.
object members_of(const value& v) { return v.is_object() ? v.as_object() : object(); }

std::string graph_text(const graph_part& part) {
  path alone;
  alone.parts.emplace_back(part);
  return projection_name(expr{std::move(alone), {}}, {});
}

std::optional<std::size_t> literal_index(const path_part& part) {
  const auto* at = std::get_if<index_part>(&part);
  if (!at) return std::nullopt;
  const auto* fixed = std::get_if<literal>(&at->index->node);
  if (!fixed || fixed->constant.type() != value_type::integer || fixed->constant.as_integer() < 0)
    return std::nullopt;
  return static_cast<std::size_t>(fixed->constant.as_integer());
}

template <class Change>
void change_member(value& row, const std::string& name, Change&& change) {
  object members = row.as_object();
  value member = row[name];
  change(member);
  members.set(name, std::move(member));
  row = std::move(members);
}

template <class Change>
void change_items(value& row, Change&& change) {
  array items = row.as_array();
  for (value& item : items) change(item);
  row = std::move(items);
}

template <class Change>
void change_item(value& row, std::size_t i, Change&& change) {
  array items = row.as_array();
  if (i >= items.size()) return;
  change(items[i]);
  row = std::move(items);
}

template <class Change>
void change_all_members(value& row, Change&& change) {
  std::vector<object::member> members(row.as_object().begin(), row.as_object().end());
  for (auto& [name, member] : members) change(member);
  row = object(std::move(members));
}

}  // namespace

std::vector<std::string> split_name(const std::string& name) {
  if (name.find('.') == std::string::npos || name.find_first_of("[( ") != std::string::npos)
    return {name};
  std::vector<std::string> out;
  std::size_t begin = 0;
  for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', begin)) {
    out.push_back(name.substr(begin, dot - begin));
    begin = dot + 1;
  }
  out.push_back(name.substr(begin));
  return out;
}

std::vector<std::string> output_path(const expr& expression, const expr* alias, semantics rules) {
  if (rules.has(behaviour::nested_aliases))
    return projection_path(alias ? *alias : expression, rules);
  if (alias) return split_name(projection_name(*alias, rules));
  const auto* steps = std::get_if<path>(&expression.node);
  const auto is_graph = [](const path_part& p) { return std::holds_alternative<graph_part>(p); };
  if (steps && std::ranges::any_of(steps->parts, is_graph))
    return projection_path(expression, rules);
  return split_name(projection_name(expression, rules));
}

void set_at(value& row, std::span<const std::string> path, const value& v) {
  if (path.empty()) {
    row = v;
    return;
  }
  if (row.is_array()) {
    change_items(row, [&](value& item) { set_at(item, path, v); });
    return;
  }
  object members = members_of(row);
  if (path.size() == 1) {
    members.set(path[0], v);
  } else {
    const value* found = members.find(path[0]);
    value member = found ? *found : value(object());
    set_at(member, path.subspan(1), v);
    members.set(path[0], std::move(member));
  }
  row = std::move(members);
}

std::optional<std::vector<direct_step>> direct_path(const expr& expression) {
  const auto* steps = std::get_if<path>(&expression.node);
  if (!steps) return std::nullopt;
  std::vector<direct_step> out;
  for (const path_part& part : steps->parts) {
    if (const auto* field = std::get_if<field_part>(&part))
      out.push_back({direct_step::kind::field, field->name, 0});
    else if (std::holds_alternative<last_part>(part))
      out.push_back({direct_step::kind::last, {}, 0});
    else if (const auto i = literal_index(part))
      out.push_back({direct_step::kind::index, {}, *i});
    else if (const auto* graph = std::get_if<graph_part>(&part))
      out.push_back({direct_step::kind::field, graph_text(*graph), 0});
    else if (!std::holds_alternative<destructure_part>(part))
      return std::nullopt;
  }
  return out;
}

value extract(std::span<const direct_step> path, const value& row) {
  value at = row;
  for (const direct_step& step : path) {
    const bool list = at.is_array() || at.type() == value_type::set;
    if (step.type == direct_step::kind::field) {
      if (!list) {
        at = value(at[step.name]);
        continue;
      }
      array members;
      for (const value& item : at.as_array()) members.push_back(item[step.name]);
      at = at.is_array() ? value(std::move(members)) : value::set(std::move(members));
      continue;
    }
    if (!list || at.as_array().empty()) return {};
    const array& items = at.as_array();
    const std::size_t i = step.type == direct_step::kind::last ? items.size() - 1 : step.index;
    at = i < items.size() ? value(items[i]) : value();
  }
  return at;
}

void omit_at(value& row, std::span<const path_part> path) {
  if (path.empty()) return;
  const bool last = path.size() == 1;
  const auto rest = path.subspan(1);
  const auto deeper = [&](value& v) { omit_at(v, rest); };
  if (const auto* field = std::get_if<field_part>(&path[0])) {
    if (!row.is_object() || !row.as_object().find(field->name)) return;
    if (!last) return change_member(row, field->name, deeper);
    object members = row.as_object();
    members.erase(field->name);
    row = std::move(members);
  } else if (std::holds_alternative<all_part>(path[0])) {
    if (row.is_object()) last ? void(row = object()) : change_all_members(row, deeper);
    if (row.is_array()) last ? void(row = array()) : change_items(row, deeper);
  } else if (const auto i = literal_index(path[0])) {
    if (!row.is_array()) return;
    change_item(row, *i, [&](value& v) { last ? void(v = value()) : deeper(v); });
  } else if (const auto* members = std::get_if<destructure_part>(&path[0])) {
    if (!row.is_object()) return;
    for (const destructure_member& member : members->members) {
      const auto* steps = std::get_if<surrealql::path>(&member.path->node);
      const bool nested = steps && steps->parts.size() == 2 &&
                          std::holds_alternative<destructure_part>(steps->parts[1]);
      const std::vector<path_part> whole{field_part{member.name}};
      omit_at(row, nested ? std::span<const path_part>(steps->parts) : whole);
    }
  }
}

value pick(const value& row, std::span<const path_part> path) {
  if (path.empty()) return row;
  const auto rest = path.subspan(1);
  const auto from_each = [&](const auto& items, std::span<const path_part> below) {
    array out;
    for (const auto& item : items) out.push_back(pick(item, below));
    return value(std::move(out));
  };
  if (row.is_object()) {
    if (const auto* field = std::get_if<field_part>(&path[0])) return pick(row[field->name], rest);
    if (std::holds_alternative<all_part>(path[0])) {
      array out;
      for (const auto& [name, member] : row.as_object()) out.push_back(pick(member, rest));
      return value(std::move(out));
    }
    const auto i = literal_index(path[0]);
    return i ? pick(row[std::to_string(*i)], rest) : value();
  }
  if (!row.is_array()) return {};
  const array& items = row.as_array();
  if (std::holds_alternative<all_part>(path[0])) return from_each(items, rest);
  if (std::holds_alternative<last_part>(path[0]))
    return items.empty() ? value() : pick(items.back(), rest);
  if (const auto i = literal_index(path[0]))
    return *i < items.size() ? pick(items[*i], rest) : value();
  return from_each(items, path);
}

void put(value& row, std::span<const path_part> path, const value& v) {
  if (path.empty()) {
    row = v;
    return;
  }
  const auto rest = path.subspan(1);
  const auto deeper = [&](value& at) { put(at, rest, v); };
  if (row.is_nullish()) row = object();
  if (row.is_object()) {
    if (std::holds_alternative<all_part>(path[0])) return change_all_members(row, deeper);
    const auto* field = std::get_if<field_part>(&path[0]);
    const auto i = literal_index(path[0]);
    if (field || i) change_member(row, field ? field->name : std::to_string(*i), deeper);
    return;
  }
  if (!row.is_array()) return;
  if (std::holds_alternative<all_part>(path[0])) return change_items(row, deeper);
  const std::size_t size = row.as_array().size();
  if (std::holds_alternative<last_part>(path[0])) {
    if (size > 0) change_item(row, size - 1, deeper);
  } else if (const auto i = literal_index(path[0])) {
    change_item(row, *i, deeper);
  } else {
    change_items(row, [&](value& item) { put(item, path, v); });
  }
}

}  // namespace spooky::surrealql
