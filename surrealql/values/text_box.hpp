#pragma once

#include "surrealql/values/counted.hpp"

#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>
#include <string_view>

namespace spooky::detail {

/// A shared text, such as a string, a byte string or a long name: one allocation, the characters
/// right behind an 8-byte head.
struct text_box : counted {
  std::uint32_t size;

  /// Throws std::length_error for 4 GiB and more, which no frame or statement can carry.
  static text_box* make(std::string_view text) {
    if (text.size() > std::numeric_limits<std::uint32_t>::max())
      throw std::length_error("a text of 4 GiB or more");
    void* memory = ::operator new(sizeof(text_box) + text.size());
    auto* box = new (memory) text_box;
    box->size = static_cast<std::uint32_t>(text.size());
    if (!text.empty())
      std::memcpy(static_cast<char*>(memory) + sizeof(text_box), text.data(), text.size());
    return box;
  }

  std::string_view view() const noexcept { return {reinterpret_cast<const char*>(this + 1), size}; }

  static void destroy(counted* box) noexcept {
    auto* text = static_cast<text_box*>(box);
    text->~text_box();
    ::operator delete(text);
  }
};
static_assert(sizeof(text_box) == 8);

}  // namespace spooky::detail
