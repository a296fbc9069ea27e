#pragma once

#include "surrealql/syntax/ast.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// Where a query looks at the clock, as far as its text tells: functions of the database and
/// computed fields may do so besides.
namespace spooky::surrealql {

struct clock_use {
  enum class way : std::uint8_t {
    due,      ///< compared with what moves evenly or not at all: each row flips at a known moment
    clocked,  ///< anything else: looked at again at each tick
  };
  std::string expression;
  way kept = way::clocked;
};

/// In the order of the text, each expression once.
std::vector<clock_use> clock_uses(const select_statement& select);

/// Whether evaluating it may read the clock.
bool reads_clock(const expr& expression);

/// Whether it is a time that moves with the clock: `time::now()`, perhaps plus or minus what does
/// not look at the clock.
bool moves_with_clock(const expr& expression);

}  // namespace spooky::surrealql
