#include "intents/capture/record_version.hpp"

#include <utility>

namespace spooky::intents {

std::optional<std::uint64_t> carried_version(const value& record, std::string_view version_field) {
  const auto& version = record[version_field];
  if (version.type() != value_type::integer || version.as_integer() <= 0) return std::nullopt;
  return static_cast<std::uint64_t>(version.as_integer());
}

void set_version(change& c, std::uint64_t version, std::string_view version_field) {
  c.version = version;
  if (!c.record.is_object()) return;
  auto record = c.record.as_object();
  record.set(version_field, value{static_cast<std::int64_t>(version)});
  c.record = value{std::move(record)};
}

}  // namespace spooky::intents
