#include "views/maintain/row_report.hpp"

#include "views/maintain/diff.hpp"

namespace spooky::views {
namespace {

/// Appends the row itself. Made in its place: a member is large to move.
void append_main_row(const source_roots& roots, const kept_row& row, std::vector<member>& out) {
  member& m = out.emplace_back();
  m.id = roots.id_of(row.root);
  m.version = row.version;
  m.row = row.row;
}

}  // namespace

void append_member(const source_roots& roots, const kept_row& row, std::vector<member>& out) {
  append_main_row(roots, row, out);
  for (const related_row& r : row.related()) out.push_back(as_member(r, true));
}

void row_report::added(std::uint32_t root) { append_member(roots_, *rows_.find(root), out_.added); }

void row_report::removed(std::uint32_t root, const std::vector<related_row>& related) {
  member& m = out_.removed.emplace_back();
  m.id = roots_.id_of(root);
  m.version = roots_.row_of(root).version;
  for (const related_row& row : related) out_.removed.push_back(as_member(row, false));
}

void row_report::updated(const row_transition& change) {
  const kept_row& row = *rows_.find(change.root);
  if (change.differs) append_main_row(roots_, row, out_.updated);
  if (row.more || !change.related_before.empty())
    diff_related(change.related_before, row.related(), out_);
}

}  // namespace spooky::views
