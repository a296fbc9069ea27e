#pragma once

#include "surrealql/values/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// A database's definitions as records of one reserved table, so that they go through the log like
/// rows: numbered, replayed, in every snapshot. SurrealDB has no such table.
namespace spooky::surrealql {

/// Its name: `<prefix>definition`.
std::string definition_table(std::string_view system_prefix);

/// A table's definition: `{id: <prefix>definition:['table', name], name, permissions: {select},
/// kind, drop, schemafull, view?, fields}`. `described` is the table's element of
/// `INFO FOR DB STRUCTURE`, `structure` what `INFO FOR TABLE STRUCTURE` says; both as of 3.0
/// to 3.3.
value table_definition(std::string_view system_prefix, const value& described,
                       const value& structure);

/// The same definition, of a table of which nothing can be captured, and why: `uncaptured`.
value uncaptured(const value& definition, const std::string& why);
/// Why nothing of the table can be captured; empty: it can.
std::string uncaptured_reason(const value& definition);

/// A param's or function's definition: its element of `INFO FOR DB STRUCTURE` under
/// `<prefix>definition:['param', name]` and `['function', name]`.
value param_definition(std::string_view system_prefix, const value& described);
value function_definition(std::string_view system_prefix, const value& described);

/// What a record of definition_table() defines, and its name; nothing for a kind not known here.
enum class defined_kind : std::uint8_t { table, param, function };
struct defined_thing {
  defined_kind kind = defined_kind::table;
  std::string name;
};
std::optional<defined_thing> defined_by(const record_id& definition);

/// The record of definition_table() that defines a table.
record_id table_definition_id(std::string_view system_prefix, std::string_view table);

/// The table that this record of definition_table() defines; nothing for one that defines something
/// else.
std::optional<std::string> defined_table_name(const record_id& definition);

}  // namespace spooky::surrealql
