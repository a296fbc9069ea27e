#pragma once

#include "surrealql/values/result.hpp"

#include <cstdint>
#include <string_view>

/// One CBOR item head at a time. Private to cbor_decode.cpp.
namespace spooky::surrealql {

struct cbor_item {
  enum class kind : std::uint8_t {
    unsigned_integer,
    negative_integer,  ///< -1 - number
    bytes,
    text,
    chunked_bytes,  ///< of indefinite length: chunks follow, then a break
    chunked_text,
    array,  ///< `number` elements follow
    open_array,
    map,  ///< `number` pairs follow
    open_map,
    tag,  ///< one item follows
    floating,
    boolean,
    null,
    end,  ///< the break that closes an item of indefinite length
  };
  kind type = kind::null;
  std::uint64_t number = 0;
  double real = 0;
  std::string_view text;  ///< points into the input
};

/// Reads the item at `offset` and moves behind it (for a text: behind its characters). Fails with
/// parse_error, naming the offset, on malformed or truncated input.
result<cbor_item> next_cbor_item(std::string_view bytes, std::size_t& offset);

}  // namespace spooky::surrealql
