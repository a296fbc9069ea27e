#pragma once

#include "surrealql/value.hpp"

#include <cstring>
#include <new>
#include <string>
#include <string_view>

/// The payload boxes behind spooky::value. Only value*.cpp includes this.
namespace spooky::detail {

template <class T>
struct box_with : counted {
  explicit box_with(T v) : data(std::move(v)) {}
  T data;
};

template <class T>
const T& unbox(const counted* box) noexcept {
  return static_cast<const box_with<T>*>(box)->data;
}

struct file_name {
  std::string bucket;
  std::string key;
  friend auto operator<=>(const file_name&, const file_name&) = default;
};

/// A string, table name, regex or byte string: one allocation, characters right behind the head.
struct text_box : counted {
  std::size_t size;

  static counted* make(std::string_view text) {
    void* memory = ::operator new(sizeof(text_box) + text.size());
    auto* box = new (memory) text_box;
    box->size = text.size();
    if (!text.empty())
      std::memcpy(static_cast<char*>(memory) + sizeof(text_box), text.data(), text.size());
    return box;
  }

  static std::string_view view(const counted* box) noexcept {
    const auto* text = static_cast<const text_box*>(box);
    return {reinterpret_cast<const char*>(text + 1), text->size};
  }

  static void destroy(counted* box) noexcept {
    auto* text = static_cast<text_box*>(box);
    text->~text_box();
    ::operator delete(text);
  }
};

}  // namespace spooky::detail
