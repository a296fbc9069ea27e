#include "surrealql/codec/cbor_feed.hpp"

#include "surrealql/codec/cbor_items.hpp"

#include <limits>

namespace spooky::surrealql {

namespace {

using kind = cbor_item::kind;

constexpr auto until_break = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t longest_head = 9;

/// How many items follow this one as parts of it.
std::uint64_t parts_of(const cbor_item& item) {
  switch (item.type) {
    case kind::array:
      return item.number;
    case kind::map:
      return item.number > until_break / 4 ? until_break / 2 : 2 * item.number;
    case kind::tag:
      return 1;
    case kind::open_array:
    case kind::open_map:
    case kind::chunked_bytes:
    case kind::chunked_text:
      return until_break;
    default:
      return 0;
  }
}

}  // namespace

std::optional<std::size_t> cbor_array_feed::end_of_element(std::size_t offset) {
  open_.clear();
  do {
    const auto item = next_cbor_item(pending_, offset);
    if (!item.ok()) return std::nullopt;
    if (item->type == kind::end) {
      if (open_.empty() || open_.back() != until_break) return offset;
      open_.pop_back();
    } else if (const auto parts = parts_of(*item); parts != 0) {
      if (open_.size() >= limits_.depth * 2) return offset;
      open_.push_back(parts);
      continue;
    }
    while (!open_.empty() && open_.back() != until_break && --open_.back() == 0) open_.pop_back();
  } while (!open_.empty());
  return offset;
}

result<bool> cbor_array_feed::begin(std::size_t& offset) {
  if (begun_) return true;
  const auto head = next_cbor_item(pending_, offset);
  if (!head.ok()) {
    if (pending_.size() < longest_head) return false;
    return head.failure();
  }
  if (head->type != kind::array && head->type != kind::open_array)
    return fail(errc::parse_error, "CBOR does not start with an array");
  begun_ = true;
  indefinite_ = head->type == kind::open_array;
  left_ = head->number;
  return true;
}

result<void> cbor_array_feed::add(std::string_view piece) {
  pending_ += piece;
  std::size_t offset = 0;
  SPOOKY_ASSIGN(const bool begun, begin(offset));
  if (!begun) return {};
  while (!ended_) {
    if (indefinite_ ? offset < pending_.size() && pending_[offset] == static_cast<char>(0xff)
                    : left_ == 0) {
      ended_ = true;
      offset += indefinite_ ? 1 : 0;
      break;
    }
    const auto end = end_of_element(offset);
    if (!end) break;
    SPOOKY_ASSIGN(auto element,
                  decode_cbor(std::string_view{pending_}.substr(offset, *end - offset), limits_));
    SPOOKY_TRY(visit_(std::move(element)));
    offset = *end;
    if (!indefinite_) --left_;
  }
  pending_.erase(0, offset);
  if (ended_ && !pending_.empty())
    return fail(errc::parse_error, "bytes are left over after a CBOR array");
  if (pending_.size() > limits_.bytes)
    return fail(errc::limit_exceeded, "an element of a CBOR array is longer than " +
                                          std::to_string(limits_.bytes) + " bytes");
  return {};
}

result<void> cbor_array_feed::finish() const {
  if (ended_ || (begun_ && !indefinite_ && left_ == 0)) return {};
  return fail(errc::parse_error, "a CBOR array ends early");
}

}  // namespace spooky::surrealql
