#pragma once

#include "config/catalogue.hpp"
#include "config/text.hpp"

#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace spooky::config {

/// The texts of an enum's values; specialised in catalogue.cpp.
template <class Enum>
const std::vector<std::pair<std::string_view, Enum>>& names_of();

/// Collects settings. `field` is always a function from settings to the member, const or not.
template <class Settings>
class catalogue_builder {
 public:
  /// Variables are `prefix` + the key in upper snake case, after those given with a setting.
  explicit catalogue_builder(std::string prefix) : prefix_(std::move(prefix)) {}

  struct names {
    std::string key;
    std::vector<std::string> variables = {};
    std::string alias = {};
  };

  template <class Field, class Check>
  setting<Settings>& text(names n, Field field, std::string allowed, Check check,
                          std::string meaning) {
    return add(
        std::move(n), std::move(allowed), std::move(meaning),
        [field, check](Settings& s, std::string_view, std::string_view t) {
          if (!check(t)) return false;
          field(s) = std::string(t);
          return true;
        },
        [field](const Settings& s) { return field(s); });
  }

  template <class Field>
  setting<Settings>& text(names n, Field field, std::string meaning) {
    return text(
        std::move(n), field, "any text", [](std::string_view) { return true; }, std::move(meaning));
  }

  template <class Field>
  void secret(names n, Field field, std::string meaning) {
    text(std::move(n), field, std::move(meaning)).secret = true;
  }

  /// One secret, or two that are valid at a time.
  template <class Field>
  void secrets(names n, Field field, std::string meaning) {
    auto& s = add(
        std::move(n), "one secret of visible ASCII characters, or a list of two",
        std::move(meaning),
        [field](Settings& to, std::string_view, std::string_view t) {
          for (auto& word : words_of(t)) {
            if (!is_visible_ascii(word) || field(to).size() == 2) return false;
            field(to).push_back(std::move(word));
          }
          return true;
        },
        [](const Settings&) { return std::string(); });
    s.shape = setting<Settings>::form::list;
    s.blank_separated = true;
    s.secret = true;
    s.clear = [field](Settings& to) { field(to).clear(); };
  }

  /// A count, or a duration in the unit of its own type.
  template <class Field>
  void whole(names n, Field field, std::int64_t low, std::int64_t high, std::string meaning) {
    using member = std::remove_reference_t<decltype(field(std::declval<Settings&>()))>;
    add(
        std::move(n), "a whole number from " + std::to_string(low) + " to " + std::to_string(high),
        std::move(meaning),
        [field, low, high](Settings& s, std::string_view, std::string_view t) {
          const auto number = parse_whole(t, low, high);
          if (number) field(s) = static_cast<member>(*number);
          return number.has_value();
        },
        [field](const Settings& s) { return std::to_string(count_of(field(s))); });
  }

  template <class Field>
  void bytes(names n, Field field, std::int64_t low, std::int64_t high, std::string meaning) {
    add(
        std::move(n),
        "a size from " + show_bytes(low) + " to " + show_bytes(high) +
            ", in bytes or with KiB, MiB or GiB",
        std::move(meaning),
        [field, low, high](Settings& s, std::string_view, std::string_view t) {
          const auto size = parse_bytes(t, low, high);
          if (size) field(s) = static_cast<std::size_t>(*size);
          return size.has_value();
        },
        [field](const Settings& s) { return show_bytes(static_cast<std::int64_t>(field(s))); });
  }

  template <class Field>
  void toggle(names n, Field field, std::string meaning) {
    add(
        std::move(n), "true or false", std::move(meaning),
        [field](Settings& s, std::string_view, std::string_view t) {
          const auto on = parse_switch(t);
          if (on) field(s) = *on;
          return on.has_value();
        },
        [field](const Settings& s) { return field(s) ? "true" : "false"; });
  }

  template <class Field>
  void choice(names n, Field field, std::string meaning) {
    using member = std::remove_reference_t<decltype(field(std::declval<Settings&>()))>;
    add(
        std::move(n), "one of " + listed<member>(), std::move(meaning),
        [field](Settings& s, std::string_view, std::string_view t) {
          const auto chosen = named<member>(t);
          if (chosen) field(s) = *chosen;
          return chosen.has_value();
        },
        [field](const Settings& s) { return std::string(name_of<member>(field(s))); });
  }

  /// A list of non-empty texts.
  template <class Field>
  void list(names n, Field field, std::string meaning) {
    auto& s = add(
        std::move(n), "a list such as [a, b]", std::move(meaning),
        [field](Settings& to, std::string_view, std::string_view t) {
          if (t.empty()) return false;
          field(to).emplace_back(t);
          return true;
        },
        [field](const Settings& from) {
          std::string out;
          for (const auto& item : field(from)) out += (out.empty() ? "" : ", ") + item;
          return "[" + out + "]";
        });
    s.shape = setting<Settings>::form::list;
    s.clear = [field](Settings& to) { field(to).clear(); };
  }

  /// A map from names to one of an enum's values.
  template <class Field>
  void choices(names n, Field field, std::string meaning) {
    using map = std::remove_reference_t<decltype(field(std::declval<Settings&>()))>;
    using member = typename map::mapped_type;
    auto& s = add(
        std::move(n), "a map of names to one of " + listed<member>(), std::move(meaning),
        [field](Settings& to, std::string_view name, std::string_view t) {
          const auto chosen = named<member>(t);
          if (chosen && !name.empty()) field(to)[std::string(name)] = *chosen;
          return chosen && !name.empty();
        },
        [field](const Settings& from) {
          std::string out;
          for (const auto& [name, value] : field(from))
            out += (out.empty() ? "" : ", ") + name + ": " + std::string(name_of<member>(value));
          return "{" + out + "}";
        });
    s.shape = setting<Settings>::form::map;
    s.clear = [field](Settings& to) { field(to).clear(); };
  }

  setting<Settings>& add(names n, std::string allowed, std::string meaning,
                         decltype(setting<Settings>::assign) assign,
                         decltype(setting<Settings>::show) show) {
    setting<Settings> s;
    s.key = std::move(n.key);
    s.variables = std::move(n.variables);
    if (!prefix_.empty()) s.variables.push_back(prefix_ + variable_suffix(s.key));
    s.alias = std::move(n.alias);
    if (!prefix_.empty() && !s.alias.empty())
      s.variables.push_back(prefix_ + variable_suffix(s.alias));
    s.meaning = std::move(meaning);
    s.allowed = std::move(allowed);
    s.assign = std::move(assign);
    s.clear = [](Settings&) {};
    s.show = std::move(show);
    return settings_.emplace_back(std::move(s));
  }

  std::vector<setting<Settings>> take() { return std::move(settings_); }

 private:
  template <class T>
  static std::int64_t count_of(const T& v) {
    if constexpr (std::is_arithmetic_v<T>)
      return static_cast<std::int64_t>(v);
    else
      return static_cast<std::int64_t>(v.count());
  }

  template <class Enum>
  static std::string listed() {
    std::string out;
    for (const auto& [name, value] : names_of<Enum>())
      out += (out.empty() ? "" : ", ") + std::string(name);
    return out;
  }

  template <class Enum>
  static std::optional<Enum> named(std::string_view text) {
    for (const auto& [name, value] : names_of<Enum>())
      if (name == text) return value;
    return std::nullopt;
  }

  template <class Enum>
  static std::string_view name_of(Enum wanted) {
    for (const auto& [name, value] : names_of<Enum>())
      if (value == wanted) return name;
    return "?";
  }

  std::string prefix_;
  std::vector<setting<Settings>> settings_;
};

}  // namespace spooky::config
