#pragma once

#include <cstdint>

/// The CBOR tags of SurrealDB's protocol. Shared between cbor_decode.cpp and cbor_encode.cpp.
namespace spooky::surrealql::cbor_tag {

inline constexpr std::uint64_t text_datetime = 0;
inline constexpr std::uint64_t none = 6;
inline constexpr std::uint64_t table = 7;
inline constexpr std::uint64_t record = 8;
inline constexpr std::uint64_t text_uuid = 9;
inline constexpr std::uint64_t text_decimal = 10;
inline constexpr std::uint64_t datetime = 12;  ///< [seconds, nanoseconds]
inline constexpr std::uint64_t text_duration = 13;
inline constexpr std::uint64_t duration = 14;  ///< [seconds, nanoseconds], trailing zeros left out
inline constexpr std::uint64_t uuid = 37;      ///< 16 bytes
inline constexpr std::uint64_t range = 49;     ///< [bound or null, bound or null]
inline constexpr std::uint64_t included = 50;
inline constexpr std::uint64_t excluded = 51;
inline constexpr std::uint64_t file = 55;  ///< [bucket, key]
inline constexpr std::uint64_t set = 56;
inline constexpr std::uint64_t point = 88;  ///< 88 to 94: the geometries, in geometry::kind's order
inline constexpr std::uint64_t collection = 94;

}  // namespace spooky::surrealql::cbor_tag
