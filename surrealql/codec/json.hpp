#pragma once

#include "surrealql/codec/cbor.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <string>
#include <string_view>

/// JSON as SurrealDB writes it in event bodies and in its JSON sub-protocol.
namespace spooky::surrealql {

/// Appends `v` as JSON. Record ids, datetimes, durations, uuids, decimals, ranges, tables and files
/// become their text ("person:tobie", "2024-01-01T00:00:00Z", "1h30m"), NONE, NULL, NaN and
/// infinities become null, bytes an array of numbers, sets arrays, geometries GeoJSON. A float
/// keeps its point (1.0). Never fails; text that is not UTF-8 is written with U+FFFD in place of
/// what is broken.
void write_json(const value& v, std::string& out);
std::string to_json(const value& v);

/// Reads one JSON document: null becomes NULL, integers int (float if they do not fit), other
/// numbers float, strings stay strings whatever they look like (see schema.hpp for giving types
/// back), of equal keys the last wins. Fails with parse_error naming line and column, or with
/// limit_exceeded.
result<value> parse_json(std::string_view text, const codec_limits& limits = {});

}  // namespace spooky::surrealql
