#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/values/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spooky::storage {

/// The bytes of a segment file. All integers little-endian.
///
///     header  "SPKYWAL1" | salt u64 | first_seq u64 | file_bytes u64 | checksum u64
///             | zeros up to 64 bytes
///     frame   "FRAM" | length u32 | first_seq u64 | synced_seq u64 | count u32
///             | header_check u32 | checksum u64 | payload | zeros up to a multiple of 8
///     zeros up to file_bytes
///
/// Checks are XXH3-64. Those of a frame are seeded with the log's random salt, so that a payload
/// cannot pose as a frame: header_check (low 32 bits) covers the fields before it, checksum the
/// payload, seeded with the header's hash. `count` is the number of seqs in the frame; 0 marks a
/// seal: the log was closed in order here.
///
/// `synced_seq` is what its writer knew to be on disk when it wrote the frame. It tells damage from
/// a torn write: a bad frame followed by a good one whose synced_seq includes the bad one's seq was
/// whole once; without such a witness it is a write that a crash cut short. A file shorter than
/// file_bytes was cut by someone else, for segments get their full size before their name.
inline constexpr std::size_t segment_header_bytes = 64;
inline constexpr std::size_t frame_header_bytes = 40;
inline constexpr std::size_t max_frame_payload = 512u << 20;

/// One frame as stored. `payload` points into a buffer of whoever produced the frame.
struct wal_frame {
  sequence_number first = 0;
  sequence_number last = 0;    ///< first - 1 for a seal
  sequence_number synced = 0;  ///< known to be on disk when this frame was written
  std::string_view payload;

  bool is_seal() const noexcept { return last + 1 == first; }
};

struct segment_header {
  std::uint64_t salt = 0;
  sequence_number first_seq = 0;
  std::uint64_t file_bytes = 0;
};

/// Bytes a frame with this payload takes, padding included.
std::size_t frame_bytes(std::size_t payload_bytes) noexcept;

/// Appends the frame's bytes to `out`.
void encode_frame(const wal_frame& frame, std::uint64_t salt, std::string& out);

/// The frame at the start of `bytes`, if it is whole and its checksum holds.
std::optional<wal_frame> decode_frame(std::string_view bytes, std::uint64_t salt);

/// How many bytes the frame at the start of `bytes` takes; nothing if no intact frame header is
/// there. Needs frame_header_bytes; leaves the payload unchecked.
std::optional<std::size_t> peek_frame_bytes(std::string_view bytes, std::uint64_t salt);

std::string encode_segment_header(const segment_header& header);
/// errc::not_found if there are no bytes, errc::unsupported if they are not a segment's, and
/// errc::corrupt if they are a damaged one's. The message continues "<path> ...".
result<segment_header> decode_segment_header(std::string_view bytes);

/// "segment-00000000000000000042.wal".
std::string segment_name(sequence_number first_seq);
/// The first seq of a name that segment_name() made; nothing for other names.
std::optional<sequence_number> parse_segment_name(std::string_view name);

}  // namespace spooky::storage
