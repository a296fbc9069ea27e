#pragma once

#include "views/maintain/subquery_source.hpp"
#include "views/results/member.hpp"
#include "views/results/view_delta.hpp"

#include <vector>

namespace spooky::views {

/// A related row as clients see it; without its content for a removal.
member as_member(const related_row& row, bool with_content);

/// Whether clients are told nothing when the one takes the other's place.
bool same_content(const related_row& a, const related_row& b);

/// What changed from one evaluation of a row to the next among the related rows it shows.
void diff_related(const std::vector<related_row>& before, const std::vector<related_row>& after,
                  view_delta& out);

/// What leads from one list of members to another. O(n).
void diff_members(const std::vector<member>& before, const std::vector<member>& after,
                  view_delta& out);

/// True if a delta says anything.
bool says_something(const view_delta& delta);

}  // namespace spooky::views
