#include "views/maintain/recompute_view.hpp"

#include "views/maintain/diff.hpp"
#include "views/results/identical.hpp"

#include <unordered_set>
#include <utility>

namespace spooky::views {

recompute_view::recompute_view(store& tables, plan_ptr plan, object params, std::uint32_t number,
                               visibility_ptr seen, std::string reason)
    : maintained_view(tables, std::move(plan), std::move(params), number, std::move(seen)),
      reason_(std::move(reason)) {
  if (!reading_)
    reading_ = std::make_unique<subquery_source>(tables_, plan_->subqueries, kept_, seen_.get());
}

void recompute_view::run() {
  reading_->begin(nullptr, no_slot);
  auto outcome = surrealql::run(*plan_->select, base_context());
  failure_.reset();
  if (outcome.ok()) {
    result_ = std::move(*outcome);
    members_ = members_of(result_);
  } else {
    failure_ = reading_->missing_table().empty() ? std::move(outcome).failure()
                                                 : table_not_loaded(reading_->missing_table());
  }
  spent_->unpin();
  std::vector<std::uint64_t> reads = reading_->take_reads();
  spent_->hold(reads.size() * bytes_per_read);
  tables_.replace_reads(reader::view_root(number_, 0), reads_, reads);
}

/// The rows that are records: objects with their record id. Values and groups have none.
std::vector<member> recompute_view::members_of(const value& result) const {
  std::vector<member> out;
  const surrealql::select_statement& select = *plan_->select;
  if (select.grouped() || !select.split.empty() || select.value_only) return out;
  std::unordered_set<value> seen;  // a list may name a record twice: it is one member
  const auto add = [&](const value& row) {
    const value& id = row["id"];
    if (!id.is_record() || !seen.insert(id).second) return;
    const row_table* table = tables_.find_table(id.as_record().table);
    if (table == nullptr) return;
    const slot s = table->find(id.as_record().key);
    if (s == no_slot || !table->alive(s)) return;
    // A literal may name a record that the caller does not see.
    if (reading_->restricts(table->name())) {
      const auto shown = reading_->see_stored((*table)[s].record, table->name());
      if (!shown.ok() || shown->is_none()) return;
    }
    member m;
    m.id = id.as_record();
    m.version = (*table)[s].version;
    m.row = row;
    out.push_back(std::move(m));
  };
  if (result.is_array())
    for (const value& row : result.as_array()) add(row);
  else
    add(result);
  return out;
}

result<void> recompute_view::open() {
  run();
  if (spent_->exhausted()) return spent_->failure();
  if (failure_ && failure_->code == errc::not_ready) return *failure_;
  return {};
}

void recompute_view::close() {
  std::vector<std::uint64_t> nothing;
  tables_.replace_reads(reader::view_root(number_, 0), reads_, nothing);
  unsubscribe_from_sources();
}

bool recompute_view::update(view_delta& out) {
  take_touched();
  const std::optional<error> failure_before = failure_;
  const value before = result_;
  const std::vector<member> members_before = members_;
  run();
  if (spent_->exhausted()) {
    members_ = members_before;
    return true;
  }
  if (failure_) {
    if (failure_ == failure_before) return false;
    out.failed = failure_;
    return true;
  }
  out.healed = failure_before.has_value();
  diff_members(members_before, members_, out);
  if (out.healed || !identical(before, result_)) out.result = result_;
  return says_something(out);
}

void recompute_view::snapshot(view_snapshot& out) const {
  out.failed = failure_;
  out.members = members_;
  if (!failure_) out.result = result_;
}

object recompute_view::describe() const {
  object out;
  object op;
  op.set("operator", "recompute");
  op.set("reads", static_cast<std::int64_t>(reads_.size()));
  out.set("operators", value(array{value(std::move(op))}));
  return out;
}

}  // namespace spooky::views
