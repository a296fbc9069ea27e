#pragma once

#include "surrealql/codec/cbor.hpp"
#include "surrealql/values/value.hpp"

#include <optional>
#include <string_view>

namespace spooky::surrealql {

/// Reads well-formed JSON of the usual kind several times faster than the parser behind
/// parse_json(). Nothing for everything else (an error, an integer beyond 64 bits, deeper than the
/// limits, a byte order mark): the caller reads that again with the parser that says what and
/// where.
/// @pre text.size() <= limits.bytes.
std::optional<value> read_json_fast(std::string_view text, const codec_limits& limits);

}  // namespace spooky::surrealql
