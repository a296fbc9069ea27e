#pragma once

#include "surrealql/evaluate/catalog.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace spooky::views {

/// How the engine would keep a statement, were its tables there.
struct keeping {
  enum class way : std::uint8_t { incremental, recomputed, asked, refused };

  way how = way::refused;
  std::string reason;  ///< why not incremental; empty if it is
  /// What engine::explain says; of one that is asked: `statement`, `tables`, `any_table` and
  /// whether it was `read`; NONE if it is refused.
  value plan;
  /// How it follows the clock: "due-time", "clocked" or both; empty if its text does not name it.
  std::string in_time;
};

/// Parameters that are not given are taken for NONE. Reads no data. `definitions`: what the
/// database defines; null: nothing, so functions of the database are refused.
keeping keeping_of(std::string_view surql, object params = {},
                   std::shared_ptr<const surrealql::catalog> definitions = nullptr);

/// "incremental", "recomputed", "asked" or "refused".
std::string_view to_string(keeping::way how);

}  // namespace spooky::views
