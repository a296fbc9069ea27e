#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace spooky {

/// A number or a name of one kind. `Kind` alone tells it from those of other kinds, which do not
/// convert to it, do not compare with it and are not taken for it as arguments. It costs what its
/// `Rep` costs. A literal is taken as it is (`seq = 0`, `id = "a"`); a value of type `Rep` has to
/// say what it becomes (`sequence_number{n}`).
template <class Kind, class Rep>
class strong;

/// A number of one kind: a position or an epoch. It counts on, and knows how far it is from
/// another.
template <class Kind, std::unsigned_integral Rep>
class strong<Kind, Rep> {
 public:
  constexpr strong() noexcept = default;
  template <std::same_as<Rep> R>
  explicit constexpr strong(R number) noexcept : number_(number) {}
  template <std::same_as<int> Literal>
  constexpr strong(Literal number) noexcept : number_(static_cast<Rep>(number)) {}

  constexpr Rep raw() const noexcept { return number_; }

  friend constexpr auto operator<=>(strong, strong) noexcept = default;
  friend constexpr bool operator==(strong, strong) noexcept = default;

  constexpr strong& operator++() noexcept {
    ++number_;
    return *this;
  }
  constexpr strong operator++(int) noexcept { return strong{number_++}; }
  template <std::integral N>
  constexpr strong& operator+=(N steps) noexcept {
    number_ += static_cast<Rep>(steps);
    return *this;
  }
  template <std::integral N>
  friend constexpr strong operator+(strong from, N steps) noexcept {
    return strong{static_cast<Rep>(from.number_ + static_cast<Rep>(steps))};
  }
  template <std::integral N>
  friend constexpr strong operator-(strong from, N steps) noexcept {
    return strong{static_cast<Rep>(from.number_ - static_cast<Rep>(steps))};
  }
  friend constexpr Rep operator-(strong to, strong from) noexcept {
    return static_cast<Rep>(to.number_ - from.number_);
  }

 private:
  Rep number_ = 0;
};

/// A name of one kind. It can be read wherever text is read.
template <class Kind>
class strong<Kind, std::string> {
 public:
  strong() = default;
  template <class Text>
  requires std::same_as<std::remove_cvref_t<Text>, std::string>
  explicit strong(Text&& name) : name_(std::forward<Text>(name)) {}
  template <std::size_t N>
  strong(const char (&literal)[N]) : name_(literal) {}

  const std::string& raw() const& noexcept { return name_; }
  std::string raw() && noexcept { return std::move(name_); }
  operator const std::string&() const& noexcept { return name_; }
  operator std::string_view() const& noexcept { return name_; }
  bool empty() const noexcept { return name_.empty(); }

  friend std::string operator+(std::string_view before, const strong& name) {
    return std::string{before} + name.name_;
  }
  friend std::string operator+(const strong& name, std::string_view after) {
    return name.name_ + std::string{after};
  }

  friend auto operator<=>(const strong&, const strong&) = default;
  friend bool operator==(const strong&, const strong&) = default;

 private:
  std::string name_;
};

}  // namespace spooky

template <class Kind, class Rep>
struct std::hash<spooky::strong<Kind, Rep>> {
  std::size_t operator()(const spooky::strong<Kind, Rep>& one) const noexcept {
    return std::hash<Rep>{}(one.raw());
  }
};
