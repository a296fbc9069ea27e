#include "views/maintain/kept_rows.hpp"

#include "views/results/identical.hpp"

#include <algorithm>
#include <utility>

namespace spooky::views {

const std::vector<related_row>& kept_row::related() const noexcept {
  static const std::vector<related_row> none;
  return more ? more->related : none;
}

kept_row* kept_rows::find(std::uint32_t root) {
  const std::uint32_t at =
      by_root_.find(root, [&](std::uint32_t i) { return places_[i].root == root; });
  return at == flat_index::absent ? nullptr : &places_[at];
}

const kept_row* kept_rows::find(std::uint32_t root) const {
  return const_cast<kept_rows*>(this)->find(root);
}

kept_row& kept_rows::find_or_make(std::uint32_t root) {
  if (kept_row* known = find(root)) return *known;
  std::uint32_t at = static_cast<std::uint32_t>(places_.size());
  if (free_.empty()) {
    places_.emplace_back();
  } else {
    at = free_.back();
    free_.pop_back();
  }
  places_[at].root = root;
  by_root_.insert(root, at);
  return places_[at];
}

void kept_rows::put(kept_row& kept, row_outcome&& outcome, store& tables, std::uint32_t view,
                    row_transition& t) {
  t.root = outcome.root;
  t.was = kept.member;
  t.is = outcome.member;
  t.differs =
      t.was && t.is && (kept.version != outcome.version || !identical(kept.row, outcome.row));
  members_ += static_cast<std::size_t>(t.is);
  members_ -= static_cast<std::size_t>(t.was);

  constexpr std::size_t most_bytes = (std::size_t{1} << 31U) - 1;
  const auto bytes = static_cast<std::uint32_t>(std::min(outcome.bytes, most_bytes));
  bytes_ += bytes;
  bytes_ -= kept.bytes;
  kept.bytes = bytes & 0x7fffffffU;

  const bool was_failing = kept.more && kept.more->failure;
  if (was_failing && !outcome.more.failure) std::erase(failing_, outcome.root);
  if (!was_failing && outcome.more.failure) failing_.push_back(outcome.root);

  const bool stays = outcome.stays();
  row_details& more = outcome.more;
  if (kept.more || !more.reads.empty() || !more.related.empty() || more.failure) {
    if (!kept.more) kept.more = std::make_unique<row_details>();
    related_ += more.related.size() - kept.more->related.size();
    tables.replace_reads(reader::view_root(view, outcome.root), kept.more->reads, more.reads);
    t.related_before = std::exchange(kept.more->related, std::move(more.related));
    kept.more->failure = std::move(more.failure);
    kept.more->row_failed = more.row_failed;
  }
  kept.member = outcome.member;
  kept.row = outcome.member ? std::move(outcome.row) : value::none();
  kept.key = outcome.member ? std::move(outcome.key) : value::none();
  kept.version = outcome.version;
  if (!stays) forget(kept, tables, view);
}

void kept_rows::forget(kept_row& kept, store& tables, std::uint32_t view) {
  if (kept.more) {
    std::vector<std::uint64_t> nothing;
    tables.replace_reads(reader::view_root(view, kept.root), kept.more->reads, nothing);
  }
  const auto at = static_cast<std::uint32_t>(&kept - places_.data());
  by_root_.erase(kept.root, at);
  members_ -= static_cast<std::size_t>(kept.member);
  related_ -= kept.related().size();
  bytes_ -= kept.bytes;
  kept = kept_row{};
  free_.push_back(at);
}

void kept_rows::release_reads(store& tables, std::uint32_t view) {
  std::vector<std::uint64_t> nothing;
  for (kept_row& kept : places_)
    if (kept.more) {
      nothing.clear();
      tables.replace_reads(reader::view_root(view, kept.root), kept.more->reads, nothing);
    }
}

}  // namespace spooky::views
