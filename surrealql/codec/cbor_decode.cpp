#include "surrealql/codec/cbor.hpp"
#include "surrealql/codec/cbor_items.hpp"
#include "surrealql/codec/cbor_tags.hpp"
#include "surrealql/values/calendar.hpp"
#include "surrealql/values/numbers.hpp"
#include "surrealql/values/text.hpp"
#include "surrealql/values/utf8.hpp"

#include <algorithm>
#include <limits>

namespace spooky::surrealql {
namespace {

using item_kind = cbor_item::kind;

/// What an announced length may reserve before its elements have been seen.
constexpr std::size_t reserve_limit = 1024;
constexpr auto largest_int = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

class decoder {
 public:
  decoder(std::string_view bytes, std::size_t offset, const codec_limits& limits)
      : bytes_(bytes), offset_(offset), limits_(limits) {}

  result<value> next(std::size_t depth) {
    SPOOKY_ASSIGN(const cbor_item item, next_cbor_item(bytes_, offset_));
    return finish(item, depth);
  }

  std::size_t offset() const noexcept { return offset_; }

 private:
  error broken(const std::string& what) const {
    return fail(errc::parse_error, "CBOR " + what + " before byte " + std::to_string(offset_));
  }

  error too_deep() const {
    return fail(errc::limit_exceeded,
                "CBOR is nested deeper than " + std::to_string(limits_.depth) + " levels");
  }

  error expected(std::string_view what, std::string_view where) const {
    return broken("has no " + std::string(what) + " in " + std::string(where));
  }

  result<value> finish(const cbor_item& item, std::size_t depth) {
    if (depth > limits_.depth) return too_deep();
    switch (item.type) {
      case item_kind::unsigned_integer:
        if (item.number > largest_int) return broken("has an integer above 2^63-1");
        return value(static_cast<std::int64_t>(item.number));
      case item_kind::negative_integer:
        if (item.number > largest_int) return broken("has an integer below -2^63");
        return value(-1 - static_cast<std::int64_t>(item.number));
      case item_kind::bytes:
        return value::bytes(std::string(item.text));
      case item_kind::text:
        if (!valid_utf8(item.text)) return broken("has text that is not UTF-8");
        return value(item.text);
      case item_kind::chunked_bytes: {
        SPOOKY_ASSIGN(std::string raw, chunks(item_kind::bytes));
        return value::bytes(std::move(raw));
      }
      case item_kind::chunked_text: {
        SPOOKY_ASSIGN(const std::string text, chunks(item_kind::text));
        if (!valid_utf8(text)) return broken("has text that is not UTF-8");
        return value(text);
      }
      case item_kind::array:
      case item_kind::open_array: {
        SPOOKY_ASSIGN(array items, elements(item, depth));
        return value(std::move(items));
      }
      case item_kind::map:
      case item_kind::open_map:
        return map(item, depth);
      case item_kind::tag:
        return tagged(item.number, depth);
      case item_kind::floating:
        return value(item.real);
      case item_kind::boolean:
        return value(item.number != 0);
      case item_kind::null:
        return value::null();
      case item_kind::end:
        return broken("has a break outside of an open item");
    }
    return broken("has an unknown item");
  }

  result<std::string> chunks(item_kind of) {
    std::string all;
    while (true) {
      SPOOKY_ASSIGN(const cbor_item chunk, next_cbor_item(bytes_, offset_));
      if (chunk.type == item_kind::end) return all;
      if (chunk.type != of) return broken("has a chunk of another kind in an open string");
      all += chunk.text;
    }
  }

