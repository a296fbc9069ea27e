#include "surrealql/values/value.hpp"

#include "surrealql/values/value_box.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>

namespace spooky {

using detail::box_with;
using detail::text_box;
using detail::unbox;

std::string_view type_name(value_type type) noexcept {
  switch (type) {
    case value_type::none:
      return "none";
    case value_type::null:
      return "null";
    case value_type::boolean:
      return "bool";
    case value_type::integer:
      return "int";
    case value_type::floating:
      return "float";
    case value_type::decimal:
      return "decimal";
    case value_type::string:
      return "string";
    case value_type::duration:
      return "duration";
    case value_type::datetime:
      return "datetime";
    case value_type::uuid:
      return "uuid";
    case value_type::array:
      return "array";
    case value_type::set:
      return "set";
    case value_type::object:
      return "object";
    case value_type::geometry:
      return "geometry";
    case value_type::bytes:
      return "bytes";
    case value_type::table:
      return "table";
    case value_type::record:
      return "record";
    case value_type::file:
      return "file";
    case value_type::regex:
      return "regex";
    case value_type::range:
      return "range";
    case value_type::closure:
      return "function";
  }
  return "none";
}

namespace {

template <class T>
detail::counted* box_of(T data) {
  return new box_with<T>(std::move(data));
}

}  // namespace

value::value(double v) noexcept : type_(value_type::floating) {
  // One NaN per sign: the engine sorts one before and one after all numbers.
  payload_.floating = v == v ? v : std::copysign(std::numeric_limits<double>::quiet_NaN(), v);
}

value::value(std::string_view text) : value(value_type::string, text_box::make(text)) {}
value::value(const char* text) : value(std::string_view(text)) {}
value::value(std::string text) : value(std::string_view(text)) {}
value::value(spooky::decimal v) : value(value_type::decimal, box_of(v)) {}

value::value(spooky::duration v) : type_(value_type::duration), nanos_(v.nanos) {
  payload_.bits = v.seconds;
}

value::value(spooky::datetime v) : type_(value_type::datetime), nanos_(v.nanos) {
  payload_.integer = v.seconds;
}

value::value(spooky::uuid v) : value(value_type::uuid, box_of(v)) {}
value::value(spooky::array items) : value(value_type::array, box_of(std::move(items))) {}
value::value(spooky::object members) : value(value_type::object, box_of(std::move(members))) {}
value::value(record_id id) : value(value_type::record, box_of(std::move(id))) {}
value::value(value_range range) : value(value_type::range, box_of(std::move(range))) {}
value::value(spooky::geometry shape) : value(value_type::geometry, box_of(std::move(shape))) {}

value value::table(std::string name) { return value(value_type::table, text_box::make(name)); }
value value::bytes(std::string raw) { return value(value_type::bytes, text_box::make(raw)); }
value value::regex(std::string pattern) {
  return value(value_type::regex, text_box::make(pattern));
}

value value::file(std::string bucket, std::string key) {
  return value(value_type::file, box_of(detail::file_name{std::move(bucket), std::move(key)}));
}

value value::set(spooky::array items) {
  std::stable_sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return value(value_type::set, box_of(std::move(items)));
}

value value::closure(std::shared_ptr<const closure_body> body, const spooky::object& captured) {
  assert(body);
  return value(value_type::closure, new box_with<std::shared_ptr<const closure_body>>(
                                        std::move(body), detail::shape_of(captured)));
}

void value::release() noexcept {
  // No fence for the last owner only: ThreadSanitizer does not understand fences.
  if (payload_.box->owners.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  detail::counted* box = payload_.box;
  switch (type_) {
    case value_type::string:
    case value_type::table:
    case value_type::bytes:
    case value_type::regex:
      text_box::destroy(box);
      break;
    case value_type::decimal:
      delete static_cast<box_with<spooky::decimal>*>(box);
      break;
    case value_type::uuid:
      delete static_cast<box_with<spooky::uuid>*>(box);
      break;
    case value_type::array:
    case value_type::set:
      delete static_cast<box_with<spooky::array>*>(box);
      break;
    case value_type::object:
      delete static_cast<box_with<spooky::object>*>(box);
      break;
    case value_type::geometry:
      delete static_cast<box_with<spooky::geometry>*>(box);
      break;
    case value_type::record:
      delete static_cast<box_with<record_id>*>(box);
      break;
    case value_type::file:
      delete static_cast<box_with<detail::file_name>*>(box);
      break;
    case value_type::range:
      delete static_cast<box_with<value_range>*>(box);
      break;
    case value_type::closure:
      delete static_cast<box_with<std::shared_ptr<const closure_body>>*>(box);
      break;
    case value_type::none:
    case value_type::null:
    case value_type::boolean:
    case value_type::integer:
    case value_type::floating:
    case value_type::duration:
    case value_type::datetime:
      break;
  }
}

const spooky::decimal& value::as_decimal() const noexcept {
  assert(type_ == value_type::decimal);
  return unbox<spooky::decimal>(payload_.box);
}

std::string_view value::as_string() const noexcept {
  assert(type_ == value_type::string || type_ == value_type::table || type_ == value_type::regex ||
         type_ == value_type::bytes);
  return static_cast<const text_box*>(payload_.box)->view();
}

spooky::uuid value::as_uuid() const noexcept {
  assert(type_ == value_type::uuid);
  return unbox<spooky::uuid>(payload_.box);
}

const spooky::array& value::as_array() const noexcept {
  assert(type_ == value_type::array || type_ == value_type::set);
  return unbox<spooky::array>(payload_.box);
}

const spooky::object& value::as_object() const noexcept {
  assert(type_ == value_type::object);
  return unbox<spooky::object>(payload_.box);
}

const record_id& value::as_record() const noexcept {
  assert(type_ == value_type::record);
  return unbox<record_id>(payload_.box);
}

const value_range& value::as_range() const noexcept {
  assert(type_ == value_type::range);
  return unbox<value_range>(payload_.box);
}

const spooky::geometry& value::as_geometry() const noexcept {
  assert(type_ == value_type::geometry);
  return unbox<spooky::geometry>(payload_.box);
}

std::pair<std::string_view, std::string_view> value::as_file() const noexcept {
  assert(type_ == value_type::file);
  const auto& name = unbox<detail::file_name>(payload_.box);
  return {name.bucket, name.key};
}

const std::shared_ptr<const closure_body>& value::as_closure() const noexcept {
  assert(type_ == value_type::closure);
  return unbox<std::shared_ptr<const closure_body>>(payload_.box);
}

const value& none_value() noexcept {
  static const value none;
  return none;
}

const value& value::operator[](std::string_view field) const noexcept {
  if (type_ != value_type::object) return none_value();
  const value* member = as_object().find(field);
  return member != nullptr ? *member : none_value();
}

std::size_t value::weight() const noexcept {
  if (!boxed()) return 0;
  if (detail::is_text(type_))
    return sizeof(text_box) + static_cast<const text_box*>(payload_.box)->size;
  return static_cast<const detail::shaped*>(payload_.box)->shape.weight();
}

unsigned value::depth() const noexcept {
  switch (type_) {
    case value_type::array:
    case value_type::set:
    case value_type::object:
    case value_type::record:
    case value_type::range:
    case value_type::closure:
      return static_cast<const detail::shaped*>(payload_.box)->shape.depth();
    default:
      return 0;
  }
}

bool value::same_payload(const value& other) const noexcept {
  return type_ == other.type_ && nanos_ == other.nanos_ && payload_.bits == other.payload_.bits;
}

}  // namespace spooky
