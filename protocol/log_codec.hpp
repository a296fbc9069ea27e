#pragma once

#include "protocol/log.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

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

/// The header that says for which registration a stretch is meant; missing: for any.
inline constexpr std::string_view log_epoch_header = "X-Spooky-Epoch";
std::string epoch_text(registration_epoch epoch);
/// 0 of an empty text. Fails with invalid_argument unless it is a number.
result<registration_epoch> read_epoch_text(std::string_view text);

/// The answer to a stretch, `{applied_seq}`: how far the SSP is.
value applied_answer(sequence_number applied);
result<sequence_number> read_applied(const value& body);

}  // namespace spooky
