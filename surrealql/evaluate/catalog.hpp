#pragma once

#include "surrealql/syntax/ast.hpp"
#include "surrealql/types/kind.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a database defines besides rows, as far as expressions can tell: computed fields, fields
/// that can be followed backwards, tables of edges, params and functions.
namespace spooky::surrealql {

/// Names of a record's own members.
using field_names = std::set<std::string, std::less<>>;

/// A field that the database computes whenever its record is read. Always a member of the record
/// itself.
struct computed_field {
  std::string name;
  expr_ptr expression;  ///< null: it cannot be evaluated here
  std::string unread;   ///< then: why
  std::optional<kind> type;
  /// The members it names. It may look at any if `reads_any`.
  field_names reads;
  bool reads_any = false;
};

/// A field with REFERENCE.
struct reference_field {
  std::string name;
  bool list = false;  ///< may hold several links
};

struct catalog_table {
  enum class rows : std::uint8_t { any, records, edges };  ///< TYPE ANY, NORMAL, RELATION
  rows holds = rows::any;
  std::vector<computed_field> computed;     ///< each behind those that it names
  std::vector<reference_field> references;  ///< by name
  value source;                             ///< what it was read from, to tell changes

  bool computes(std::string_view field) const noexcept;
  /// Whether the record is an edge, as far as its definition and its ends tell.
  bool is_edge(const value& record) const noexcept;
};

/// PERMISSIONS of a param or a function.
struct catalog_permission {
  bool everybody = true;
  expr_ptr condition;  ///< null, and not everybody: nobody but system users
};

struct catalog_param {
  value held;
  catalog_permission shown;
  value source;
};

struct catalog_function {
  std::vector<std::pair<std::string, kind>> parameters;  ///< without the dollar
  std::optional<kind> returns;
  expr_ptr body;        ///< null: it cannot be called here
  std::string refused;  ///< then: why, naming the statement
  catalog_permission allowed;
  value source;
};

/// All of a database's definitions at one point of the log. Immutable once shared.
class catalog {
 public:
  /// Null: nothing is known of it.
  const catalog_table* table(std::string_view name) const noexcept;
  const catalog_param* param(std::string_view name) const noexcept;
  /// By its name without `fn::`.
  const catalog_function* function(std::string_view name) const noexcept;

  std::map<std::string, catalog_table, std::less<>> tables;
  std::map<std::string, catalog_param, std::less<>> params;
  std::map<std::string, catalog_function, std::less<>> functions;
};

/// Whether a REFERENCE field of that content holds the link, alone or in a list.
bool holds_link(const value& field, const value& link);

/// Whether the record is an edge: by its table's definition, else by its ends.
bool is_edge(const value& record, const catalog* definitions) noexcept;

}  // namespace spooky::surrealql
