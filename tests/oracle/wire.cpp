#include "wire.hpp"

#include "surrealql/codec/cbor.hpp"

namespace spooky::oracle {

namespace {

int digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

result<value> value_of(std::string_view hex) {
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = digit(hex[i]), low = digit(hex[i + 1]);
    if (high < 0 || low < 0) return fail(errc::invalid_argument, "expected lower-case hexadecimal");
    bytes += static_cast<char>(high * 16 + low);
  }
  return surrealql::decode_cbor(std::string_view(bytes));
}

std::string hex_of(const value& v) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string bytes, hex;
  surrealql::encode_cbor(v, bytes);
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    hex += digits[static_cast<unsigned char>(c) >> 4U];
    hex += digits[static_cast<unsigned char>(c) & 15U];
  }
  return hex;
}

result<array> rows_of(const json& command, const char* field) {
  SPOOKY_ASSIGN(const value rows, value_of(command.at(field).get<std::string>()));
  if (!rows.is_array()) return fail(errc::invalid_argument, "expected an array of rows");
  return rows.as_array();
}

result<object> params_of(const json& command) {
  if (!command.contains("params")) return object{};
  SPOOKY_ASSIGN(const value params, value_of(command.at("params").get<std::string>()));
  if (!params.is_object()) return fail(errc::invalid_argument, "expected params to be an object");
  return params.as_object();
}

json ok(const value& v) { return {{"ok", hex_of(v)}}; }

json failed(const error& failure) {
  return {{"error", std::string(error_text(failure.code))}, {"message", failure.message}};
}

}  // namespace spooky::oracle
