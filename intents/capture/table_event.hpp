#pragma once

#include <string>

/// The event that posts a table's changes, as spooky schema --webhook defines it.
namespace spooky::intents {

/// How people end it, as advice: `REMOVE EVENT <prefix>capture ON <table>`.
std::string remove_event_advice(const std::string& system_prefix, const std::string& table);

}  // namespace spooky::intents
