#pragma once

#include "surrealql/values/result.hpp"
#include "surrealql/values/strong.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// How the codecs read and write single fields. What is refused is refused with invalid_argument
/// that names the field.
namespace spooky::fields {

error wrong(std::string_view field, std::string_view rule);

/// "" unless it is a string.
std::string text_or_empty(const value& field);

/// 0 if the field is missing. Fails unless it is a whole number, not below 0.
result<std::uint64_t> read_count(const value& body, std::string_view field);

/// Nothing if the field is missing. Fails unless it is a list of strings.
result<std::vector<std::string>> read_texts(const value& body, std::string_view field);

/// The same of names of one kind.
template <class Name>
result<std::vector<Name>> read_names(const value& body, std::string_view field) {
  SPOOKY_ASSIGN(auto texts, read_texts(body, field));
  std::vector<Name> names;
  names.reserve(texts.size());
  for (auto& text : texts) names.emplace_back(std::move(text));
  return names;
}

template <class Name>
value of_names(const std::vector<Name>& names) {
  array list;
  list.reserve(names.size());
  for (const auto& name : names) list.emplace_back(name.raw());
  return value{std::move(list)};
}

inline value of_count(std::uint64_t n) { return value{static_cast<std::int64_t>(n)}; }

template <class Kind>
value of_number(strong<Kind, std::uint64_t> n) {
  return of_count(n.raw());
}

}  // namespace spooky::fields
