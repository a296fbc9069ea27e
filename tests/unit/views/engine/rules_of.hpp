#pragma once

#include "surrealql/database/select_rules.hpp"
#include "surrealql/values/value.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

/// Rules and callers for tests, made of the texts of conditions.
namespace spooky::views {

using surrealql::caller;
using surrealql::select_rules;
using surrealql::table_rule;

using rule_texts = std::map<std::string, std::string>;  ///< field, or "" for the table -> condition

inline value permission(const std::string& text) {
  return text == "FULL" ? value(true) : text == "NONE" ? value(false) : value(text);
}

inline table_rule rule(const rule_texts& texts) {
  array fields;
  for (const auto& [name, text] : texts)
    if (!name.empty())
      fields.emplace_back(object{{"name", value(name)},
                                 {"permissions", value(object{{"select", permission(text)}})}});
  std::vector<std::string> unread;
  auto out = surrealql::read_table_rule(permission(texts.at("")), value(std::move(fields)), unread);
  REQUIRE(unread.empty());
  return out;
}

inline std::shared_ptr<const select_rules> rules(const std::map<std::string, rule_texts>& texts) {
  auto out = std::make_shared<select_rules>();
  for (const auto& [table, of] : texts) out->set(table, rule(of));
  return out;
}

inline caller user(int key) {
  return {false,
          object{{"auth", value(record_id{"author", value(key)})}, {"access", value("app")}}};
}
inline const caller guest{false, {}};

}  // namespace spooky::views
