#include "surrealql/codec/json_fast.hpp"

#include <algorithm>
#include <cstdint>
#include <simdjson.h>
#include <utility>
#include <vector>

namespace spooky::surrealql {

namespace {

namespace dom = simdjson::dom;

/// A thread keeps one parser's buffers for documents up to this size; larger ones are rare and give
/// their memory back.
constexpr std::size_t kept_capacity = 256 * 1024;

/// Turns a parsed document into a value.
class element_reader {
 public:
  explicit element_reader(std::size_t depth) : levels_left_(depth) {}

  value read(const dom::element& element) {
    switch (element.type()) {
      case dom::element_type::ARRAY:
        return nested(dom::array(element));
      case dom::element_type::OBJECT:
        return nested(dom::object(element));
      case dom::element_type::INT64:
        return value(std::int64_t(element));
      case dom::element_type::UINT64:
        return value(static_cast<double>(std::uint64_t(element)));
      case dom::element_type::DOUBLE:
        return value(double(element));
      case dom::element_type::STRING:
        return value(std::string_view(element));
      case dom::element_type::BOOL:
        return value(bool(element));
      case dom::element_type::NULL_VALUE:
        break;
    }
    return value::null();
  }

  /// Nothing read so far counts: the document is nested deeper than the limit.
  bool too_deep() const noexcept { return too_deep_; }

 private:
  template <class Container>
  value nested(const Container& container) {
    // The parser's own limit does not count an empty innermost level.
    if (levels_left_ == 0) {
      too_deep_ = true;
      return {};
    }
    --levels_left_;
    auto out = contents(container);
    ++levels_left_;
    return out;
  }

  value contents(const dom::array& items) {
    array out;
    for (const auto item : items) out.push_back(read(item));
    return value(std::move(out));
  }

  value contents(const dom::object& members) {
    std::vector<object::member> out;
    out.reserve(members.size());
    for (const auto& member : members)
      out.emplace_back(field_name::recent(member.key), read(member.value));
    return value(object(std::move(out)));
  }

  std::size_t levels_left_;
  bool too_deep_ = false;
};

std::optional<value> read_with(dom::parser& parser, std::string_view text, std::size_t limit) {
  // The parser counts the document itself as a level.
  const std::size_t depth = limit + 1;
  if (parser.max_depth() != depth || parser.capacity() < text.size()) {
    const auto capacity = std::max(text.size(), parser.capacity());
    if (parser.allocate(capacity, depth) != simdjson::SUCCESS) return std::nullopt;
  }
  dom::element root;
  if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  element_reader reader(limit);
  auto read = reader.read(root);
  if (reader.too_deep()) return std::nullopt;
  return read;
}

}  // namespace

std::optional<value> read_json_fast(std::string_view text, const codec_limits& limits) {
  if (text.size() > kept_capacity) {
    dom::parser once;
    return read_with(once, text, limits.depth);
  }
  thread_local dom::parser kept(kept_capacity);
  return read_with(kept, text, limits.depth);
}

}  // namespace spooky::surrealql
