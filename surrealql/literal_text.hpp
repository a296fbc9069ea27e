#pragma once

#include "surrealql/result.hpp"
#include "surrealql/value.hpp"

#include <string>
#include <string_view>

/// SurrealDB's text forms of single values: what stands inside `d''`, `u''`, `r''`, what casts such
/// as `<duration> "1h30m"` read, and the way back. All reject trailing text.
namespace spooky::surrealql {

/// "2024-01-01", "2024-01-01T10:00:00Z", "2024-01-01T10:00:00.123+02:00"; years of 4 to 6 digits.
result<datetime> parse_datetime(std::string_view text);
/// "1h30m", "1w2d", "5ns", "10µs", "1y" = 365 days. Fails on overflow of 2^64 seconds.
result<duration> parse_duration(std::string_view text);
/// "018f0000-0000-7000-8000-000000000000", in either case.
result<uuid> parse_uuid(std::string_view text);
/// Hexadecimal digits, an even number of them.
result<std::string> parse_hex(std::string_view text);
/// "user:tobie", "user:⟨a b⟩", "user:['a', 1]"; also a record range "user:1..4".
result<record_id> parse_record_id(std::string_view text);
/// An int, float ("1.5", "1e3", "2f", "NaN", "-Infinity") or decimal ("1.5dec") literal.
result<value> parse_number(std::string_view text);

/// "2024-01-01T00:00:00.123Z": as many fraction digits (0, 3, 6 or 9) as are needed.
std::string to_text(const datetime& d);
/// "1h30m"; "0ns" for zero.
std::string to_text(const duration& d);
std::string to_text(const uuid& u);
/// Shortest digits that read back as the same double, never with an exponent, without the `f`.
std::string float_digits(double d);
/// "person:tobie", "person:`a b`", "person:['a', 1]".
std::string to_text(const record_id& id);

/// The value as a SurrealQL literal: strings quoted, floats with `f`, decimals with `dec`,
/// datetimes as d'…'. Parsing it gives the value back (but for closures, which have no text).
std::string to_surrealql(const value& v);

/// 'text' or "text", whichever needs fewer escapes, as the engine quotes.
std::string quote_string(std::string_view text);
/// A name as it must be written where a keyword could stand too: backticks where needed.
std::string quote_name(std::string_view name);
/// A name where no keyword could stand: after a dot or as a table of a record id.
std::string quote_plain_name(std::string_view name);
/// A member name in an object literal.
std::string quote_member(std::string_view name);
/// A string key of a record id, without the table.
std::string quote_record_key(std::string_view key);

}  // namespace spooky::surrealql
