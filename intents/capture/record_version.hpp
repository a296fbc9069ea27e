#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace spooky::intents {

/// The version a record carries in that field, if any: a number above 0.
std::optional<std::uint64_t> carried_version(const value& record, std::string_view version_field);

/// Gives a change this version, and the record in it.
void set_version(change& c, std::uint64_t version, std::string_view version_field);

}  // namespace spooky::intents
