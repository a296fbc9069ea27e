#include "views/maintain/row_view.hpp"

#include "surrealql/select/named_fields.hpp"
#include "surrealql/select/stages.hpp"
#include "views/maintain/diff.hpp"
#include "views/maintain/row_report.hpp"
#include "views/maintain/select_rows.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace spooky::views {

using surrealql::eval_context;

row_view::row_view(store& tables, plan_ptr plan, object params, std::uint32_t number,
                   visibility_ptr seen)
    : maintained_view(tables, std::move(plan), std::move(params), number, std::move(seen)) {
  const auto& inner = plan_->subqueries;
  if (!splits() && std::any_of(inner.begin(), inner.end(),
                               [](const auto& entry) { return entry.second.nested; }))
    nested_ = std::make_unique<nested_rows>();
}

// -- opening and closing --------------------------------------------------------------------------

result<void> row_view::open() {
  const bound_from from = bind_from(*plan_, params_);
  SPOOKY_TRY(bind_sources(from));
  SPOOKY_TRY(surrealql::check_clauses(*plan_->select, base_context()));
  if (plan_->windowed) {
    SPOOKY_ASSIGN(const surrealql::window window,
                  surrealql::window_of(*plan_->select, base_context()));
    window_.emplace(window.start, window.limit);
  }
  if (!splits() && (window_ || ordered()))
    sequence_ = std::make_unique<row_sequence>(plan_->order, roots_);

  const std::optional<access> rows = rows_of_interest();
  const bool refilled = window_ && !may_hide_rows() && can_be_refilled(*plan_, roots_, *window_) &&
                        !(rows && rows->keyed()) && open_refilled(rows);
  if (!refilled) {
    for (const std::uint32_t root : subscribe_to_sources(rows)) {
      row_outcome o;
      evaluate(root, o);
      if (o.more.failure && o.more.failure->code == errc::not_ready)
        return std::move(*o.more.failure);
      apply(std::move(o));
      if (!affordable()) break;
    }
  }
  if (spent_->exhausted()) return spent_->failure();
  if (window_) window_->show(visible_roots());
  note_failures();
  if (failure_)
    frozen_ = std::make_unique<frozen_result>();
  else
    count_nested();
  return {};
}

void row_view::count_nested() {
  if (!nested_) return;
  nested_->clear();
  for (const std::uint32_t root : visible_roots()) nested_->enter(rows_.find(root)->related());
  view_delta told;
  nested_->report(told);
}

bool row_view::open_refilled(const std::optional<access>& rows) {
  row_table& table = *roots_.all()[0].table;
  if (rows && known_to_be_few(tables_, table, *rows, *window_)) return false;
  top_ = std::make_unique<top_rows>(tables_.acquire(table, plan_->order), roots_, *window_);
  refill(std::nullopt);
  if (!top_->complete() || !rows) {
    top_->subscribe(*sequence_, number_);
    return true;
  }
  // All rows that match fit: a view that waits for them by its range hears of these only, while one
  // at the end of the order would hear of every change.
  tables_.release(top_->index());
  top_.reset();
  sequence_ = std::make_unique<row_sequence>(plan_->order, roots_);
  rows_.release_reads(tables_, number_);
  rows_ = {};
  return false;
}

void row_view::close() {
  rows_.release_reads(tables_, number_);
  unsubscribe_from_sources();
  if (top_) {
    top_->unsubscribe(number_);
    tables_.release(top_->index());
    top_.reset();
  }
}

// -- one root -------------------------------------------------------------------------------------

void row_view::evaluate(std::uint32_t root, row_outcome& out) const {
  // Most outcomes keep nothing of their own, and all of them these.
  constexpr std::size_t place = sizeof(kept_row) + 3 * sizeof(std::uint64_t);
  surrealql::budget& spent = *spent_;
  const std::size_t before = spent.held();
  look_at(root, out);
  spent.unpin();
  spent.release_to(before);
  if (out.stays()) {
    const bool shared = out.row.same_payload(roots_.row_of(root).record);
    out.bytes = place + (shared ? 0 : out.row.weight()) + out.key.weight() +
                out.more.reads.size() * bytes_per_read +
                out.more.related.size() *
                    (sizeof(related_row) + (nested_ ? nested_rows::bytes_per_row : 0));
  }
  spent.spend();
  spent.hold(out.bytes);
}