  result<array> elements(const cbor_item& head, std::size_t depth) {
    array items;
    if (head.type == item_kind::array) {
      if (head.number > bytes_.size() - offset_)
        return broken("announces more elements than bytes");
      items.reserve(std::min<std::size_t>(head.number, reserve_limit));
      for (std::uint64_t i = 0; i < head.number; ++i) {
        SPOOKY_ASSIGN(value item, next(depth + 1));
        items.push_back(std::move(item));
      }
      return items;
    }
    while (true) {
      SPOOKY_ASSIGN(const cbor_item item, next_cbor_item(bytes_, offset_));
      if (item.type == item_kind::end) return items;
      SPOOKY_ASSIGN(value v, finish(item, depth + 1));
      items.push_back(std::move(v));
    }
  }

  result<value> map(const cbor_item& head, std::size_t depth) {
    const bool open = head.type == item_kind::open_map;
    if (!open && head.number > (bytes_.size() - offset_) / 2)
      return broken("announces more members than bytes");
    std::vector<object::member> members;
    members.reserve(std::min<std::size_t>(head.number, reserve_limit));
    for (std::uint64_t i = 0; open || i < head.number; ++i) {
      SPOOKY_ASSIGN(const cbor_item key, next_cbor_item(bytes_, offset_));
      if (open && key.type == item_kind::end) break;
      SPOOKY_ASSIGN(field_name name, member_name(key));
      SPOOKY_ASSIGN(value member, next(depth + 1));
      members.emplace_back(std::move(name), std::move(member));
    }
    return value(object(std::move(members)));
  }

  result<field_name> member_name(const cbor_item& key) {
    if (key.type == item_kind::text) {
      if (!valid_utf8(key.text)) return broken("has a name that is not UTF-8");
      return field_name::recent(key.text);
    }
    if (key.type != item_kind::chunked_text) return broken("has a member whose name is not text");
    SPOOKY_ASSIGN(const std::string name, chunks(item_kind::text));
    if (!valid_utf8(name)) return broken("has a name that is not UTF-8");
    return field_name::recent(name);
  }

  // -- tags ---------------------------------------------------------------------------------------

  result<value> tagged(std::uint64_t tag, std::size_t depth) {
    if (depth > limits_.depth) return too_deep();
    if (tag == cbor_tag::range) return range(depth);
    if (tag == cbor_tag::duration) return length_of_time();
    SPOOKY_ASSIGN(const value content, next(depth + 1));
    if (tag >= cbor_tag::point && tag <= cbor_tag::collection)
      return shape(static_cast<geometry::kind>(tag - cbor_tag::point), content);
    switch (tag) {
      case cbor_tag::none:
        return value::none();
      case cbor_tag::text_datetime:
        return from_text(content, parse_datetime, "datetime");
      case cbor_tag::text_uuid:
        return from_text(content, parse_uuid, "uuid");
      case cbor_tag::text_duration:
        return from_text(content, parse_duration, "duration");
      case cbor_tag::text_decimal:
        return from_text(content, decimal::parse_exact, "decimal");
      case cbor_tag::table:
        if (!content.is_string()) return expected("text", "a table");
        return value::table(std::string(content.as_string()));
      case cbor_tag::record:
        return record(content);
      case cbor_tag::datetime:
        return seconds_and_nanos(content);
      case cbor_tag::uuid: {
        if (content.type() != value_type::bytes || content.as_string().size() != 16)
          return expected("16 bytes", "a uuid");
        uuid id;
        std::copy_n(content.as_string().begin(), 16, id.bytes.begin());
        return value(id);
      }
      case cbor_tag::file:
        return file(content);
      case cbor_tag::set:
        if (!content.is_array()) return expected("array", "a set");
        return value::set(content.as_array());
      default:
        return broken("has the unknown tag " + std::to_string(tag));
    }
  }

  template <class Parse>
  result<value> from_text(const value& content, Parse parse, std::string_view what) {
    if (!content.is_string()) return expected("text", what);
    auto parsed = parse(content.as_string());
    if (!parsed)
      return broken("has an invalid " + std::string(what) + " (" + parsed.failure().message + ")");
    return value(*std::move(parsed));
  }

