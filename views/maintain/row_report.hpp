#pragma once

#include "views/maintain/kept_rows.hpp"
#include "views/maintain/source_roots.hpp"
#include "views/results/member.hpp"
#include "views/results/view_delta.hpp"

#include <cstdint>
#include <vector>

namespace spooky::views {

/// A row as clients see it, followed by its related rows.
void append_member(const source_roots& roots, const kept_row& row, std::vector<member>& out);

/// Writes what became of single rows into a delta, each with its related rows.
class row_report {
 public:
  row_report(const source_roots& roots, const kept_rows& rows, view_delta& out)
      : roots_(roots), rows_(rows), out_(out) {}

  /// @pre the root is a member.
  void added(std::uint32_t root);
  /// `related`: the related rows it had.
  void removed(std::uint32_t root, const std::vector<related_row>& related);
  /// The row was and is shown.
  void updated(const row_transition& change);

 private:
  const source_roots& roots_;
  const kept_rows& rows_;
  view_delta& out_;
};

}  // namespace spooky::views
