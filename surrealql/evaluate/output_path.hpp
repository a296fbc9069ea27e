#pragma once

#include "surrealql/syntax/ast.hpp"
#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Where projected values go in a row, and the simple paths that reach into one without evaluation.
namespace spooky::surrealql {

/// `a.b` as two names, unless the text holds a bracket or a space, as SurrealDB 3.0 splits names.
std::vector<std::string> split_name(const std::string& name);

/// The path that a projection of this expression is stored at, its alias given or null. Graph steps
/// keep their text as a name.
std::vector<std::string> output_path(const expr& expression, const expr* alias, semantics rules);

/// Stores `v` at a path. Missing objects are made, other values on the way replaced; in a list it
/// goes into every element.
void set_at(value& row, std::span<const std::string> path, const value& v);

/// One step of a path that needs no evaluation.
struct direct_step {
  enum class kind : std::uint8_t { field, index, last };
  kind type = kind::field;
  std::string name;
  std::size_t index = 0;
};

/// The path as direct steps, or nothing where it needs evaluation (`[*]`, WHERE, methods).
std::optional<std::vector<direct_step>> direct_path(const expr& expression);

/// What lies at the path in the row itself: record links are not followed.
value extract(std::span<const direct_step> path, const value& row);

/// Removes what OMIT names from a projected row.
void omit_at(value& row, std::span<const path_part> path);

/// The list or value at a SPLIT path, and the row with an element of it put there.
value pick(const value& row, std::span<const path_part> path);
void put(value& row, std::span<const path_part> path, const value& v);

}  // namespace spooky::surrealql