void row_view::look_at(std::uint32_t root, row_outcome& out) const {
  out.root = root;
  out.version = roots_.row_of(root).version;
  const eval_context context = context_for(root);
  const result<bool> passing = passes(root, context);
  result<void> evaluated;
  if (passing.ok() && *passing) evaluated = evaluate_row(*plan_, context, out);
  if (reading_) {
    out.more.reads = reading_->take_reads();
    out.more.related = reading_->take_related();
  }
  if (reads_own_id_)
    out.more.reads.push_back(
        read::record(roots_.source_of(root).table->number(), roots_.slot_of(root)).bits());
  if (!passing.ok() || !evaluated.ok()) {
    out.more.failure = passing.ok() ? evaluated.failure() : passing.failure();
    out.more.row_failed = false;
  }
  if (out.more.failure) {
    out.more.failure = explain_failure(std::move(*out.more.failure), root, context);
    out.more.related.clear();
  }
  out.member = passing.ok() && *passing && evaluated.ok();
  if (!out.member) out.more.related.clear();
}

void row_view::apply(row_outcome&& outcome, const std::optional<order_entry>& bound,
                     row_transition& change) {
  if (bound && outcome.member && top_->beyond(*bound, outcome.key, outcome.root))
    outcome.member = false;
  kept_row* kept = rows_.find(outcome.root);
  if (kept == nullptr) {
    if (!outcome.stays()) return;
    kept = &rows_.find_or_make(outcome.root);
  }
  if (sequence_)
    sequence_->move(outcome.root, kept->member ? &kept->key : nullptr,
                    outcome.member ? &outcome.key : nullptr);
  rows_.put(*kept, std::move(outcome), tables_, number_, change);
}

void row_view::refill(const std::optional<order_entry>& after) {
  top_->refill(after, *sequence_, [&](slot row) {
    if (spent_->exhausted()) return;
    row_outcome o;
    evaluate(row, o);
    // What time may still make a member is kept as well.
    if (o.stays()) apply(std::move(o));
  });
  for (const std::uint32_t root : top_->trim(*sequence_))
    rows_.forget(*rows_.find(root), tables_, number_);
}

// -- changes --------------------------------------------------------------------------------------

bool row_view::update(view_delta& out) {
  std::vector<std::uint32_t>& roots = take_touched();
  if (roots.size() > 1)
    std::sort(roots.begin(), roots.end(),
              [&](std::uint32_t a, std::uint32_t b) { return roots_.before(a, b); });
  if (roots.size() == 1) {
    row_outcome outcome;
    row_transition change;
    return update(roots, {&outcome, 1}, {&change, 1}, out);
  }
  std::vector<row_outcome> outcomes(roots.size());
  std::vector<row_transition> changes(roots.size());
  return update(roots, outcomes, changes, out);
}

bool row_view::update(std::span<const std::uint32_t> roots, std::span<row_outcome> outcomes,
                      std::span<row_transition> changes, view_delta& out) {
  bool fails = !rows_.failing().empty();
  for (std::size_t i = 0; i < roots.size(); ++i) {
    evaluate(roots[i], outcomes[i]);
    if (spent_->exhausted()) return true;
    fails = fails || outcomes[i].more.failure;
  }
  const std::optional<error> failure_before = failure_;
  if (!frozen_ && fails)
    frozen_ = std::make_unique<frozen_result>(visible_members(),
                                              told_order().value_or(std::vector<record_id>{}));

  apply_all(outcomes, changes);
  (void)affordable();  // if not, `out` still has to say what was done
  std::vector<std::uint32_t> shown_before;
  if (window_) shown_before = window_->show(visible_roots());
  note_failures();
  if (failure_) {
    if (failure_ == failure_before) return false;
    out.failed = failure_;
    return true;
  }
  const std::unique_ptr<frozen_result> frozen = std::move(frozen_);
  if (failure_before) {
    frozen->thaw(visible_members(), told_order(), out);
    count_nested();
  } else if (window_) {
    report_window(shown_before, changes, out);
  } else {
    report_rows(changes, out);
  }
  const bool changed =
      failure_before || std::any_of(changes.begin(), changes.end(), [](const row_transition& t) {
        return t.was != t.is || t.differs;
      });
  if (plan_->whole_result && changed) {
    auto whole = whole_result();
    if (whole.ok())
      out.result = std::move(*whole);
    else
      out.failed = std::move(whole).failure();
  }
  return says_something(out);
}

