#include "protocol/fields.hpp"

namespace spooky::fields {

error wrong(std::string_view field, std::string_view rule) {
  return fail(errc::invalid_argument, "field '" + std::string{field} + "' " + std::string{rule});
}

std::string text_or_empty(const value& field) {
  return field.is_string() ? std::string{field.as_string()} : std::string{};
}

result<std::uint64_t> read_count(const value& body, std::string_view field) {
  const auto& number = body[field];
  if (number.is_nullish()) return std::uint64_t{0};
  if (number.type() != value_type::integer || number.as_integer() < 0)
    return wrong(field, "must be a whole number, not below 0");
  return static_cast<std::uint64_t>(number.as_integer());
}

result<std::vector<std::string>> read_texts(const value& body, std::string_view field) {
  const auto& list = body[field];
  std::vector<std::string> texts;
  if (list.is_nullish()) return texts;
  if (!list.is_array()) return wrong(field, "must be a list of strings");
  for (const auto& item : list.as_array()) {
    if (!item.is_string()) return wrong(field, "must be a list of strings");
    texts.emplace_back(item.as_string());
  }
  return texts;
}

}  // namespace spooky::fields
