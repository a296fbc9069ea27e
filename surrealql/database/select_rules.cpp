#include "surrealql/database/select_rules.hpp"

#include "surrealql/syntax/parse.hpp"
#include "surrealql/syntax/walk.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>
#include <variant>

namespace spooky::surrealql {
namespace {

constexpr std::array<std::string_view, 4> session_names{"access", "auth", "session", "token"};

/// A field's name as a path of members; nothing for one that is spelled in no way known here.
std::optional<std::vector<std::string>> field_path_of(std::string_view name) {
  const auto parsed = parse_expression(name);
  if (!parsed.ok()) return std::nullopt;
  const auto* spelled = std::get_if<path>(&(*parsed)->node);
  if (spelled == nullptr || spelled->start != nullptr) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& part : spelled->parts) {
    if (const auto* field = std::get_if<field_part>(&part))
      out.push_back(field->name);
    else if (std::holds_alternative<all_part>(part))
      out.emplace_back("*");
    else
      return std::nullopt;
  }
  if (out.empty()) return std::nullopt;
  return out;
}

/// The first member's name, whatever follows.
std::string first_name(std::string_view name) {
  return std::string(name.substr(0, name.find_first_of(".[")));
}

/// Visits the session's paths in an expression, also in its sub-queries.
class session_paths {
 public:
  void look_at(const expr& node) {
    if (const auto* whole = std::get_if<param>(&node.node)) note(whole->name, {});
    if (const auto* spelled = std::get_if<path>(&node.node); spelled != nullptr && spelled->start) {
      const auto* from = std::get_if<param>(&spelled->start->node);
      if (from != nullptr && is_session(from->name)) {
        note(from->name, spelled->parts);
        // What stands inside the path (indexes, filters) counts as well, its start does not again.
        for_each_child(node, {[&](const expr& child) {
                                if (&child != spelled->start.get()) look_at(child);
                              },
                              [&](const select_statement& inner) { look_at(inner); }});
        return;
      }
    }
    for_each_child(node, {[&](const expr& child) { look_at(child); },
                          [&](const select_statement& inner) { look_at(inner); }});
  }

  void look_at(const select_statement& select) {
    for_each_child(select, {[&](const expr& child) { look_at(child); },
                            [&](const select_statement& inner) { look_at(inner); }});
  }

  const std::set<std::vector<std::string>>& found() const noexcept { return found_; }

 private:
  static bool is_session(std::string_view name) {
    return std::find(session_names.begin(), session_names.end(), name) != session_names.end();
  }

  /// `$auth` is a record's id: what is behind it is read from the tables and belongs to no session.
  void note(const std::string& name, const std::vector<path_part>& parts) {
    if (!is_session(name)) return;
    std::vector<std::string> at{name};
    if (name != "auth")
      for (const auto& part : parts) {
        const auto* field = std::get_if<field_part>(&part);
        if (field == nullptr) break;
        at.push_back(field->name);
      }
    found_.insert(std::move(at));
  }

  std::set<std::vector<std::string>> found_;
};

}  // namespace

const table_rule& select_rules::of(std::string_view table) const {
  static const table_rule nothing;
  const auto known = tables_.find(table);
  return known == tables_.end() ? nothing : known->second;
}

void select_rules::set(std::string table, table_rule rule) {
  tables_.insert_or_assign(std::move(table), std::move(rule));
}

table_rule read_table_rule(const value& select, const value& fields,
                           std::vector<std::string>& unread) {
  table_rule rule;
  if (select.type() == value_type::boolean) {
    rule.shown = select.as_bool() ? table_rule::rows::all : table_rule::rows::none;
  } else if (auto parsed = parse_expression(select.is_string() ? select.as_string() : "");
             parsed.ok()) {
    rule.shown = table_rule::rows::some;
    rule.condition = std::move(*parsed);
  } else {
    unread.emplace_back("the table's PERMISSIONS FOR select");
  }
  if (!fields.is_array()) return rule;
  for (const value& field : fields.as_array()) {
    const value& permission = field["permissions"]["select"];
    if (permission.type() == value_type::boolean && permission.as_bool()) continue;
    const std::string name =
        field["name"].is_string() ? std::string(field["name"].as_string()) : "";
    field_rule hidden;
    auto path = field_path_of(name);
    hidden.path = path ? std::move(*path) : std::vector<std::string>{first_name(name)};
    if (permission.is_string()) {
      auto parsed = parse_expression(permission.as_string());
      if (parsed.ok()) hidden.condition = std::move(*parsed);
    }
    if (!path || (hidden.condition == nullptr && permission.type() != value_type::boolean))
      unread.push_back("PERMISSIONS FOR select of the field " + name);
    rule.fields.push_back(std::move(hidden));
  }
  // What a field's condition sees as `$value` is whole: nothing inside it is taken away before.
  std::ranges::stable_sort(rule.fields, {},
                           [](const field_rule& field) { return field.path.size(); });
  return rule;
}

object relevant_session(const std::vector<const table_rule*>& rules, const object& session) {
  session_paths paths;
  for (const table_rule* rule : rules) {
    if (rule->condition) paths.look_at(*rule->condition);
    for (const field_rule& field : rule->fields)
      if (field.condition) paths.look_at(*field.condition);
  }
  object out;
  for (const auto& at : paths.found()) {
    const value* given = session.find(at.front());
    value part = given != nullptr ? *given : value::none();
    std::string name = at.front();
    for (std::size_t i = 1; i < at.size(); ++i) {
      part = value(part[std::string_view(at[i])]);
      name += "." + at[i];
    }
    out.set(name, std::move(part));
  }
  return out;
}

}  // namespace spooky::surrealql
