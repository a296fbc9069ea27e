#pragma once

#include "views/maintain/kept_rows.hpp"
#include "views/maintain/nested_rows.hpp"
#include "views/maintain/source_roots.hpp"
#include "views/results/member.hpp"
#include "views/results/view_delta.hpp"

#include <cstdint>
#include <vector>

namespace spooky::views {

/// A row as clients see it, followed by its related rows, except the nested ones that are `told`
/// already.
void append_member(const source_roots& roots, const kept_row& row, std::vector<member>& out,
                   related_places& told);

/// Writes what became of single rows into a delta, each with its related rows.
class row_report {
 public:
  /// `nested`: of the view, null where it cannot have any.
  row_report(const source_roots& roots, const kept_rows& rows, nested_rows* nested, view_delta& out)
      : roots_(roots), rows_(rows), nested_(nested), out_(out) {}

  /// @pre the root is a member.
  void added(std::uint32_t root);
  /// `related`: the related rows it had.
  void removed(std::uint32_t root, const std::vector<related_row>& related);
  /// The row was and is shown.
  void updated(const row_transition& change);
  /// Writes what became of nested rows, when every row has been told of.
  void finish();

 private:
  const source_roots& roots_;
  const kept_rows& rows_;
  nested_rows* nested_;
  view_delta& out_;
};

}  // namespace spooky::views
