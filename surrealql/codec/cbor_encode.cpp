#include "surrealql/codec/cbor.hpp"
#include "surrealql/codec/cbor_tags.hpp"
#include "surrealql/values/text.hpp"

#include <bit>
#include <cmath>

namespace spooky::surrealql {
namespace {

// libcbor's encoders are not used here: its half floats lose the digits of subnormal numbers.

enum class major : std::uint8_t {
  unsigned_integer = 0,
  negative_integer = 1,
  bytes = 2,
  text = 3,
  array = 4,
  map = 5,
  tag = 6,
};

/// The `width` low bytes of `v`, most significant first.
void append_big_endian(std::uint64_t v, unsigned width, std::string& out) {
  for (unsigned i = width; i-- > 0;) out += static_cast<char>((v >> (8 * i)) & 0xFF);
}

void append_head(major type, std::uint64_t argument, std::string& out) {
  const unsigned lead = static_cast<unsigned>(type) << 5;
  if (argument < 24) {
    out += static_cast<char>(lead | argument);
    return;
  }
  const unsigned power = argument <= 0xFF         ? 0
                         : argument <= 0xFFFF     ? 1
                         : argument <= 0xFFFFFFFF ? 2
                                                  : 3;
  out += static_cast<char>(lead | (24 + power));
  append_big_endian(argument, 1U << power, out);
}

void append_unsigned(std::uint64_t v, std::string& out) {
  append_head(major::unsigned_integer, v, out);
}

void append_integer(std::int64_t v, std::string& out) {
  if (v >= 0) {
    append_unsigned(static_cast<std::uint64_t>(v), out);
  } else {
    append_head(major::negative_integer, static_cast<std::uint64_t>(-(v + 1)), out);
  }
}

void append_tag(std::uint64_t tag, std::string& out) { append_head(major::tag, tag, out); }
void append_array(std::size_t n, std::string& out) { append_head(major::array, n, out); }

void append_string(std::string_view text, std::string& out) {
  append_head(major::text, text.size(), out);
  out += text;
}

void append_bytes(std::string_view raw, std::string& out) {
  append_head(major::bytes, raw.size(), out);
  out += raw;
}

/// Whether half precision holds `v` exactly: 11 significant bits, exponents -14 to 15, and below
/// that multiples of 2^-24.
bool fits_half(double v) noexcept {
  constexpr double largest = 65504.0;
  constexpr double smallest_normal = 0x1p-14;
  const double magnitude = std::fabs(v);
  if (magnitude == 0.0 || std::isinf(v)) return true;
  if (magnitude > largest) return false;
  int exponent = 0;
  const double scaled =
      magnitude < smallest_normal ? magnitude * 0x1p24 : std::frexp(magnitude, &exponent) * 0x1p11;
  return scaled == std::trunc(scaled);
}

/// The bits of a number that fits_half().
std::uint16_t half_bits(double v) noexcept {
  const double magnitude = std::fabs(v);
  unsigned bits = 0;
  if (std::isinf(v)) {
    bits = 0x7C00;
  } else if (magnitude < 0x1p-14) {
    bits = static_cast<unsigned>(magnitude * 0x1p24);
  } else {
    int exponent = 0;
    const double fraction = std::frexp(magnitude, &exponent);
    bits = (static_cast<unsigned>(exponent + 14) << 10) +
           (static_cast<unsigned>(fraction * 0x1p11) & 0x3FFU);
  }
  return static_cast<std::uint16_t>(bits | (std::signbit(v) ? 0x8000U : 0U));
}

void append_float(double v, std::string& out) {
  if (std::isnan(v)) {
    out += '\xf9';
    append_big_endian(std::signbit(v) ? 0xFE00 : 0x7E00, 2, out);
  } else if (fits_half(v)) {
    out += '\xf9';
    append_big_endian(half_bits(v), 2, out);
  } else if (static_cast<double>(static_cast<float>(v)) == v) {
    out += '\xfa';
    append_big_endian(std::bit_cast<std::uint32_t>(static_cast<float>(v)), 4, out);
  } else {
    out += '\xfb';
    append_big_endian(std::bit_cast<std::uint64_t>(v), 8, out);
  }
}

void append_uuid(const uuid& id, std::string& out) {
  append_tag(cbor_tag::uuid, out);
  append_bytes({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}, out);
}

void append_duration(const duration& d, std::string& out) {
  append_tag(cbor_tag::duration, out);
  append_array(d.nanos != 0 ? 2 : d.seconds != 0 ? 1 : 0, out);
  if (d.seconds != 0 || d.nanos != 0) append_unsigned(d.seconds, out);
  if (d.nanos != 0) append_unsigned(d.nanos, out);
}

void append_bound(const range_bound& bound, std::string& out) {
  if (bound.type == range_bound::kind::unbounded) {
    encode_cbor(value::null(), out);
    return;
  }
  append_tag(bound.type == range_bound::kind::included ? cbor_tag::included : cbor_tag::excluded,
             out);
  encode_cbor(bound.at, out);
}

void append_position(const geometry::position& at, std::string& out) {
  append_tag(cbor_tag::point, out);
  append_array(2, out);
  append_float(at.first, out);
  append_float(at.second, out);
}

void append_geometry(const geometry& shape, std::string& out) {
  if (shape.type == geometry::kind::point) {
    append_position(shape.positions.empty() ? geometry::position{} : shape.positions[0], out);
    return;
  }
  append_tag(cbor_tag::point + static_cast<std::uint64_t>(shape.type), out);
  append_array(shape.positions.size() + shape.parts.size(), out);
  for (const auto& at : shape.positions) append_position(at, out);
  for (const auto& part : shape.parts) append_geometry(part, out);
}

void append_items(const array& items, std::string& out) {
  append_array(items.size(), out);
  for (const auto& item : items) encode_cbor(item, out);
}

}  // namespace

// NOLINTNEXTLINE(readability-function-size): one case for each type
void encode_cbor(const value& v, std::string& out) {
  switch (v.type()) {
    case value_type::none:
    case value_type::closure:
      out += "\xc6\xf6";
      return;
    case value_type::null:
      out += '\xf6';
      return;
    case value_type::boolean:
      out += v.as_bool() ? '\xf5' : '\xf4';
      return;
    case value_type::integer:
      append_integer(v.as_integer(), out);
      return;
    case value_type::floating:
      append_float(v.as_floating(), out);
      return;
    case value_type::decimal:
      append_tag(cbor_tag::text_decimal, out);
      append_string(v.as_decimal().to_string(), out);
      return;
    case value_type::string:
      append_string(v.as_string(), out);
      return;
    case value_type::duration:
      append_duration(v.as_duration(), out);
      return;
    case value_type::datetime:
      append_tag(cbor_tag::datetime, out);
      append_array(2, out);
      append_integer(v.as_datetime().seconds, out);
      append_unsigned(v.as_datetime().nanos, out);
      return;
    case value_type::uuid:
      append_uuid(v.as_uuid(), out);
      return;
    case value_type::array:
      append_items(v.as_array(), out);
      return;
    case value_type::set:
      append_tag(cbor_tag::set, out);
      append_items(v.as_array(), out);
      return;
    case value_type::object:
      append_head(major::map, v.as_object().size(), out);
      for (const auto& [name, member] : v.as_object()) {
        append_string(name, out);
        encode_cbor(member, out);
      }
      return;
    case value_type::geometry:
      append_geometry(v.as_geometry(), out);
      return;
    case value_type::bytes:
      append_bytes(v.as_string(), out);
      return;
    case value_type::table:
      append_tag(cbor_tag::table, out);
      append_string(v.as_string(), out);
      return;
    case value_type::record:
      append_tag(cbor_tag::record, out);
      append_array(2, out);
      append_string(v.as_record().table, out);
      encode_cbor(v.as_record().key, out);
      return;
    case value_type::file:
      append_tag(cbor_tag::file, out);
      append_array(2, out);
      append_string(v.as_file().first, out);
      append_string(v.as_file().second, out);
      return;
    case value_type::regex:
      append_string(to_text(v), out);
      return;
    case value_type::range:
      append_tag(cbor_tag::range, out);
      append_array(2, out);
      append_bound(v.as_range().begin, out);
      append_bound(v.as_range().end, out);
      return;
  }
}

}  // namespace spooky::surrealql
