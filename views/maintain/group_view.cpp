#include "views/maintain/group_view.hpp"

#include "surrealql/select/named_fields.hpp"
#include "views/maintain/diff.hpp"
#include "views/maintain/select_rows.hpp"
#include "views/results/identical.hpp"

#include <algorithm>
#include <utility>

namespace spooky::views {

using surrealql::eval_context;

bool group_view::key_less::operator()(const array& a, const array& b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](const value& x, const value& y) { return x < y; });
}

group_view::group_view(store& tables, plan_ptr plan, object params, std::uint32_t number,
                       visibility_ptr seen)
    : maintained_view(tables, std::move(plan), std::move(params), number, std::move(seen)) {
  if (!reading_)
    reading_ = std::make_unique<subquery_source>(tables_, plan_->subqueries, kept_, seen_.get());
}

const group_view::row_entry* group_view::find(std::uint32_t root) const {
  return const_cast<group_view*>(this)->find(root);
}

group_view::row_entry* group_view::find(std::uint32_t root) {
  const std::uint32_t at =
      by_root_.find(root, [&](std::uint32_t i) { return rows_[i].root == root; });
  return at == flat_index::absent ? nullptr : &rows_[at];
}

namespace {

std::size_t weight_of(const array& items) noexcept {
  std::size_t bytes = 0;
  for (const value& v : items) bytes += sizeof(value) + v.weight();
  return bytes;
}

}  // namespace

std::size_t group_view::bytes_of(const row_entry& e) noexcept {
  return sizeof(row_entry) + weight_of(e.inputs) + e.reads.size() * bytes_per_read;
}

std::size_t group_view::bytes_of(const group& g) noexcept {
  return sizeof(group) + 2 * weight_of(g.key) + g.row.weight() +
         g.rows.size() * sizeof(std::uint32_t) + g.reads.size() * bytes_per_read;
}

void group_view::count(std::size_t now, std::size_t before) {
  bytes_ += now - before;
  if (now > before)
    spent_->hold(now - before);
  else
    spent_->release(before - now);
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
  groups_[number].running = plan_->steps->new_running_group();
  by_key_.emplace(std::move(key), number);
  return number;
}

void group_view::join(const row_entry& e) {
  group& g = groups_[e.group];
  g.rows.insert(
      std::lower_bound(g.rows.begin(), g.rows.end(), e.root,
                       [&](std::uint32_t a, std::uint32_t b) { return roots_.before(a, b); }),
      e.root);
  g.running->add(e.inputs);
  mark(e.group);
}

void group_view::leave(const row_entry& e) {
  group& g = groups_[e.group];
  g.rows.erase(
      std::lower_bound(g.rows.begin(), g.rows.end(), e.root,
                       [&](std::uint32_t a, std::uint32_t b) { return roots_.before(a, b); }));
  g.running->remove(e.inputs);
  mark(e.group);
}

void group_view::refresh_row(std::uint32_t root) {
  if (!spent_->spend()) return;
  const std::size_t before = spent_->held();
  const eval_context context = context_for(root);
  std::optional<error> failure;
  std::uint32_t target = no_group;
  array inputs;
  const result<bool> passing = passes(root, context);
  if (!passing.ok()) {
    failure = explain_failure(passing.failure(), root, context);
  } else if (*passing) {
    auto key = plan_->steps->group_key(context);
    auto taken = key.ok() ? plan_->steps->group_inputs(context) : result<array>(key.failure());
    if (taken.ok()) {
      target = group_for(std::move(*key));
      inputs = std::move(*taken);
    } else {
      failure = explain_failure(taken.failure(), root, context);
    }
  }
  std::vector<std::uint64_t> reads = reading_->take_reads();
  if (reads_own_id_)
    reads.push_back(
        read::record(roots_.source_of(root).table->number(), roots_.slot_of(root)).bits());

  spent_->unpin();
  spent_->release_to(before);
  if (spent_->exhausted()) return;
  row_entry* e = find(root);
  const std::size_t bytes_before = e != nullptr ? bytes_of(*e) : 0;
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
  if (e->group == target && target != no_group) {
    group& g = groups_[target];
    g.running->remove(e->inputs);
    g.running->add(inputs);
    mark(target);
    e->inputs = std::move(inputs);
  } else {
    if (e->group != no_group) leave(*e);
    e->group = target;
    e->inputs = std::move(inputs);
    if (target != no_group) join(*e);
  }
  count(stays ? bytes_of(*e) : 0, bytes_before);
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
  const eval_context context = base_context();
  array key;  // of the first row: 1 and 1.0 are one group, but look different
  if (!g.rows.empty()) {
    const eval_context first = context_for(g.rows.front());
    SPOOKY_ASSIGN(key, steps.group_key(first));
  }
  if (g.running->exact()) return steps.group_row(key, *g.running, context);
  SPOOKY_ASSIGN(auto state, steps.new_group(context));
  for (const std::uint32_t root : g.rows)
    if (!spent_->spend() || !spent_->hold(state.add_inputs(find(root)->inputs)))
      return spent_->failure();
  return steps.group_row(key, state, context);
}

