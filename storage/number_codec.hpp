#pragma once

#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <string>
#include <string_view>

namespace spooky::storage {

/// Appends an int, float or decimal so that all numbers sort by value, whatever their type, and
/// equal ones by type. Self-delimiting.
void append_number(std::string& out, const value& number);

/// Reads what append_number wrote from the front of `in`; errc::corrupt on anything else.
result<value> take_number(std::string_view& in);

/// Big-endian, so that unsigned integers sort as their bytes.
void append_big_endian(std::string& out, std::uint64_t v, std::size_t bytes);
/// Reads `bytes` bytes; errc::corrupt if there are fewer.
result<std::uint64_t> take_big_endian(std::string_view& in, std::size_t bytes);

/// A double's bytes in numeric order; -0.0 as 0.0, NaN last.
void append_double(std::string& out, double v);
result<double> take_double(std::string_view& in);

}  // namespace spooky::storage
