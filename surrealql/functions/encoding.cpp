#include "surrealql/codec/cbor.hpp"
#include "surrealql/functions/library.hpp"

/// The encoding:: functions.
namespace spooky::surrealql::library {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

result<value> base64_encode(arguments a) {
  const auto raw = a[0].as_string();
  std::string out;
  for (std::size_t i = 0; i < raw.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j)
      bits = (bits << 8) | (i + j < raw.size() ? static_cast<unsigned char>(raw[i + j]) : 0U);
    const std::size_t digits = std::min<std::size_t>(raw.size() - i, 3) + 1;
    for (std::size_t j = 0; j < digits; ++j) out += alphabet[(bits >> (18 - 6 * j)) & 0x3F];
  }
  const bool padded = a.size() > 1 && a[1].as_bool();
  while (padded && out.size() % 4 != 0) out += '=';
  return value(std::move(out));
}

/// With or without padding; bits that stand for nothing must be zero.
bool decode_base64(std::string_view text, std::string& out) {
  const bool padded = text.ends_with('=');
  if (padded && text.size() % 4 != 0) return false;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  if (text.size() % 4 == 1) return false;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos) return false;
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>((bits >> held) & 0xFF);
  }
  return (bits & ((1U << held) - 1)) == 0;
}

result<value> base64_decode(arguments a) {
  std::string out;
  if (!decode_base64(a[0].as_string(), out)) return bad_argument("invalid base64");
  return value::bytes(std::move(out));
}

result<value> cbor_encode(arguments a) {
  if (a[0].type() == value_type::regex || a[0].type() == value_type::closure)
    return bad_argument("Value could not be encoded into CBOR");
  std::string out;
  encode_cbor(a[0], out);
  return value::bytes(std::move(out));
}

result<value> cbor_decode(arguments a) {
  auto decoded = decode_cbor(a[0].as_string());
  if (!decoded) return bad_argument("invalid cbor");
  return decoded;
}

constexpr function_entry rows[] = {
    row("encoding::base64::decode", "s", plain<base64_decode>),
    row("encoding::base64::encode", "bB?", plain<base64_encode>),
    row("encoding::cbor::decode", "b", plain<cbor_decode>),
    row("encoding::cbor::encode", "v", plain<cbor_encode>),
};

}  // namespace

std::span<const function_entry> encoding_functions() { return rows; }

}  // namespace spooky::surrealql::library