  result<value> record(const value& content) {
    if (content.is_string()) return from_text(content, parse_record_id, "record id");
    if (!content.is_array() || content.as_array().size() != 2 || !content.as_array()[0].is_string())
      return expected("table and key", "a record id");
    const value& key = content.as_array()[1];
    switch (key.type()) {
      case value_type::integer:
      case value_type::string:
      case value_type::uuid:
      case value_type::array:
      case value_type::object:
      case value_type::range:
        break;
      default:
        return expected("int, text, uuid, array, object or range key", "a record id");
    }
    return value(record_id{std::string(content.as_array()[0].as_string()), key});
  }

  result<value> seconds_and_nanos(const value& content) {
    if (!content.is_array() || content.as_array().size() != 2)
      return expected("pair of seconds and nanoseconds", "a datetime");
    const value& seconds = content.as_array()[0];
    const value& nanos = content.as_array()[1];
    if (seconds.type() != value_type::integer || nanos.type() != value_type::integer ||
        nanos.as_integer() < 0 || nanos.as_integer() >= nanos_per_second ||
        !in_calendar(seconds.as_integer()))
      return broken("has a datetime out of range");
    return value(datetime{seconds.as_integer(), static_cast<std::uint32_t>(nanos.as_integer())});
  }

  /// Reads the content of a duration itself: its seconds may be more than an integer holds.
  result<value> length_of_time() {
    SPOOKY_ASSIGN(const cbor_item head, next_cbor_item(bytes_, offset_));
    if (head.type != item_kind::array || head.number > 2)
      return expected("pair of seconds and nanoseconds", "a duration");
    std::uint64_t parts[2] = {0, 0};
    for (std::size_t i = 0; i < head.number; ++i) {
      SPOOKY_ASSIGN(const cbor_item part, next_cbor_item(bytes_, offset_));
      if (part.type != item_kind::unsigned_integer) return broken("has a duration out of range");
      parts[i] = part.number;
    }
    const auto [seconds, nanos] = parts;
    constexpr std::uint64_t whole = nanos_per_second;
    if (nanos > std::numeric_limits<std::uint32_t>::max() ||
        seconds > std::numeric_limits<std::uint64_t>::max() - nanos / whole)
      return broken("has a duration out of range");
    return value(duration{seconds + nanos / whole, static_cast<std::uint32_t>(nanos % whole)});
  }

  /// Reads the content of a range itself: a bound means nothing outside of one.
  result<value> range(std::size_t depth) {
    SPOOKY_ASSIGN(const cbor_item head, next_cbor_item(bytes_, offset_));
    if (head.type != item_kind::array || head.number != 2)
      return expected("pair of bounds", "a range");
    value_range limits;
    SPOOKY_ASSIGN(limits.begin, bound(depth + 1));
    SPOOKY_ASSIGN(limits.end, bound(depth + 1));
    return value(std::move(limits));
  }

  result<range_bound> bound(std::size_t depth) {
    SPOOKY_ASSIGN(const cbor_item head, next_cbor_item(bytes_, offset_));
    if (head.type == item_kind::null) return range_bound{};
    if (head.type != item_kind::tag ||
        (head.number != cbor_tag::included && head.number != cbor_tag::excluded))
      return expected("bound", "a range");
    SPOOKY_ASSIGN(value at, next(depth + 1));
    return range_bound{head.number == cbor_tag::included ? range_bound::kind::included
                                                         : range_bound::kind::excluded,
                       std::move(at)};
  }

  result<value> file(const value& content) {
    if (!content.is_array() || content.as_array().size() != 2 ||
        !content.as_array()[0].is_string() || !content.as_array()[1].is_string())
      return expected("bucket and key", "a file");
    std::string key(content.as_array()[1].as_string());
    if (!key.starts_with('/')) key.insert(key.begin(), '/');
    return value::file(std::string(content.as_array()[0].as_string()), std::move(key));
  }

  // -- geometries: their parts are tagged geometries themselves ----------------------------------

