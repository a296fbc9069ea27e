#pragma once

#include "surrealql/values/value.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace spooky::views {

/// A SHA-256 digest. SHA-256, because browsers compute it natively.
using digest = std::array<std::uint8_t, 32>;

digest sha256(std::string_view bytes);
std::string to_hex(const digest& d);

/// Appends the canonical encoding of a value: one byte for the type, then its content. Integers are
/// big-endian; lengths and counts are 32 bits. The same value always gives the same bytes, values
/// that differ in type or content give different ones. For clients in other languages:
///
///   00 NONE   01 NULL   02 false   03 true   04 int: 8 bytes two's complement
///   05 float: 8 bytes IEEE 754 (NaN as 7ff8000000000000, -0.0 as 0.0)
///   06 decimal: text without trailing zeros, as a string   07 string: length, UTF-8
///   08 duration: 8 bytes seconds, 4 bytes nanoseconds   09 datetime: the same, seconds signed
///   0a uuid: 16 bytes   0b array: count, values   0c set: count, values in SurrealDB's order
///   0d object: count, then per member in byte order of names: length, name, value
///   0e geometry: kind (0 point, 1 line, 2 polygon, 3 multi-point, 4 multi-line, 5 multi-polygon,
///      6 collection), count of positions, each two floats of 8 bytes, count of parts, each such
///      a geometry without the leading 0e
///   0f bytes: length, content   10 table: length, name   11 record: length, table, key value
///   12 file: length, bucket, length, key   13 range: per end one byte (0 unbounded, 1 included,
///      2 excluded) and, if bounded, its value   14 regex: length, pattern   15 closure: nothing
void append_canonical(std::string& out, const value& v);

/// SHA-256 of the canonical encoding: the content hash of a row.
digest content_hash(const value& v);

}  // namespace spooky::views
