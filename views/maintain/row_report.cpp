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

std::vector<related_row> not_nested(const std::vector<related_row>& related) {
  std::vector<related_row> out;
  for (const related_row& row : related)
    if (!row.as->nested) out.push_back(row);
  return out;
}

}  // namespace

void append_member(const source_roots& roots, const kept_row& row, std::vector<member>& out,
                   related_places& told) {
  append_main_row(roots, row, out);
  for (const related_row& r : row.related())
    if (!r.as->nested || told.insert(related_place::of(r)).second)
      out.push_back(as_member(r, true));
}

void row_report::added(std::uint32_t root) {
  const kept_row& row = *rows_.find(root);
  append_main_row(roots_, row, out_.added);
  for (const related_row& r : row.related())
    if (!r.as->nested) out_.added.push_back(as_member(r, true));
  if (nested_) nested_->enter(row.related());
}

void row_report::removed(std::uint32_t root, const std::vector<related_row>& related) {
  member& m = out_.removed.emplace_back();
  m.id = roots_.id_of(root);
  m.version = roots_.row_of(root).version;
  for (const related_row& row : related)
    if (!row.as->nested) out_.removed.push_back(as_member(row, false));
  if (nested_) nested_->leave(related);
}

void row_report::updated(const row_transition& change) {
  const kept_row& row = *rows_.find(change.root);
  if (change.differs) append_main_row(roots_, row, out_.updated);
  if (!row.more && change.related_before.empty()) return;
  if (nested_ == nullptr) return diff_related(change.related_before, row.related(), out_);
  diff_related(not_nested(change.related_before), not_nested(row.related()), out_);
  nested_->leave(change.related_before);
  nested_->enter(row.related());
}

void row_report::finish() {
  if (nested_) nested_->report(out_);
}

}  // namespace spooky::views