  result<value> shape(geometry::kind type, const value& content) {
    if (!content.is_array()) return expected("array", "a geometry");
    const array& parts = content.as_array();
    geometry made{type, {}, {}};
    if (type == geometry::kind::point) {
      if (parts.size() != 2 || !parts[0].is_number() || !parts[1].is_number())
        return expected("pair of numbers", "a point");
      made.positions.emplace_back(to_double(parts[0]), to_double(parts[1]));
      return value(std::move(made));
    }
    if (type == geometry::kind::polygon && parts.empty()) return expected("ring", "a polygon");
    for (const auto& part : parts) {
      if (part.type() != value_type::geometry || !may_hold(type, part.as_geometry().type))
        return expected("part of the right kind", "a geometry");
      if (type == geometry::kind::line || type == geometry::kind::multi_point) {
        made.positions.push_back(part.as_geometry().positions[0]);
      } else {
        made.parts.push_back(part.as_geometry());
      }
    }
    return value(std::move(made));
  }

  static bool may_hold(geometry::kind whole, geometry::kind part) noexcept {
    switch (whole) {
      case geometry::kind::line:
      case geometry::kind::multi_point:
        return part == geometry::kind::point;
      case geometry::kind::polygon:
      case geometry::kind::multi_line:
        return part == geometry::kind::line;
      case geometry::kind::multi_polygon:
        return part == geometry::kind::polygon;
      case geometry::kind::collection:
        return true;
      case geometry::kind::point:
        return false;
    }
    return false;
  }

  std::string_view bytes_;
  std::size_t offset_;
  const codec_limits& limits_;
};

error too_long(const codec_limits& limits) {
  return fail(errc::limit_exceeded,
              "CBOR is longer than " + std::to_string(limits.bytes) + " bytes");
}

error left_over(std::size_t offset) {
  return fail(errc::parse_error, "CBOR has bytes left over from byte " + std::to_string(offset));
}

}  // namespace

result<value> decode_cbor(std::string_view bytes, const codec_limits& limits) {
  if (bytes.size() > limits.bytes) return too_long(limits);
  decoder reader(bytes, 0, limits);
  SPOOKY_ASSIGN(value v, reader.next(0));
  if (reader.offset() != bytes.size()) return left_over(reader.offset());
  return v;
}

result<value> decode_cbor(std::span<const std::uint8_t> bytes, const codec_limits& limits) {
  return decode_cbor(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
                     limits);
}

result<cbor_array_reader> cbor_array_reader::open(std::string_view bytes,
                                                  const codec_limits& limits) {
  if (bytes.size() > limits.bytes) return too_long(limits);
  cbor_array_reader reader(bytes, limits);
  SPOOKY_ASSIGN(const cbor_item head, next_cbor_item(bytes, reader.offset_));
  if (head.type != item_kind::array && head.type != item_kind::open_array)
    return fail(errc::parse_error, "CBOR does not start with an array");
  reader.indefinite_ = head.type == item_kind::open_array;
  reader.left_ = head.number;
  return reader;
}

result<std::optional<value>> cbor_array_reader::next() {
  if (finished_) return std::optional<value>();
  bool ended = !indefinite_ && left_ == 0;
  if (indefinite_) {
    std::size_t behind = offset_;
    SPOOKY_ASSIGN(const cbor_item item, next_cbor_item(bytes_, behind));
    ended = item.type == item_kind::end;
    if (ended) offset_ = behind;
  }
  if (ended) {
    finished_ = true;
    if (offset_ != bytes_.size()) return left_over(offset_);
    return std::optional<value>();
  }
  decoder reader(bytes_, offset_, limits_);
  SPOOKY_ASSIGN(value v, reader.next(1));
  offset_ = reader.offset();
  if (!indefinite_) --left_;
  return std::optional<value>(std::move(v));
}

}  // namespace spooky::surrealql
