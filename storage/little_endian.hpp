#pragma once

#include <bit>
#include <concepts>
#include <cstring>
#include <string>
#include <string_view>

namespace spooky::storage {

static_assert(std::endian::native == std::endian::little,
              "the log's integers are copied as they are; add a byte swap for this machine");

/// Appends an unsigned integer, least significant byte first.
template <std::unsigned_integral T>
void append_little_endian(std::string& out, T v) {
  char raw[sizeof v];
  std::memcpy(raw, &v, sizeof v);
  out.append(raw, sizeof v);
}

/// Reads an unsigned integer at `offset`, which must be in range.
template <std::unsigned_integral T>
T read_little_endian(std::string_view bytes, std::size_t offset) noexcept {
  T v;
  std::memcpy(&v, bytes.data() + offset, sizeof v);
  return v;
}

}  // namespace spooky::storage
