#include "surrealql/types/restore.hpp"

#include "surrealql/values/geometry.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace spooky::surrealql {
namespace {

using tag = kind::tag;

template <class Parsed>
std::optional<value> taken(result<Parsed> parsed) {
  return parsed ? std::optional<value>(value(*std::move(parsed))) : std::nullopt;
}

/// The constant a text spells, if it is of the wanted type.
std::optional<value> constant(std::string_view text, value_type wanted) {
  auto parsed = parse_value(text);
  if (!parsed || parsed->type() != wanted) return std::nullopt;
  return *std::move(parsed);
}

std::optional<value> file_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return value::file(std::string(text.substr(0, colon)), std::string(text.substr(colon + 1)));
}

std::optional<value> from_text(const kind& k, std::string_view text) {
  switch (k.type) {
    case tag::record:
      return taken(parse_record_id(text));
    case tag::datetime:
      return taken(parse_datetime(text));
    case tag::duration:
      return taken(parse_duration(text));
    case tag::uuid:
      return taken(parse_uuid(text));
    case tag::decimal:
    case tag::number:
      return taken(decimal::parse_exact(text));
    case tag::table:
      return value::table(std::string(text));
    case tag::file:
      return file_of(text);
    case tag::range:
      return constant(text, value_type::range);
    case tag::regex:
      return constant(text, value_type::regex);
    default:
      return std::nullopt;
  }
}

std::optional<value> bytes_of(const array& items) {
  std::string raw;
  for (const auto& item : items) {
    if (item.type() != value_type::integer || item.as_integer() < 0 || item.as_integer() > 255)
      return std::nullopt;
    raw += static_cast<char>(static_cast<unsigned char>(item.as_integer()));
  }
  return value::bytes(std::move(raw));
}

value restored_elements(const kind& k, const array& items) {
  if (k.arguments.empty()) return value(items);
  array out;
  out.reserve(items.size());
  for (const auto& item : items) out.push_back(restored(k.arguments[0], item));
  return value(std::move(out));
}

std::optional<value> from_array(const kind& k, const array& items) {
  if (k.type == tag::bytes) return bytes_of(items);
  if (k.type == tag::array) return restored_elements(k, items);
  if (k.type != tag::set) return std::nullopt;
  return value::set(restored_elements(k, items).as_array());
}

/// A literal type: an array or object of kinds, or a constant that JSON wrote as text.
std::optional<value> from_literal(const kind& k, const value& v) {
  if (k.constant.is_object() && v.is_object()) {
    std::vector<object::member> members;
    for (const auto& [name, member] : v.as_object()) {
      const auto known =
          std::find_if(k.members.begin(), k.members.end(),
                       [&wanted = name](const auto& m) { return m.first == wanted; });
      members.emplace_back(name,
                           known == k.members.end() ? member : restored(known->second, member));
    }
    return value(object(std::move(members)));
  }
  if (k.constant.is_array() && v.is_array() && v.as_array().size() == k.arguments.size()) {
    array items;
    for (std::size_t i = 0; i < k.arguments.size(); ++i)
      items.push_back(restored(k.arguments[i], v.as_array()[i]));
    return value(std::move(items));
  }
  if (!v.is_string() || k.constant.is_string()) return std::nullopt;
  auto parsed = parse_value(v.as_string());
  if (!parsed) return std::nullopt;
  if (k.constant.type() == value_type::decimal && parsed->is_number()) return k.constant;
  return *parsed == k.constant ? std::optional<value>(k.constant) : std::nullopt;
}

std::optional<value> number_of(const kind& k, const value& v) {
  auto made = coerce(k, v);
  return made ? std::optional<value>(*std::move(made)) : std::nullopt;
}

/// What `v` becomes under a kind without alternatives, or nothing if it does not fit.
std::optional<value> fitted(const kind& k, const value& v) {
  if (k.type == tag::literal) {
    auto made = from_literal(k, v);
    if (made && is_of(k, *made)) return made;
    return is_of(k, v) ? std::optional<value>(v) : std::nullopt;
  }
  if (k.type == tag::none && v.is_null()) return value::none();
  std::optional<value> made;
  if (v.is_string()) {
    made = from_text(k, v.as_string());
  } else if (v.is_number()) {
    made = number_of(k, v);
  } else if (v.is_array()) {
    made = from_array(k, v.as_array());
  } else if (v.is_object() && k.type == tag::geometry) {
    if (auto shape = geometry_from_object(v.as_object())) made = value(*std::move(shape));
  }
  if (made && is_of(k, *made)) return made;
  if (is_of(k, v)) return v;
  return std::nullopt;
}

/// Whether a text says by its form that it is of this kind.
bool distinctive(tag type) noexcept {
  return type == tag::record || type == tag::datetime || type == tag::duration ||
         type == tag::uuid || type == tag::range || type == tag::literal;
}

value restored_either(const kind& k, const value& v) {
  if (v.is_null() && is_of(k, v)) return v;
  const auto first_fitting = [&](auto wanted) -> std::optional<value> {
    for (const auto& alternative : k.arguments) {
      if (!wanted(alternative)) continue;
      if (auto made = fitted(alternative, v)) return made;
    }
    return std::nullopt;
  };
  if (v.is_string()) {
    if (auto made = first_fitting([](const kind& a) { return distinctive(a.type); }))
      return *std::move(made);
    // What only reads as another type where no text is meant: "1.5" is a decimal if no string may
    // be.
    if (is_of(k, v)) return v;
  } else if (v.is_number()) {
    const bool as_is = std::any_of(k.arguments.begin(), k.arguments.end(), [&](const kind& a) {
      return a.type != tag::literal && is_of(a, v);
    });
    if (as_is) return v;
  }
  auto made = first_fitting([](const kind&) { return true; });
  return made ? *std::move(made) : v;
}

}  // namespace

value restored(const kind& declared, const value& v) {
  if (declared.type == tag::any || v.is_none()) return v;
  if (declared.type == tag::either) return restored_either(declared, v);
  auto made = fitted(declared, v);
  if (made) return *std::move(made);
  // Elements that do not all fit are still restored one by one.
  if (v.is_array() && (declared.type == tag::array || declared.type == tag::set))
    return restored_elements(declared, v.as_array());
  return v;
}

}  // namespace spooky::surrealql
