#include "surrealql/codec/cbor_items.hpp"

#include <cmath>
#include <cstring>
#include <limits>

namespace spooky::surrealql {
namespace {

using kind = cbor_item::kind;

// libcbor's streaming decoder is not used here: it refuses the tags 6 to 20, on which SurrealDB's
// protocol is built.

constexpr unsigned one_byte =
    24;  ///< the argument follows in one byte; 25: in two, 26: four, 27: eight
constexpr unsigned indefinite = 31;  ///< no argument: parts follow until a break

error truncated(std::size_t offset) {
  return fail(errc::parse_error,
              "CBOR ends in the middle of an item at byte " + std::to_string(offset));
}

error reserved(std::size_t offset) {
  return fail(errc::parse_error,
              "CBOR has a reserved or unknown item at byte " + std::to_string(offset));
}

double half_to_double(std::uint64_t bits) noexcept {
  const auto exponent = static_cast<int>((bits >> 10) & 0x1F);
  const auto fraction = static_cast<double>(bits & 0x3FF);
  double v = exponent == 0    ? std::ldexp(fraction, -24)
             : exponent != 31 ? std::ldexp(fraction + 1024, exponent - 25)
             : fraction == 0  ? std::numeric_limits<double>::infinity()
                              : std::numeric_limits<double>::quiet_NaN();
  return (bits & 0x8000) != 0 ? -v : v;
}

double single_to_double(std::uint64_t bits) noexcept {
  const auto narrow = static_cast<std::uint32_t>(bits);
  float v = 0;
  std::memcpy(&v, &narrow, sizeof v);
  return static_cast<double>(v);
}

double to_double(std::uint64_t bits) noexcept {
  double v = 0;
  std::memcpy(&v, &bits, sizeof v);
  return v;
}

/// Major type 7: what `info`, and for floats `argument`, stand for.
bool read_simple(unsigned info, std::uint64_t argument, cbor_item& item) noexcept {
  switch (info) {
    case 20:
    case 21:
      item.type = kind::boolean;
      item.number = info - 20;
      return true;
    case 22:  // null
    case 23:  // undefined, which the engine reads as NULL
      item.type = kind::null;
      return true;
    case 25:
      item.real = half_to_double(argument);
      break;
    case 26:
      item.real = single_to_double(argument);
      break;
    case 27:
      item.real = to_double(argument);
      break;
    case indefinite:
      item.type = kind::end;
      return true;
    default:
      return false;
  }
  item.type = kind::floating;
  return true;
}

constexpr kind definite_kinds[] = {kind::unsigned_integer,
                                   kind::negative_integer,
                                   kind::bytes,
                                   kind::text,
                                   kind::array,
                                   kind::map,
                                   kind::tag};

bool open_kind(unsigned major, kind& out) noexcept {
  switch (major) {
    case 2:
      out = kind::chunked_bytes;
      return true;
    case 3:
      out = kind::chunked_text;
      return true;
    case 4:
      out = kind::open_array;
      return true;
    case 5:
      out = kind::open_map;
      return true;
    default:
      return false;
  }
}

}  // namespace

result<cbor_item> next_cbor_item(std::string_view bytes, std::size_t& offset) {
  if (offset >= bytes.size()) return truncated(offset);
  const auto lead = static_cast<unsigned char>(bytes[offset]);
  const unsigned major = lead >> 5;
  const unsigned info = lead & 0x1FU;
  std::size_t at = offset + 1;
  std::uint64_t argument = info;
  if (info >= one_byte && info <= one_byte + 3) {
    const std::size_t width = std::size_t{1} << (info - one_byte);
    if (bytes.size() - at < width) return truncated(offset);
    argument = 0;
    for (std::size_t i = 0; i < width; ++i)
      argument = (argument << 8) | static_cast<unsigned char>(bytes[at + i]);
    at += width;
  } else if (info > one_byte + 3 && info != indefinite) {
    return reserved(offset);
  }

  cbor_item item;
  if (major == 7) {
    if (!read_simple(info, argument, item)) return reserved(offset);
  } else if (info == indefinite) {
    if (!open_kind(major, item.type)) return reserved(offset);
  } else {
    item.type = definite_kinds[major];
    item.number = argument;
    if (item.type == kind::bytes || item.type == kind::text) {
      if (bytes.size() - at < argument) return truncated(offset);
      item.text = bytes.substr(at, static_cast<std::size_t>(argument));
      at += item.text.size();
    }
  }
  offset = at;
  return item;
}

}  // namespace spooky::surrealql
