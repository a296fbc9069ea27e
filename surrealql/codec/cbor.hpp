#pragma once

#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// SurrealDB's CBOR: the tags and shapes of its RPC protocol, byte for byte.
namespace spooky::surrealql {

/// Bounds on what a decoder accepts, so that hostile input costs neither stack nor memory.
struct codec_limits {
  std::size_t bytes = std::size_t{128} << 20;  ///< length of the whole text or byte string
  /// Nesting of arrays, objects and tags. SurrealDB sends values of 256 levels, each of them one or
  /// two of these, inside its answers.
  std::size_t depth = 600;
};

/// Decodes exactly one value. Fails with parse_error, naming the byte offset, on malformed bytes,
/// unknown tags, what the engine refuses (bignums, non-text keys, a record id with a float key) and
/// left-over bytes; with limit_exceeded past a limit. An unsigned integer above 2^63-1 is refused:
/// the engine would silently wrap it.
result<value> decode_cbor(std::span<const std::uint8_t> bytes, const codec_limits& limits = {});
result<value> decode_cbor(std::string_view bytes, const codec_limits& limits = {});

/// Appends the engine's encoding of `v`: shortest integer and exact float forms, sorted keys.
/// A regex or closure, which the engine cannot send at all, is encoded as its text or as NONE.
void encode_cbor(const value& v, std::string& out);

/// Reads the elements of one top-level CBOR array one by one, so that a large body is never held as
/// one value.
class cbor_array_reader {
 public:
  /// `bytes` must outlive the reader. Fails if they do not start with an array.
  static result<cbor_array_reader> open(std::string_view bytes, const codec_limits& limits = {});

  /// The next element, or nothing after the last one. Fails as decode_cbor does, also on bytes left
  /// over after the array.
  result<std::optional<value>> next();

 private:
  cbor_array_reader(std::string_view bytes, const codec_limits& limits)
      : bytes_(bytes), limits_(limits) {}

  std::string_view bytes_;
  codec_limits limits_;
  std::size_t offset_ = 0;
  std::uint64_t left_ = 0;
  bool indefinite_ = false;
  bool finished_ = false;
};

}  // namespace spooky::surrealql
