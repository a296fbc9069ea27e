#pragma once

#include "surrealql/codec/cbor.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spooky::surrealql {

/// Reads the elements of one top-level CBOR array that arrives in pieces: holds no more of it than
/// one element. Fails as cbor_array_reader does.
class cbor_array_feed {
 public:
  /// Takes an element; a failure ends the feed with it.
  using visitor = std::function<result<void>(value element)>;

  /// `limits` are those of one element.
  explicit cbor_array_feed(visitor visit, const codec_limits& limits = {})
      : visit_(std::move(visit)), limits_(limits) {}

  /// Adds the next bytes, wherever they were cut, and visits what they complete.
  result<void> add(std::string_view piece);
  /// No more bytes come: fails with parse_error unless the array is complete.
  result<void> finish() const;

 private:
  result<bool> begin(std::size_t& offset);
  /// Where the element at `offset` ends, if it is there as a whole.
  std::optional<std::size_t> end_of_element(std::size_t offset);

  visitor visit_;
  codec_limits limits_;
  std::string pending_;
  std::vector<std::uint64_t> open_;  ///< items still due of each enclosing array, map or tag
  std::uint64_t left_ = 0;
  bool begun_ = false;
  bool indefinite_ = false;
  bool ended_ = false;
};

}  // namespace spooky::surrealql
