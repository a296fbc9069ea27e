#pragma once

#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace spooky::storage {

/// Byte strings that sort (as unsigned bytes) like SurrealDB's record ids: table, then key with
/// int < string < uuid < array < object, arrays and objects element by element.
///
/// Encodings are self-delimiting, so that a concatenation of them sorts by its parts. Distinct ids
/// have distinct encodings: numbers that are equal but of different type (`t:[1]`, `t:[1.0]`,
/// `t:[1dec]` are three records in SurrealDB) sort together by value, then int, float, decimal.
/// -0.0 is written as 0.0.

/// Appends `text`, terminated; zero bytes inside are escaped.
void append_text(std::string& out, std::string_view text);

/// Appends a value as it may occur inside a record key. Fails with errc::unsupported for regex and
/// closure.
result<void> append_value(std::string& out, const value& v);

/// Appends a record key (int, string, uuid, array or object; errc::invalid_argument otherwise).
result<void> append_record_key(std::string& out, const value& key);

/// The encoding of a whole id: its table's prefix and its key.
result<std::string> encode_record_id(const record_id& id);

/// What all ids of a table start with, and ids of no other table.
std::string table_prefix(std::string_view table);

/// The smallest byte string greater than every string that starts with `prefix`; empty if none is.
std::string prefix_end(std::string prefix);

/// Reads from the front of `in` and removes what it read. errc::corrupt on anything that the
/// functions above do not write.
result<std::string> take_text(std::string_view& in);
result<value> take_value(std::string_view& in);
result<record_id> take_record_id(std::string_view& in);

}  // namespace spooky::storage
