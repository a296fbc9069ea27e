#pragma once

#include "surrealql/values/shape.hpp"
#include "surrealql/values/text_box.hpp"
#include "surrealql/values/value.hpp"

#include <string>
#include <utility>

/// The payload boxes behind spooky::value. Only value*.cpp includes this.
namespace spooky {

/// What value's own files see of it.
struct value_access {
  /// Its shared payload; null for what lies in the value itself.
  static const detail::counted* box(const value& v) noexcept {
    return v.boxed() ? v.payload_.box : nullptr;
  }
};

}  // namespace spooky

namespace spooky::detail {

/// Whose box is a text_box; all other boxes are `shaped`.
constexpr bool is_text(value_type type) noexcept {
  return type == value_type::string || type == value_type::table || type == value_type::bytes ||
         type == value_type::regex;
}

/// The head of every box that is no text.
struct shaped : counted {
  detail::shape shape;
};

template <class T>
struct box_with : shaped {
  explicit box_with(T v) : data(std::move(v)) { shape = shape_of(data); }
  box_with(T v, detail::shape known) : data(std::move(v)) { shape = known; }
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

}  // namespace spooky::detail
