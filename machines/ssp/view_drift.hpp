#pragma once

#include "intents/views/compare_views.hpp"
#include "intents/views/edge_format.hpp"
#include "machines/drift.hpp"
#include "protocol/view.hpp"
#include "views/results/view_snapshot.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// How a view that is kept here differs from what the database answers and from what stands there
/// of it.
namespace spooky::machines {

/// Whether the database's answer to the view's statement can be compared with what it shows.
enum class comparable : std::uint8_t {
  no,       ///< it names the session, or cuts rows that no ORDER BY puts in order
  rows,     ///< the same rows, in whatever order an index gives them
  in_order  ///< the same rows in the same order
};
comparable how_comparable(const view_registration& view);

/// The differences between what the view shows and the database's answer: each row that only one
/// of them has, where rows are records; else the view as a whole. `table` is what it counts for.
std::vector<drift> result_drift(const view_registration& view, comparable how,
                                const std::string& table, const value& shown,
                                const value& answered);

/// The differences between the view's members and its edges, and its record. A view whose record
/// is missing has ended and has none. O(members log members).
std::vector<drift> edge_drift(const intents::edge_format& format, const view_registration& view,
                              const views::view_snapshot& shown,
                              const intents::standing_view& standing);

/// The edges' keys among these differences.
std::vector<value> keys_of_edges(const std::vector<drift>& found);

}  // namespace spooky::machines
