#include "surrealql/types/schema.hpp"

#include "surrealql/types/restore.hpp"
#include "surrealql/values/text.hpp"

namespace spooky::surrealql {
namespace {

bool is_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The part of "a.b.*", "items[*].when" or "`we ird`.x" at the front; `*` for every element.
result<std::string> take_step(std::string_view& path) {
  const std::string whole(path);
  auto broken = [&whole] { return fail(errc::parse_error, "Invalid field path '" + whole + "'"); };
  if (path.starts_with("[*]")) {
    path.remove_prefix(3);
    return std::string("*");
  }
  if (path.starts_with('.')) path.remove_prefix(1);
  if (path.starts_with('*')) {
    path.remove_prefix(1);
    return std::string("*");
  }
  const bool backtick = path.starts_with('`');
  const bool bracket = path.starts_with("⟨");
  if (backtick || bracket) {
    const std::string_view close = backtick ? "`" : "⟩";
    path.remove_prefix(backtick ? 1 : std::string_view("⟨").size());
    const auto end = path.find(close);
    if (end == std::string_view::npos) return broken();
    std::string name(path.substr(0, end));
    path.remove_prefix(end + close.size());
    return name;
  }
  std::size_t end = 0;
  while (end < path.size() && is_word(path[end])) ++end;
  if (end == 0) return broken();
  std::string name(path.substr(0, end));
  path.remove_prefix(end);
  return name;
}

/// What follows ` TYPE ` in a definition, outside of quotes; empty if it declares no type.
std::string_view type_clause(std::string_view definition) {
  char quote = '\0';
  for (std::size_t i = 0; i < definition.size(); ++i) {
    const char c = definition[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '`' || c == '\'' || c == '"') {
      quote = c;
    } else if (definition.substr(i).starts_with(" TYPE ")) {
      return definition.substr(i + 6);
    }
  }
  return {};
}

}  // namespace

result<table_schema> table_schema::from_info(const value& info) {
  table_schema known;
  const value& fields = info["fields"];
  if (!fields.is_object()) return known;
  for (const auto& [path, definition] : fields.as_object()) {
    if (!definition.is_string()) continue;
    std::string_view clause = type_clause(definition.as_string());
    if (clause.empty()) continue;
    auto type = take_kind(clause);
    if (!type)
      return fail(errc::parse_error, "Cannot read the definition '" +
                                         std::string(definition.as_string()) +
                                         "': " + type.failure().message);
    SPOOKY_TRY(known.add(path, *std::move(type)));
  }
  return known;
}

result<void> table_schema::add(std::string_view path, kind type) {
  node* at = nullptr;
  while (!path.empty()) {
    SPOOKY_ASSIGN(const std::string step, take_step(path));
    if (at == nullptr) {
      at = &fields_[step];
    } else if (step == "*") {
      if (at->elements.empty()) at->elements.emplace_back();
      at = &at->elements.front();
    } else {
      at = &at->members[step];
    }
  }
  if (at == nullptr) return fail(errc::parse_error, "The field path is empty");
  at->type = std::move(type);
  return {};
}

value table_schema::restore_at(const node& known, const value& v) {
  value own = restored(known.type, v);
  if (own.is_array() && !known.elements.empty()) {
    array items;
    items.reserve(own.as_array().size());
    for (const auto& item : own.as_array())
      items.push_back(restore_at(known.elements.front(), item));
    return value(std::move(items));
  }
  if (own.type() == value_type::set && !known.elements.empty()) {
    array items;
    for (const auto& item : own.as_array())
      items.push_back(restore_at(known.elements.front(), item));
    return value::set(std::move(items));
  }
  if (!own.is_object() || (known.members.empty() && known.elements.empty())) return own;
  std::vector<object::member> members;
  members.reserve(own.as_object().size());
  for (const auto& [name, member] : own.as_object()) {
    const auto found = known.members.find(name);
    const node* every = known.elements.empty() ? nullptr : &known.elements.front();
    const node* next = found != known.members.end() ? &found->second : every;
    value made = next != nullptr ? restore_at(*next, member) : member;
    // A stored object has no NONE members.
    if (!made.is_none() || member.is_none()) members.emplace_back(name, std::move(made));
  }
  return value(object(std::move(members)));
}

namespace {

/// `id`, `in` and `out` are record ids whatever is declared.
value restored_link(const value& v) {
  if (!v.is_string()) return v;
  auto id = parse_record_id(v.as_string());
  return id ? value(*std::move(id)) : v;
}

bool always_link(std::string_view name) noexcept {
  return name == "id" || name == "in" || name == "out";
}

}  // namespace

value table_schema::restore(const value& record) const {
  if (!record.is_object()) return record;
  std::vector<object::member> members;
  members.reserve(record.as_object().size());
  for (const auto& [name, member] : record.as_object()) {
    if (always_link(name)) {
      members.emplace_back(name, restored_link(member));
      continue;
    }
    const auto found = fields_.find(name);
    value made = found == fields_.end() ? member : restore_at(found->second, member);
    if (!made.is_none() || member.is_none()) members.emplace_back(name, std::move(made));
  }
  return value(object(std::move(members)));
}

void schema::erase(std::string_view table) {
  if (const auto found = tables_.find(table); found != tables_.end()) tables_.erase(found);
}

const table_schema* schema::find(std::string_view table) const noexcept {
  const auto found = tables_.find(table);
  return found == tables_.end() ? nullptr : &found->second;
}

value schema::restore(std::string_view table, const value& record) const {
  static const table_schema nothing_known;
  const table_schema* known = find(table);
  return (known != nullptr ? *known : nothing_known).restore(record);
}

}  // namespace spooky::surrealql
