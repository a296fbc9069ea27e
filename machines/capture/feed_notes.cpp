#include "machines/capture/feed_notes.hpp"

#include <charconv>
#include <system_error>

namespace spooky::machines {

namespace {

constexpr std::string_view source_prefix = "changefeed/";

}  // namespace

std::string feed_source(versionstamp stamp) {
  return std::string{source_prefix} + std::to_string(stamp);
}

std::optional<versionstamp> feed_stamp(std::string_view source) {
  if (!source.starts_with(source_prefix)) return std::nullopt;
  source.remove_prefix(source_prefix.size());
  versionstamp stamp = 0;
  const auto [end, failed] = std::from_chars(source.data(), source.data() + source.size(), stamp);
  if (failed != std::errc{} || end != source.data() + source.size()) return std::nullopt;
  return stamp;
}

}  // namespace spooky::machines
