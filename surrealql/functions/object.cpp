#include "surrealql/functions/library.hpp"
#include "surrealql/types/kind.hpp"
#include "surrealql/values/text.hpp"

namespace spooky::surrealql::library {
namespace {

result<value> entries(arguments a) {
  array out;
  for (const auto& [name, member] : a[0].as_object())
    out.emplace_back(array{value(name.view()), member});
  return value(std::move(out));
}

result<value> extend(arguments a) {
  std::vector<object::member> all(a[0].as_object().begin(), a[0].as_object().end());
  all.insert(all.end(), a[1].as_object().begin(), a[1].as_object().end());
  return value(object(std::move(all)));
}

result<value> from_entries(arguments a) {
  std::vector<object::member> members;
  for (const auto& entry : a[0].as_array()) {
    if (!entry.is_array() || entry.as_array().size() != 2)
      return bad_argument("Expected entries, found " + std::string(type_name(entry.type())));
    const value& name = entry.as_array()[0];
    members.emplace_back(name.is_string() ? std::string(name.as_string()) : to_text(name),
                         entry.as_array()[1]);
  }
  return value(object(std::move(members)));
}

result<value> is_empty(arguments a) { return value(a[0].as_object().empty()); }
result<value> len(arguments a) { return value(static_cast<std::int64_t>(a[0].as_object().size())); }

result<value> keys(arguments a) {
  array out;
  for (const auto& member : a[0].as_object()) out.emplace_back(member.first);
  return value(std::move(out));
}

result<value> values(arguments a) {
  array out;
  for (const auto& member : a[0].as_object()) out.push_back(member.second);
  return value(std::move(out));
}

error no_key(const value& v) {
  return bad_argument("'" + to_text(v) + "' cannot be used as a key. Please use a string instead.");
}

result<value> remove(arguments a) {
  object out = a[0].as_object();
  if (a[1].is_string()) {
    out.erase(a[1].as_string());
    return value(std::move(out));
  }
  if (!a[1].is_array()) return no_key(a[1]);
  for (const auto& name : a[1].as_array()) {
    if (!name.is_string()) return no_key(name);
    out.erase(name.as_string());
  }
  return value(std::move(out));
}

constexpr function_entry rows[] = {
    row("object::entries", "o", plain<entries>),
    row("object::extend", "oo", plain<extend>),
    row("object::from_entries", "a", plain<from_entries>),
    row("object::is_empty", "o", plain<is_empty>),
    row("object::keys", "o", plain<keys>),
    row("object::len", "o", plain<len>),
    row("object::remove", "ov", plain<remove>),
    row("object::values", "o", plain<values>),
};

}  // namespace

std::span<const function_entry> object_functions() { return rows; }

}  // namespace spooky::surrealql::library
