#include "views/group_view.hpp"

#include "views/delta.hpp"
#include "views/identical.hpp"
#include "views/select_rows.hpp"

#include <algorithm>
#include <utility>

namespace spooky::views {

using surrealql::eval_context;

bool group_view::key_less::operator()(const array& a, const array& b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](const value& x, const value& y) { return x < y; });
}

group_view::group_view(store& tables, plan_ptr plan, object params, std::uint32_t number)
    : view(tables, std::move(plan), std::move(params), number) {
  if (!reading_) reading_ = std::make_unique<subquery_source>(tables_, plan_->subqueries, kept_);
}

group_view::row_entry* group_view::find(std::uint32_t root) {
  const std::uint32_t at =
      by_root_.find(root, [&](std::uint32_t i) { return rows_[i].root == root; });
  return at == flat_index::absent ? nullptr : &rows_[at];
}

void group_view::mark(std::uint32_t number) {
  if (groups_[number].dirty) return;
  groups_[number].dirty = true;
  marked_.push_back(number);
}

std::uint32_t group_view::group_for(array key) {
  const auto known = by_key_.find(key);
  if (known != by_key_.end()) return known->second;
  std::uint32_t number = static_cast<std::uint32_t>(groups_.size());
  if (free_groups_.empty()) {
    groups_.emplace_back();
  } else {
    number = free_groups_.back();
    free_groups_.pop_back();
  }
  groups_[number].key = key;
  groups_[number].used = true;
  by_key_.emplace(std::move(key), number);
  return number;
}

void group_view::join(std::uint32_t root, std::uint32_t number) {
  std::vector<std::uint32_t>& rows = groups_[number].rows;
  rows.insert(std::lower_bound(rows.begin(), rows.end(), root,
                               [&](std::uint32_t a, std::uint32_t b) { return root_before(a, b); }),
              root);
  mark(number);
}

void group_view::leave(std::uint32_t root, std::uint32_t number) {
  std::vector<std::uint32_t>& rows = groups_[number].rows;
  rows.erase(std::lower_bound(rows.begin(), rows.end(), root,
                              [&](std::uint32_t a, std::uint32_t b) { return root_before(a, b); }));
  mark(number);
}

void group_view::refresh_row(std::uint32_t root) {
  const eval_context context = context_for(root);
  std::optional<error> failure;
  std::uint32_t target = no_group;
  const result<bool> passing = passes(root, context);
  if (!passing.ok()) {
    failure = explain_failure(passing.failure(), root, context);
  } else if (*passing) {
    auto key = plan_->steps->group_key(context);
    if (key.ok())
      target = group_for(std::move(*key));
    else
      failure = explain_failure(key.failure(), root, context);
  }
  std::vector<std::uint64_t> reads = reading_->take_reads();
  if (reads_own_id_)
    reads.push_back(read::record(source_of(root).table->number(), slot_of(root)).bits());

  row_entry* e = find(root);
  const bool stays = target != no_group || !reads.empty() || failure;
  if (e == nullptr && !stays) return;
  if (e == nullptr) {
    std::uint32_t at = static_cast<std::uint32_t>(rows_.size());
    if (free_rows_.empty()) {
      rows_.emplace_back();
    } else {
      at = free_rows_.back();
      free_rows_.pop_back();
    }
    rows_[at].root = root;
    by_root_.insert(root, at);
    e = &rows_[at];
  }
  tables_.replace_reads(reader::view_root(number_, root), e->reads, reads);
  failing_ += static_cast<std::size_t>(failure.has_value());
  failing_ -= static_cast<std::size_t>(e->failure.has_value());
  e->failure = std::move(failure);
  if (e->group == target) {
    if (target != no_group) mark(target);
  } else {
    if (e->group != no_group) leave(root, e->group);
    if (target != no_group) join(root, target);
    e->group = target;
  }
  if (!stays) {
    const auto at = static_cast<std::uint32_t>(e - rows_.data());
    by_root_.erase(root, at);
    *e = row_entry{};
    free_rows_.push_back(at);
  }
}

result<value> group_view::aggregate(const group& g) const {
  const surrealql::select_plan& steps = *plan_->steps;
  if (steps.counts_rows_only()) return steps.count_row(static_cast<std::int64_t>(g.rows.size()));
  eval_context context = base_context();
  SPOOKY_ASSIGN(auto state, steps.new_group(context));
  array key;
  for (const std::uint32_t root : g.rows) {
    context.document = &row_of(root).record;
    if (key.empty()) {
      SPOOKY_ASSIGN(key, steps.group_key(context));
    }
    SPOOKY_TRY(state.add(context));
  }
  return steps.group_row(key, state, base_context());
}

