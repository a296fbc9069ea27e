#pragma once

#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <string>
#include <string_view>

namespace spooky::surrealql::library {

/// The time in UTC in the form that strftime's and chrono's specifiers describe. Fails on one that
/// is unknown, naming it.
result<std::string> format_time(const datetime& at, std::string_view form);

}  // namespace spooky::surrealql::library
