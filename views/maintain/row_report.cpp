#include "views/maintain/row_report.hpp"

#include "views/maintain/diff.hpp"

#include <utility>

namespace spooky::views {
namespace {

member main_row(const source_roots& roots, const kept_row& row) {
  member out;
  out.id = roots.id_of(row.root);
  out.version = row.version;
  out.row = row.row;
  return out;
}

}  // namespace

void append_member(const source_roots& roots, const kept_row& row, std::vector<member>& out) {
  out.push_back(main_row(roots, row));
  for (const related_row& r : row.related()) out.push_back(as_member(r, true));
}

void row_report::added(std::uint32_t root) { append_member(roots_, *rows_.find(root), out_.added); }

void row_report::removed(std::uint32_t root, const std::vector<related_row>& related) {
  member m;
  m.id = roots_.id_of(root);
  m.version = roots_.row_of(root).version;
  out_.removed.push_back(std::move(m));
  for (const related_row& row : related) out_.removed.push_back(as_member(row, false));
}

void row_report::updated(const row_transition& change) {
  const kept_row& row = *rows_.find(change.root);
  if (change.differs) out_.updated.push_back(main_row(roots_, row));
  diff_related(change.related_before, row.related(), out_);
}

}  // namespace spooky::views
