#pragma once

#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <string>
#include <string_view>

/// The SurrealQL text of values, as the engine prints them, and back.
namespace spooky::surrealql {

/// The literal that denotes `v`: `1.5f`, `1dec`, `'text'`, `d'2024-01-01T00:00:00Z'`, `u'...'`,
/// `[1, 2]`, `{ a: 1 }`, `{1, 2}`, `b"6162"`, ``person:`a b` ``, `1..5`.
std::string to_text(const value& v);
void append_text(const value& v, std::string& out);

/// What string functions and error texts show: as to_text(), but strings, datetimes and uuids bare.
/// (`<string> v` shows decimals bare as well, see cast().)
std::string to_raw_text(const value& v);

std::string to_text(const duration& v);   ///< "1h30m", "0ns"
std::string to_text(const datetime& v);   ///< "2024-01-01T00:00:00.5Z"
std::string to_text(const uuid& v);       ///< lower case, with hyphens
std::string to_text(const record_id& v);  ///< "person:tobie", escaped where needed
std::string to_text(double v);            ///< "1.5f", "NaN", "Infinity"
/// The shortest digits that read back as `v`, never in exponent form, without a suffix.
std::string float_digits(double v);

/// A name as SurrealQL writes it outside a record id key: plain, or in backticks where needed.
std::string escape_name(std::string_view name);

/// "person:tobie", "person:1", ``person:`a b` ``, "person:⟨a b⟩", "person:['a', 1]",
/// "person:{ a: 1 }", "person:u'...'", "person:1..5", also with a leading r and quotes.
result<record_id> parse_record_id(std::string_view text);
result<datetime> parse_datetime(std::string_view text);  ///< RFC 3339, "2024-01-01" too
result<duration> parse_duration(std::string_view text);  ///< "1h30m", units ns us µs ms s m h d w y
result<uuid> parse_uuid(std::string_view text);

/// Reads one constant of any type, as to_text() writes it: what to_text() gives for a value without
/// regex or closure reads back as that value. No expressions, parameters or functions.
result<value> parse_value(std::string_view text);

}  // namespace spooky::surrealql