void row_view::apply_all(std::span<row_outcome> outcomes, std::span<row_transition> changes) {
  const bool ranked = sequence_ && !window_ && !frozen_;
  std::vector<std::size_t> ranks;
  if (ranked)
    for (const row_outcome& o : outcomes) {
      const kept_row* kept = rows_.find(o.root);
      ranks.push_back(kept != nullptr && kept->member ? sequence_->rank(kept->key, o.root) : 0);
    }
  std::optional<order_entry> known_to;
  if (top_) known_to = top_->bound(*sequence_);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    apply(std::move(outcomes[i]), known_to, changes[i]);
    if (ranked) changes[i].rank_before = ranks[i];
  }
  if (top_) {
    top_->unsubscribe(number_);
    refill(known_to);
    top_->subscribe(*sequence_, number_);
    // What went beyond the bound may be what the refill found there.
    for (row_transition& t : changes) {
      const kept_row* kept = t.was && !t.is ? rows_.find(t.root) : nullptr;
      if (kept != nullptr && kept->member) t.is = t.differs = true;
    }
  }
}

void row_view::report_rows(std::span<const row_transition> changes, view_delta& out) const {
  if (splits()) return;
  row_report report(roots_, rows_, nested_.get(), out);
  bool rows_added = false;
  for (const row_transition& t : changes) {
    if (t.was && t.is) {
      report.updated(t);
    } else if (t.is) {
      report.added(t.root);
      rows_added = true;
    } else if (t.was) {
      report.removed(t.root, t.related_before);
    }
  }
  report.finish();
  if (!sequence_) return;
  std::vector<rank_change> moves;
  if (!rows_added)
    for (const row_transition& t : changes) {
      rank_change& move = moves.emplace_back();
      if (t.was) move.before = t.rank_before;
      if (t.is) move.after = sequence_->rank(rows_.find(t.root)->key, t.root);
    }
  if (rows_added || survivors_moved(moves)) out.order = visible_order();
}

void row_view::report_window(const std::vector<std::uint32_t>& before,
                             std::span<const row_transition> changes, view_delta& out) const {
  const std::vector<std::uint32_t>& now = window_->shown();
  row_report report(roots_, rows_, nested_.get(), out);
  if (before == now) {
    for (const row_transition& t : changes)
      if (t.was && t.is && std::find(now.begin(), now.end(), t.root) != now.end())
        report.updated(t);
    report.finish();
    return;
  }
  std::unordered_map<std::uint32_t, const row_transition*> change_of;
  for (const row_transition& t : changes) change_of.emplace(t.root, &t);
  const window_change window = compare_windows(before, now);
  for (const std::uint32_t root : window.left) {
    const auto change = change_of.find(root);
    const kept_row* kept = rows_.find(root);
    static const std::vector<related_row> none;
    report.removed(root, change != change_of.end() ? change->second->related_before
                         : kept != nullptr         ? kept->related()
                                                   : none);
  }
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (window.entered[i]) {
      report.added(now[i]);
      continue;
    }
    const auto change = change_of.find(now[i]);
    if (change != change_of.end()) report.updated(*change->second);
  }
  report.finish();
  if (ordered() && window.reordered) out.order = visible_order();
}

// -- reading the state ----------------------------------------------------------------------------

