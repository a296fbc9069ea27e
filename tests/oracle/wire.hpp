#pragma once

#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

/// How values and failures look on the driver's JSON lines: CBOR in hexadecimal, so that int, float
/// and decimal, NONE and NULL stay apart.
namespace spooky::oracle {

using json = nlohmann::json;

result<value> value_of(std::string_view hex);
std::string hex_of(const value& v);

/// The array that the field of that name holds, or the failure to read it.
result<array> rows_of(const json& command, const char* field);
/// The command's `params`, an object; empty if there are none.
result<object> params_of(const json& command);

/// `{"ok": hex}`.
json ok(const value& v);
/// `{"error": code, "message": text}`.
json failed(const error& failure);

}  // namespace spooky::oracle
