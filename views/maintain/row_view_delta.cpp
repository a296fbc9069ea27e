#include "views/maintain/diff.hpp"
#include "views/maintain/row_view.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

/// How a row_view turns changes of its rows into what clients are told.
namespace spooky::views {

bool row_view::update(view_delta& out) {
  std::vector<std::uint32_t>& roots = take_touched();
  if (roots.size() > 1)
    std::sort(roots.begin(), roots.end(),
              [&](std::uint32_t a, std::uint32_t b) { return root_before(a, b); });
  std::vector<outcome> outcomes;
  outcomes.reserve(roots.size());
  bool fails = false;
  for (const std::uint32_t root : roots) {
    outcomes.push_back(evaluate(root));
    fails = fails || outcomes.back().more.failure;
  }
  const std::optional<error> failure_before = failure_;
  if (!frozen_ && (fails || !failing_.empty())) freeze();

  const bool ranked = sequenced() && !plan_->windowed && !frozen_;
  std::vector<std::size_t> ranks;
  if (ranked)
    for (const std::uint32_t root : roots) {
      const entry* e = find(root);
      ranks.push_back(e != nullptr && e->member ? sequence_->rank({e->key, root}) : 0);
    }
  const std::optional<order_entry> known_to = bound();
  std::vector<transition> changes;
  changes.reserve(outcomes.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    changes.push_back(apply(std::move(outcomes[i]), known_to));
    if (ranked) changes.back().rank_before = ranks[i];
  }
  if (refill_ != nullptr) {
    unsubscribe_from_bound();
    refill(known_to);
    subscribe_to_bound();
  }

  std::vector<std::uint32_t> window_before;
  if (plan_->windowed && sequenced()) window_before = std::exchange(published_, visible_roots());
  note_failures();
  if (failure_) {
    if (failure_ == failure_before) return false;
    out.failed = failure_;
    return true;
  }
  if (failure_before) {
    thaw(out);
    return true;
  }
  frozen_.reset();
  if (plan_->windowed && sequenced())
    report_window(window_before, changes, out);
  else
    report_rows(changes, out);
  if (plan_->whole_result) {
    const bool changed = std::any_of(changes.begin(), changes.end(), [](const transition& t) {
      return t.was != t.is || t.differs;
    });
    if (changed) {
      auto whole = whole_result();
      if (whole.ok())
        out.result = std::move(*whole);
      else
        out.failed = std::move(whole).failure();
    }
  }
  return says_something(out);
}

void row_view::freeze() {
  frozen_ = std::make_unique<frozen>();
  frozen_->members = visible_members();
  if (ordered()) frozen_->order = visible_order();
}

void row_view::thaw(view_delta& out) {
  const std::unique_ptr<frozen> last = std::move(frozen_);
  diff_members(last->members, visible_members(), out);
  if (ordered() && plan_->select->split.empty()) {
    std::vector<record_id> now = visible_order();
    if (now != last->order) out.order = std::move(now);
  }
  if (plan_->whole_result) {
    auto whole = whole_result();
    if (whole.ok()) out.result = std::move(*whole);
  }
  out.healed = true;
}

void row_view::report_update(const transition& change, view_delta& out) const {
  if (change.differs) {
    const entry& e = *find(change.root);
    member m;
    m.id = id_of(change.root);
    m.version = e.version;
    m.row = e.row;
    out.updated.push_back(std::move(m));
  }
  const entry* e = find(change.root);
  static const std::vector<related_row> none;
  diff_related(change.related_before, e != nullptr && e->more ? e->more->related : none, out);
}

bool row_view::survivors_moved(const std::vector<transition>& changes) const {
  std::vector<std::size_t> removed;
  std::vector<std::size_t> added;
  std::vector<std::pair<std::size_t, std::size_t>> kept;  // rank before, rank after
  for (const transition& t : changes) {
    const std::size_t after = t.is ? sequence_->rank({find(t.root)->key, t.root}) : 0;
    if (t.was && t.is) kept.emplace_back(t.rank_before, after);
    if (t.was && !t.is) removed.push_back(t.rank_before);
    if (!t.was && t.is) added.push_back(after);
  }
  std::sort(removed.begin(), removed.end());
  std::sort(added.begin(), added.end());
  const auto below = [](const std::vector<std::size_t>& ranks, std::size_t rank) {
    return static_cast<std::size_t>(std::lower_bound(ranks.begin(), ranks.end(), rank) -
                                    ranks.begin());
  };
  return std::any_of(kept.begin(), kept.end(), [&](const auto& k) {
    return k.first - below(removed, k.first) != k.second - below(added, k.second);
  });
}

void row_view::report_rows(const std::vector<transition>& changes, view_delta& out) const {
  if (!plan_->select->split.empty()) return;
  bool rows_added = false;
  for (const transition& t : changes) {
    if (t.was && t.is) {
      report_update(t, out);
    } else if (t.is) {
      append_member(t.root, out.added);
      rows_added = true;
    } else if (t.was) {
      append_removed(t.root, t.related_before, out.removed);
    }
  }
  if (sequenced() && (rows_added || survivors_moved(changes))) out.order = visible_order();
}

void row_view::report_window(const std::vector<std::uint32_t>& before,
                             const std::vector<transition>& changes, view_delta& out) const {
  const std::vector<std::uint32_t>& now = published_;
  if (before == now) {
    for (const transition& t : changes)
      if (t.was && t.is && std::find(now.begin(), now.end(), t.root) != now.end())
        report_update(t, out);
    return;
  }
  std::unordered_map<std::uint32_t, const transition*> change_of;
  for (const transition& t : changes) change_of.emplace(t.root, &t);
  std::vector<std::uint32_t> sorted_before = before;
  std::vector<std::uint32_t> sorted_now = now;
  std::sort(sorted_before.begin(), sorted_before.end());
  std::sort(sorted_now.begin(), sorted_now.end());
  const auto in = [](const std::vector<std::uint32_t>& sorted, std::uint32_t root) {
    return std::binary_search(sorted.begin(), sorted.end(), root);
  };
  std::vector<std::uint32_t> kept_before;
  std::vector<std::uint32_t> kept_now;
  for (const std::uint32_t root : before) {
    if (in(sorted_now, root)) {
      kept_before.push_back(root);
      continue;
    }
    const auto change = change_of.find(root);
    const entry* e = find(root);
    static const std::vector<related_row> none;
    append_removed(root,
                   change != change_of.end() ? change->second->related_before
                   : e != nullptr && e->more ? e->more->related
                                             : none,
                   out.removed);
  }
  for (const std::uint32_t root : now) {
    if (!in(sorted_before, root)) {
      append_member(root, out.added);
      continue;
    }
    kept_now.push_back(root);
    const auto change = change_of.find(root);
    if (change != change_of.end()) report_update(*change->second, out);
  }
  if (ordered() && (kept_before != kept_now || kept_now.size() != now.size()))
    out.order = visible_order();
}

}  // namespace spooky::views
