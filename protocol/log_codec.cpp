#include "protocol/log_codec.hpp"

#include "protocol/fields.hpp"
#include "protocol/log.hpp"
#include "surrealql/database/change_codec.hpp"

#include <charconv>
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
  append(slice.first.raw(), bytes);
  append(slice.last.raw(), bytes);
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
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (!take(bytes, first) || !take(bytes, last)) return torn;
  slice.first = sequence_number{first};
  slice.last = sequence_number{last};
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

std::string epoch_text(registration_epoch epoch) { return std::to_string(epoch.raw()); }

result<registration_epoch> read_epoch_text(std::string_view text) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  if (!text.empty()) {
    const auto [stop, failed] = std::from_chars(text.data(), end, number);
    if (failed != std::errc{} || stop != end)
      return fail(errc::invalid_argument,
                  "header " + std::string{log_epoch_header} + " must be a number");
  }
  return registration_epoch{number};
}

value applied_answer(sequence_number applied) {
  return value{object{{"applied_seq", fields::of_number(applied)}}};
}

result<sequence_number> read_applied(const value& body) {
  if (body["applied_seq"].type() != value_type::integer || body["applied_seq"].as_integer() < 0)
    return fail(errc::corrupt, "the SSP's answer lacks applied_seq");
  return sequence_number{static_cast<std::uint64_t>(body["applied_seq"].as_integer())};
}

}  // namespace spooky
