#include "storage/wal_format.hpp"

#include "storage/little_endian.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace spooky::storage {
namespace {

constexpr std::string_view segment_magic = "SPKYWAL1";
constexpr std::string_view frame_magic = "FRAM";
constexpr std::size_t header_check_at = 28;
constexpr std::size_t checksum_at = 32;
constexpr std::size_t segment_checksum_at = 32;
constexpr std::string_view name_prefix = "segment-";
constexpr std::string_view name_suffix = ".wal";
constexpr std::size_t name_digits = 20;

std::uint64_t hash(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

/// The hash of an intact frame header, or nothing.
std::optional<std::uint64_t> checked_header_hash(std::string_view bytes, std::uint64_t salt) {
  if (bytes.size() < frame_header_bytes || !bytes.starts_with(frame_magic)) return std::nullopt;
  const std::uint64_t h = hash(bytes.substr(0, header_check_at), salt);
  if (read_little_endian<std::uint32_t>(bytes, header_check_at) != static_cast<std::uint32_t>(h)) {
    return std::nullopt;
  }
  return h;
}

}  // namespace

std::size_t frame_bytes(std::size_t payload_bytes) noexcept {
  return (frame_header_bytes + payload_bytes + 7) & ~std::size_t{7};
}

void encode_frame(const wal_frame& frame, std::uint64_t salt, std::string& out) {
  const std::size_t start = out.size();
  out += frame_magic;
  append_little_endian(out, static_cast<std::uint32_t>(frame.payload.size()));
  append_little_endian(out, frame.first.raw());
  append_little_endian(out, frame.synced.raw());
  append_little_endian(out, static_cast<std::uint32_t>(frame.last + 1 - frame.first));
  const std::uint64_t h = hash(std::string_view(out).substr(start), salt);
  append_little_endian(out, static_cast<std::uint32_t>(h));
  append_little_endian(out, hash(frame.payload, h));
  out += frame.payload;
  out.resize(start + frame_bytes(frame.payload.size()), '\0');
}

std::optional<std::size_t> peek_frame_bytes(std::string_view bytes, std::uint64_t salt) {
  if (!checked_header_hash(bytes, salt)) return std::nullopt;
  return frame_bytes(read_little_endian<std::uint32_t>(bytes, 4));
}

std::optional<wal_frame> decode_frame(std::string_view bytes, std::uint64_t salt) {
  const auto h = checked_header_hash(bytes, salt);
  if (!h) return std::nullopt;
  const std::size_t length = read_little_endian<std::uint32_t>(bytes, 4);
  if (bytes.size() < frame_bytes(length)) return std::nullopt;
  wal_frame frame;
  frame.first = sequence_number{read_little_endian<std::uint64_t>(bytes, 8)};
  frame.synced = sequence_number{read_little_endian<std::uint64_t>(bytes, 16)};
  frame.last = frame.first + read_little_endian<std::uint32_t>(bytes, 24) - 1;
  frame.payload = bytes.substr(frame_header_bytes, length);
  if (hash(frame.payload, *h) != read_little_endian<std::uint64_t>(bytes, checksum_at)) {
    return std::nullopt;
  }
  return frame;
}

std::string encode_segment_header(const segment_header& header) {
  std::string out(segment_magic);
  append_little_endian(out, header.salt);
  append_little_endian(out, header.first_seq.raw());
  append_little_endian(out, header.file_bytes);
  append_little_endian(out, hash(out, 0));
  out.resize(segment_header_bytes, '\0');
  return out;
}

result<segment_header> decode_segment_header(std::string_view bytes) {
  if (bytes.empty()) return fail(errc::not_found, "is empty: 0 bytes, not even a segment's header");
  const std::size_t compared = std::min(bytes.size(), segment_magic.size());
  const bool all_zero = bytes.find_first_not_of('\0') == std::string_view::npos;
  if (!all_zero && bytes.substr(0, compared) != segment_magic.substr(0, compared)) {
    return fail(errc::unsupported,
                "is not a Spooky log segment: it does not begin with \"SPKYWAL1\"");
  }
  if (bytes.size() < segment_header_bytes) {
    return fail(errc::corrupt, "is cut short inside its header: " + std::to_string(bytes.size()) +
                                   " of at least " + std::to_string(segment_header_bytes) +
                                   " bytes");
  }
  if (all_zero || hash(bytes.substr(0, segment_checksum_at), 0) !=
                      read_little_endian<std::uint64_t>(bytes, segment_checksum_at)) {
    return fail(errc::corrupt, "has a damaged header (offset 0): its checksum does not match");
  }
  segment_header header;
  header.salt = read_little_endian<std::uint64_t>(bytes, 8);
  header.first_seq = sequence_number{read_little_endian<std::uint64_t>(bytes, 16)};
  header.file_bytes = read_little_endian<std::uint64_t>(bytes, 24);
  return header;
}

std::string segment_name(sequence_number first_seq) {
  const std::string digits = std::to_string(first_seq.raw());
  std::string name(name_prefix);
  name.append(name_digits - digits.size(), '0');
  name += digits;
  name += name_suffix;
  return name;
}

std::optional<sequence_number> parse_segment_name(std::string_view name) {
  if (name.size() != name_prefix.size() + name_digits + name_suffix.size() ||
      !name.starts_with(name_prefix) || !name.ends_with(name_suffix)) {
    return std::nullopt;
  }
  const std::string_view digits = name.substr(name_prefix.size(), name_digits);
  std::uint64_t seq = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), seq);
  if (code != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return sequence_number{seq};
}

}  // namespace spooky::storage
