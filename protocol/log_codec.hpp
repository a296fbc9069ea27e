#pragma once

#include "protocol/log.hpp"
#include "surrealql/values/result.hpp"

#include <string>
#include <string_view>

namespace spooky {

/// The media type of a stretch of the log between our own processes.
inline constexpr std::string_view log_media_type = "application/vnd.spooky.log";

/// A stretch of the log as bytes: `first` and `last` seq, then each transaction with its length,
/// all integers little-endian. Transactions carry their own format version (change_codec.hpp).
std::string encode_slice(const log_slice& slice);

/// Fails with `corrupt` on anything encode_slice() did not write.
result<log_slice> decode_slice(std::string_view bytes);

}  // namespace spooky
