#pragma once

#include "views/plan/plan.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace spooky::views {

/// Parsed queries by their text, so that registering the same text with other parameters parses
/// nothing, and one plan per canonical text, so that plans compare by address.
class plan_cache {
 public:
  explicit plan_cache(const surrealql::parse_limits& limits) : limits_(limits) {}

  /// The plan for a text. Fails as registration must.
  result<plan_ptr> get(std::string_view surql, const object& params,
                       const surrealql::catalog& definitions);
  /// What the database defines has changed: each text is checked again. Plans stay the same.
  void check_again() { by_text_.clear(); }
  void clear();
  std::size_t size() const noexcept { return by_text_.size(); }

 private:
  static constexpr std::size_t max_texts = 4096;
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  template <class Value>
  using text_map = std::unordered_map<std::string, Value, hash, std::equal_to<>>;

  surrealql::parse_limits limits_;
  text_map<plan_ptr> by_text_;
  text_map<std::weak_ptr<const plan>> by_canonical_;
};

}  // namespace spooky::views