bool group_view::refresh_group(std::uint32_t number) {
  group& g = groups_[number];
  g.dirty = false;
  const std::size_t bytes_before = g.counted;
  std::vector<std::uint64_t> reads;
  const reader who = reader::view_root(number_, group_bit | number);
  failing_ -= static_cast<std::size_t>(g.failure.has_value());
  g.failure.reset();
  if (g.rows.empty() && !groups_nothing_) {
    tables_.replace_reads(who, g.reads, reads);
    by_key_.erase(g.key);
    count(0, bytes_before);
    g = group{};
    free_groups_.push_back(number);
    return true;
  }
  reading_->begin(nullptr, no_slot);
  const std::size_t before = spent_->held();
  auto row = aggregate(g);
  spent_->unpin();
  spent_->release_to(before);
  reads = reading_->take_reads();
  tables_.replace_reads(who, g.reads, reads);
  if (!row.ok()) {
    g.failure = std::move(row).failure();
    ++failing_;
    return true;
  }
  const bool changed = !std::exchange(g.shown, true) || !identical(g.row, *row);
  g.row = std::move(*row);
  g.counted = bytes_of(g);
  count(g.counted, bytes_before);
  return changed;
}

bool group_view::refresh_marked() {
  bool changed = false;
  for (std::size_t i = 0; i < marked_.size(); ++i)
    if (groups_[marked_[i]].used && refresh_group(marked_[i])) changed = true;
  marked_.clear();
  return changed;
}

result<value> group_view::assemble() {
  reading_->begin(nullptr, no_slot);
  auto out = assembled();
  spent_->unpin();
  std::vector<std::uint64_t> reads = reading_->take_reads();
  tables_.replace_reads(reader::view_root(number_, assembly_root), assembly_reads_, reads);
  if (spent_->exhausted()) return spent_->failure();
  return out;
}

result<value> group_view::assembled() const {
  const surrealql::select_statement& select = *plan_->select;
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
  SPOOKY_TRY(surrealql::check_clauses(select, context));
  surrealql::window window;
  if (!plan_->steps->counts_rows_only()) {
    SPOOKY_ASSIGN(window, plan_->steps->window_of(context));
  }
  array out;
  for (std::size_t i = window.start; i < rows.size() && out.size() < window.limit; ++i) {
    SPOOKY_ASSIGN(value row, plan_->steps->finish(std::move(rows[i].second), context));
    if (!spent_->spend() || !spent_->allows_rows(out.size() + 1)) return spent_->failure();
    out.push_back(std::move(row));
  }
  return shape_result(select, std::move(out));
}

void group_view::note_failure() {
  failure_.reset();
  if (failing_ == 0) return;
  const row_entry* first = nullptr;
  for (const row_entry& e : rows_)
    if (e.failure && (first == nullptr || roots_.before(e.root, first->root))) first = &e;
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

result<void> group_view::open() {
  const bound_from from = bind_from(*plan_, params_);
  SPOOKY_TRY(bind_sources(from));
  SPOOKY_ASSIGN(groups_nothing_, plan_->steps->groups_nothing(base_context()));
  if (groups_nothing_) mark(group_for({}));
  for (const std::uint32_t root : subscribe_to_sources(rows_of_interest())) {
    refresh_row(root);
    if (!spent_->allows_rows(by_key_.size())) return spent_->failure();
  }
  refresh_marked();
  if (spent_->exhausted()) return spent_->failure();
  note_failure();
  if (failure_) return failure_->code == errc::not_ready ? result<void>(*failure_) : result<void>();
  SPOOKY_ASSIGN(result_, assemble());
  return {};
}

void group_view::close() {
  std::vector<std::uint64_t> nothing;
  tables_.replace_reads(reader::view_root(number_, assembly_root), assembly_reads_, nothing);
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
  bool reassemble = failure_before.has_value();
  for (const std::uint32_t root : take_touched()) {
    if (root == assembly_root) {
      reassemble = true;
      continue;
    }
    if ((root & group_bit) != 0) {
      if (groups_[root & ~group_bit].used) mark(root & ~group_bit);
      continue;
    }
    refresh_row(root);
  }
  const bool changed = refresh_marked();
  if (!spent_->allows_rows(by_key_.size())) return true;
  note_failure();
  if (failure_) {
    if (failure_ == failure_before) return false;
    out.failed = failure_;
    return true;
  }
  if (!changed && !reassemble) return false;
  auto fresh = assemble();
  if (!fresh.ok()) {
    failure_ = std::move(fresh).failure();
    if (failure_ == failure_before) return false;
    out.failed = failure_;
    return true;
  }
  out.healed = failure_before.has_value();
  if (out.healed || !identical(*fresh, result_)) out.result = *fresh;
  result_ = std::move(*fresh);
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