bool group_view::refresh_group(std::uint32_t number) {
  group& g = groups_[number];
  g.dirty = false;
  std::vector<std::uint64_t> reads;
  const reader who = reader::view_root(number_, group_bit | number);
  failing_ -= static_cast<std::size_t>(g.failure.has_value());
  g.failure.reset();
  if (g.rows.empty() && !plan_->select->group_all) {
    tables_.replace_reads(who, g.reads, reads);
    by_key_.erase(g.key);
    g = group{};
    free_groups_.push_back(number);
    return true;
  }
  reading_->begin(nullptr, no_slot);
  auto row = aggregate(g);
  reads = reading_->take_reads();
  tables_.replace_reads(who, g.reads, reads);
  if (!row.ok()) {
    g.failure = std::move(row).failure();
    ++failing_;
    return true;
  }
  const bool changed = !identical(g.row, *row);
  g.row = std::move(*row);
  return changed;
}

bool group_view::refresh_marked() {
  bool changed = false;
  for (std::size_t i = 0; i < marked_.size(); ++i)
    if (groups_[marked_[i]].used && refresh_group(marked_[i])) changed = true;
  marked_.clear();
  return changed;
}

result<value> group_view::assemble() const {
  const surrealql::select_statement& select = *plan_->select;
  reading_->begin(nullptr, no_slot);
  const eval_context context = base_context();
  std::vector<std::pair<value, value>> rows;
  for (const auto& [key, number] : by_key_) {
    value sort_key;
    if (!plan_->order.empty()) {
      SPOOKY_ASSIGN(array keys, plan_->steps->order_keys(groups_[number].row, context));
      sort_key = plan_->order.pack(std::move(keys));
    }
    rows.emplace_back(std::move(sort_key), groups_[number].row);
  }
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
    return plan_->order.compare(a.first, b.first) < 0;
  });
  surrealql::window window;
  if (!plan_->steps->counts_rows_only()) {
    SPOOKY_ASSIGN(window, plan_->steps->window_of(context));
  }
  array out;
  for (std::size_t i = window.start; i < rows.size() && out.size() < window.limit; ++i) {
    SPOOKY_ASSIGN(value row, plan_->steps->finish(std::move(rows[i].second), context));
    out.push_back(std::move(row));
  }
  return shape_result(select, std::move(out));
}

void group_view::note_failure() {
  failure_.reset();
  if (failing_ == 0) return;
  const row_entry* first = nullptr;
  for (const row_entry& e : rows_)
    if (e.failure && (first == nullptr || root_before(e.root, first->root))) first = &e;
  if (first != nullptr) {
    failure_ = first->failure;
    return;
  }
  for (const auto& [key, number] : by_key_)
    if (groups_[number].failure) {
      failure_ = groups_[number].failure;
      return;
    }
}

result<void> group_view::open(const engine_options& options) {
  const bound_from from = bind_from(*plan_, params_);
  SPOOKY_TRY(bind_sources(from));
  if (plan_->select->group_all) mark(group_for({}));
  for (const std::uint32_t root : subscribe_to_sources(access_of(plan_->select->where, params_))) {
    refresh_row(root);
    if (by_key_.size() > options.max_result_rows)
      return fail(errc::limit_exceeded, "The query has more than " +
                                            std::to_string(options.max_result_rows) +
                                            " groups; narrow its WHERE");
  }
  refresh_marked();
  note_failure();
  if (failure_) return failure_->code == errc::not_ready ? result<void>(*failure_) : result<void>();
  SPOOKY_ASSIGN(result_, assemble());
  return {};
}

void group_view::close() {
  std::vector<std::uint64_t> nothing;
  for (row_entry& e : rows_) {
    nothing.clear();
    tables_.replace_reads(reader::view_root(number_, e.root), e.reads, nothing);
  }
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    nothing.clear();
    tables_.replace_reads(reader::view_root(number_, group_bit | i), groups_[i].reads, nothing);
  }
  unsubscribe_from_sources();
}

bool group_view::update(view_delta& out) {
  const std::optional<error> failure_before = failure_;
  for (const std::uint32_t root : take_touched()) {
    if ((root & group_bit) != 0) {
      if (groups_[root & ~group_bit].used) mark(root & ~group_bit);
      continue;
    }
    refresh_row(root);
  }
  const bool changed = refresh_marked();
  note_failure();
  if (failure_) {
    if (failure_ == failure_before) return false;
    out.failed = failure_;
    return true;
  }
  if (!changed && !failure_before) return false;
  auto assembled = assemble();
  if (!assembled.ok()) {
    failure_ = std::move(assembled).failure();
    out.failed = failure_;
    return true;
  }
  out.healed = failure_before.has_value();
  if (!identical(*assembled, result_)) out.result = *assembled;
  result_ = std::move(*assembled);
  return says_something(out);
}

void group_view::snapshot(view_snapshot& out) const {
  out.failed = failure_;
  if (!failure_) out.result = result_;
}

object group_view::describe() const {
  object out;
  object filter;
  filter.set("operator", "filter");
  filter.set("state", static_cast<std::int64_t>(by_root_.size()));
  object groups;
  groups.set("operator", "aggregate");
  groups.set("state", static_cast<std::int64_t>(by_key_.size()));
  out.set("operators", value(array{value(std::move(filter)), value(std::move(groups))}));
  out.set("interest", describe_interest());
  return out;
}

}  // namespace spooky::views
