#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace spooky::surrealql::library {

/// The BLAKE3 hash of the bytes (without a key, 256 bits). O(n), allocates nothing.
std::array<std::uint8_t, 32> blake3(std::string_view bytes) noexcept;

}  // namespace spooky::surrealql::library
