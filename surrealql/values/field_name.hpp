#pragma once

#include <algorithm>
#include <bit>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace spooky {

/// The name of an object's member: 8 bytes, immutable, cheap to copy, safe to read from many
/// threads. Up to seven bytes of text lie in place; longer ones are shared and atomically counted,
/// so that the rows of a table do not each carry their names. Sorts by bytes, as std::string does.
class field_name {
 public:
  /// The longest text that needs no allocation.
  static constexpr std::size_t in_place = 7;

  field_name() noexcept = default;
  field_name(std::string_view text) {
    if (text.size() > in_place) {
      bits_ = boxed(text);
      return;
    }
    bits_ = text.size() << 1U | 1U;
    std::copy(text.begin(), text.end(), reinterpret_cast<char*>(&bits_) + 1);
  }
  field_name(const std::string& text) : field_name(std::string_view(text)) {}
  field_name(const char* text) : field_name(std::string_view(text)) {}
  field_name(const field_name& other) noexcept : bits_(other.bits_) {
    if (!lies_in_place()) share();
  }
  field_name(field_name&& other) noexcept : bits_(std::exchange(other.bits_, empty_text)) {}
  field_name& operator=(field_name other) noexcept {
    std::swap(bits_, other.bits_);
    return *this;
  }
  ~field_name() {
    if (!lies_in_place()) release();
  }

  /// As field_name(text), but a text of up to 64 bytes that this thread has lately been given
  /// shares the allocation of then. For decoders, which see the same names in row after row.
  static field_name recent(std::string_view text);

  /// Valid as long as this object stays where it is.
  std::string_view view() const noexcept {
    if (lies_in_place()) return {reinterpret_cast<const char*>(&bits_) + 1, (bits_ & 0xff) >> 1U};
    return shared_text();
  }
  operator std::string_view() const noexcept { return view(); }
  std::size_t size() const noexcept { return view().size(); }
  bool empty() const noexcept { return bits_ == empty_text; }

  friend bool operator==(const field_name& a, const field_name& b) noexcept {
    if (a.bits_ == b.bits_) return true;
    return !a.lies_in_place() && !b.lies_in_place() && a.shared_text() == b.shared_text();
  }
  friend std::strong_ordering operator<=>(const field_name& a, const field_name& b) noexcept {
    return a.view() <=> b.view();
  }
  template <std::convertible_to<std::string_view> Text>
  requires(!std::same_as<Text, field_name>) friend bool operator==(const field_name& a,
                                                                   const Text& b) noexcept {
    return a.view() == std::string_view(b);
  }
  template <std::convertible_to<std::string_view> Text>
  requires(!std::same_as<Text, field_name>) friend std::strong_ordering operator<=>(
      const field_name& a, const Text& b) noexcept {
    return a.view() <=> std::string_view(b);
  }

 private:
  // In place: the lowest byte, which comes first, is twice the length plus one; the text follows,
  // then zeros, so that equal names have equal bits. Otherwise: the (even) address of a text box.
  static_assert(std::endian::native == std::endian::little && sizeof(void*) == 8);
  static constexpr std::uint64_t empty_text = 1;

  bool lies_in_place() const noexcept { return (bits_ & 1U) != 0; }
  static std::uint64_t boxed(std::string_view text);
  void share() const noexcept;
  void release() noexcept;
  std::string_view shared_text() const noexcept;

  std::uint64_t bits_ = empty_text;
};
static_assert(sizeof(field_name) == 8);

}  // namespace spooky

template <>
struct std::hash<spooky::field_name> {
  std::size_t operator()(const spooky::field_name& name) const noexcept {
    return std::hash<std::string_view>{}(name.view());
  }
};