std::vector<std::uint32_t> row_view::members_by_id() const {
  std::vector<std::uint32_t> out;
  out.reserve(rows_.members());
  for (const kept_row& row : rows_.places())
    if (row.member) out.push_back(row.root);
  std::sort(out.begin(), out.end(),
            [&](std::uint32_t a, std::uint32_t b) { return roots_.before(a, b); });
  return out;
}

std::vector<std::uint32_t> row_view::visible_roots() const {
  if (!sequence_) return members_by_id();
  return window_ ? sequence_->slice(window_->start(), window_->limit())
                 : sequence_->slice(0, row_sequence::unlimited);
}

std::vector<member> row_view::visible_members() const {
  std::vector<member> out;
  if (splits()) return out;
  related_places told;
  for (const std::uint32_t root : visible_roots())
    append_member(roots_, *rows_.find(root), out, told);
  return out;
}

std::vector<record_id> row_view::visible_order() const {
  std::vector<record_id> out;
  for (const std::uint32_t root : visible_roots()) out.push_back(roots_.id_of(root));
  return out;
}

std::optional<std::vector<record_id>> row_view::told_order() const {
  if (!ordered() || splits()) return std::nullopt;
  return visible_order();
}

array row_view::split_rows() const {
  std::vector<std::pair<value, value>> rows;  // sort key, row
  for (const std::uint32_t root : members_by_id()) {
    const kept_row& kept = *rows_.find(root);
    for (std::size_t i = 0; i < kept.row.as_array().size(); ++i)
      rows.emplace_back(kept.key.as_array()[i], kept.row.as_array()[i]);
  }
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
    return plan_->order.compare(a.first, b.first) < 0;
  });
  array out;
  out.reserve(rows.size());
  for (auto& [key, row] : rows) out.push_back(std::move(row));
  return out;
}

result<value> row_view::whole_result() const {
  array rows;
  if (splits())
    rows = split_rows();
  else
    for (const std::uint32_t root : visible_roots()) rows.push_back(rows_.find(root)->row);
  return shape_result(*plan_->select, std::move(rows));
}

void row_view::note_failures() {
  failure_.reset();
  std::optional<std::uint32_t> first;
  for (const std::uint32_t root : rows_.failing()) {
    const bool counts =
        !window_ ||
        window_->counts_failure(root, rows_.find(root)->more->row_failed, ordered(), roots_);
    if (counts && (!first || roots_.before(root, *first))) first = root;
  }
  if (first) failure_ = rows_.find(*first)->more->failure;
}

void row_view::snapshot(view_snapshot& out) const {
  if (failure_) {
    out.failed = failure_;
    if (frozen_) out.members = frozen_->members();
    return;
  }
  out.members = visible_members();
  auto whole = whole_result();
  if (whole.ok())
    out.result = std::move(*whole);
  else
    out.failed = std::move(whole).failure();
}

object row_view::describe() const {
  object out;
  array operators;
  const auto add = [&](const char* name, std::size_t size) {
    object o;
    o.set("operator", name);
    o.set("state", static_cast<std::int64_t>(size));
    operators.emplace_back(std::move(o));
  };
  std::size_t reads = 0;
  std::size_t related = 0;
  for (const kept_row& row : rows_.places()) {
    if (!row.more) continue;
    reads += row.more->reads.size();
    related += row.more->related.size();
  }
  if (plan_->select->where != nullptr) add("filter", rows_.members());
  if (!plan_->star) add("project", rows_.members());
  if (reads != 0) add("dereference", reads);
  if (related != 0) add("related", related);
  if (splits()) add("split", rows_.members());
  if (sequence_) add(top_ ? "top_k" : "order", sequence_->size());
  out.set("operators", value(std::move(operators)));
  if (top_)
    out.set("interest", value("rows up to a bound in the order " +
                              (ordered() ? plan_->order.text() : std::string("id"))));
  else
    out.set("interest", describe_interest());
  out.set("rows", static_cast<std::int64_t>(rows_.members()));
  return out;
}

}  // namespace spooky::views
