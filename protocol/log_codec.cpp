#include "protocol/log_codec.hpp"

#include "protocol/log.hpp"
#include "surrealql/database/change_codec.hpp"

#include <concepts>
#include <memory>
#include <utility>

namespace spooky {

namespace {

template <std::unsigned_integral T>
void append(T number, std::string& out) {
  for (unsigned shift = 0; shift < sizeof(T) * 8; shift += 8)
    out += static_cast<char>((number >> shift) & 0xff);
}

template <std::unsigned_integral T>
bool take(std::string_view& bytes, T& number) {
  if (bytes.size() < sizeof(T)) return false;
  number = 0;
  for (std::size_t i = sizeof(T); i-- > 0;)
    number = static_cast<T>((number << 8) | static_cast<unsigned char>(bytes[i]));
  bytes.remove_prefix(sizeof(T));
  return true;
}

}  // namespace

std::string encode_slice(const log_slice& slice) {
  std::string bytes;
  append(slice.first, bytes);
  append(slice.last, bytes);
  std::string one;
  for (const auto& batch : *slice.batches) {
    one.clear();
    surrealql::encode_batch(batch, one);
    append(static_cast<std::uint32_t>(one.size()), bytes);
    bytes += one;
  }
  return bytes;
}

result<log_slice> decode_slice(std::string_view bytes) {
  const auto torn = fail(errc::corrupt, "the stretch of the log is cut short");
  log_slice slice;
  if (!take(bytes, slice.first) || !take(bytes, slice.last)) return torn;
  change_batches batches;
  while (!bytes.empty()) {
    std::uint32_t length = 0;
    if (!take(bytes, length) || bytes.size() < length) return torn;
    SPOOKY_ASSIGN(auto batch, surrealql::decode_batch(bytes.substr(0, length)));
    batches.push_back(std::move(batch));
    bytes.remove_prefix(length);
  }
  slice.batches = std::make_shared<const change_batches>(std::move(batches));
  return slice;
}

}  // namespace spooky
