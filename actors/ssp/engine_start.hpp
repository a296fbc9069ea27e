#pragma once

#include "views/engine/engine.hpp"
#include "views/engine/engine_options.hpp"

#include <utility>

namespace spooky::actors {

/// A change of nothing, which only moves an engine's position.
inline change position_at(sequence_number seq) {
  change nothing;
  nothing.seq = seq;
  return nothing;
}

/// An empty engine at this position. Without a step a table loaded ahead would move it there, and
/// the changes of other tables up to that point would be taken for old ones.
inline views::engine engine_at(views::engine_options options, sequence_number seq) {
  views::engine engine{std::move(options)};
  const auto start = position_at(seq);
  engine.step({&start, 1});
  return engine;
}

}  // namespace spooky::actors
