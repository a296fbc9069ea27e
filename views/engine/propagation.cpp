#include "views/engine/propagation.hpp"

#include "views/maintain/diff.hpp"
#include "views/maintain/halted_view.hpp"
#include "views/results/identical.hpp"

#include <algorithm>
#include <utility>

namespace spooky::views {

value with_id(const value& record, const record_id& id) {
  if (!record.is_object() || record["id"].is_record()) return record;
  object copy = record.as_object();
  copy.set("id", value(id));
  return value(std::move(copy));
}

// -- views ----------------------------------------------------------------------------------------

std::uint32_t propagation::reserve_number() {
  if (!free_.empty()) {
    const std::uint32_t number = free_.back();
    free_.pop_back();
    return number;
  }
  views_.emplace_back();
  return static_cast<std::uint32_t>(views_.size() - 1);
}

void propagation::adopt(std::unique_ptr<maintained_view> v) {
  const std::uint32_t number = v->number();
  views_[number] = std::move(v);
}

void propagation::drop(std::uint32_t number) {
  views_[number]->close();
  view_bytes_ -= views_[number]->counted_bytes;
  views_[number].reset();
  free_.push_back(number);
  std::erase(touched_views_, number);
  tables_.sweep();
}

// -- first pass -----------------------------------------------------------------------------------

void propagation::put(const change& c, row_table& table) {
  const slot s = table.find_or_make(c.id.key);
  stored_row& row = table[s];
  if (row.touched == 0) {
    changes_.push_back({&table, s, row.record, row.version});
    row.touched = static_cast<std::uint32_t>(changes_.size());
  }
  const bool gone = c.op == change_op::erase || c.record.is_none();
  table.put(s, gone ? value::none() : with_id(c.record, c.id), c.version.value_or(c.seq.raw()));
}

void propagation::loaded(row_table& table, slot s) {
  touch_readers(read::record(table.number(), s));
  refile_dependents();
}

void propagation::table_added() {
  touch_readers(read::catalog());
  refile_dependents();
}

void propagation::pass_time(const surrealql::moment& now) {
  tables_.set_now(now);
  tables_.due().advance(now.now(),
                        [&](std::uint32_t number) { touch_readers(read::moment(number)); });
}

// -- second pass ----------------------------------------------------------------------------------

void propagation::touch(std::uint32_t number, std::uint32_t root) {
  maintained_view& v = *views_[number];
  if (!v.touched()) touched_views_.push_back(number);
  v.touch(root);
}

void propagation::touch_row(std::uint32_t number, const row_table& table, slot s) {
  maintained_view& v = *views_[number];
  if (!v.touched()) touched_views_.push_back(number);
  v.touch_row(table, s);
}

void propagation::touch_readers(read r) {
  if (tables_.readers().empty()) return;
  tables_.readers().for_each(r, [&](reader who) {
    if (who.is_index_row())
      stale_keys_.emplace_back(who.owner(), who.item());
    else
      touch(who.owner(), who.item());
  });
}

void propagation::propagate_move(path_index& index, slot s, path_index::moved moved) {
  const auto concerned = [&](std::uint32_t number) { touch_row(number, index.table(), s); };
  index.interested(moved.from, concerned);
  if (moved.from != path_index::no_bucket) touch_readers(read::bucket(index.number(), moved.from));
  if (moved.from == moved.to) return;
  index.interested(moved.to, concerned);
  if (moved.to != path_index::no_bucket) touch_readers(read::bucket(index.number(), moved.to));
}

void propagation::propagate_row(const row_change& c) {
  row_table& table = *c.table;
  const stored_row& row = table[c.row];
  if (c.before.is_none() && row.record.is_none()) return;
  if (c.version_before == row.version && identical(c.before, row.record)) return;

  for (path_index* index : tables_.path_indexes(table))
    propagate_move(*index, c.row, tables_.refile(*index, c.row));
  for (const auto& index : tables_.element_indexes(table))
    index->move(c.row, c.before, row.record,
                [&](std::uint32_t number) { touch_row(number, table, c.row); });
  for (order_index* index : tables_.order_indexes(table)) {
    const auto concerned = [&](std::uint32_t number) { touch_row(number, table, c.row); };
    if (!c.before.is_none()) {
      const order_entry old{index->key_of(c.before), c.row};
      index->erase(old);
      index->interested(old, concerned);
    }
    if (!row.record.is_none()) {
      const order_entry now{index->key_of(row.record), c.row};
      index->insert(now);
      index->interested(now, concerned);
    }
  }
  for (const std::uint64_t number : tables_.views_of_all(table))
    touch_row(static_cast<std::uint32_t>(number), table, c.row);
  touch_readers(read::record(table.number(), c.row));
  touch_readers(read::table(table.number()));
}

/// Rows whose key in an index went through a record that changed.
void propagation::refile_dependents() {
  if (stale_keys_.empty()) return;
  std::sort(stale_keys_.begin(), stale_keys_.end());
  stale_keys_.erase(std::unique(stale_keys_.begin(), stale_keys_.end()), stale_keys_.end());
  const auto stale = std::move(stale_keys_);
  stale_keys_.clear();
  for (const auto& [number, s] : stale) {
    path_index& index = tables_.path_index_at(number);
    propagate_move(index, s, tables_.refile(index, s));
  }
}

// -- third pass -----------------------------------------------------------------------------------

void propagation::count(maintained_view& v, const surrealql::budget& spent) {
  const std::size_t now = v.bytes();
  view_bytes_ += now - v.counted_bytes;
  v.counted_bytes = now;
  v.last_steps = spent.steps();
  v.spent_steps += v.last_steps;
  ++v.updates;
}

namespace {

/// For a view its time is a limit like the others: nobody should ask again as if an answer was
/// late.
error limit_passed(const surrealql::budget& spent) {
  error why = spent.failure();
  why.code = errc::limit_exceeded;
  return why;
}

/// What takes away all that clients were shown until now, of a view that has got to `last`: nobody
/// will keep it right any more, neither for changes nor for rights that are withdrawn.
view_delta withdrawal(const maintained_view& v, const view_delta& last) {
  view_snapshot now;
  v.snapshot(now);
  view_delta out;
  diff_members(now.members, last.added, out);  // what was added just now has not been shown
  out.added.clear();
  out.updated.clear();
  out.removed.insert(out.removed.end(), last.removed.begin(), last.removed.end());
  if (v.tells_result()) out.result = v.empty_result();
  return out;
}

}  // namespace

result<void> propagation::open(std::uint32_t number, view_budgets& budgets) {
  maintained_view& v = *views_[number];
  surrealql::budget spent = budgets.next(0, bytes(), v.turns);
  v.spend_from(&spent);
  auto opened = v.open();
  v.spend_from(nullptr);
  count(v, spent);
  if (spent.exhausted()) return limit_passed(spent);
  return opened;
}

void propagation::halt(std::uint32_t number, const error& why) {
  maintained_view& v = *views_[number];
  v.close();
  view_bytes_ -= v.counted_bytes;
  auto left =
      std::make_unique<halted_view>(tables_, v.plan_of(), v.params(), number, v.seen(), why);
  left->ids = std::move(v.ids);
  views_[number] = std::move(left);
  halted_.push_back(number);
}

bool propagation::update(std::uint32_t number, view_budgets& budgets, view_delta& delta,
                         std::vector<std::uint32_t>& outdated) {
  maintained_view& v = *views_[number];
  surrealql::budget spent = budgets.next(v.counted_bytes, bytes(), v.turns);
  v.spend_from(&spent);
  const bool says = v.update(delta);
  const bool anew = !says && !spent.exhausted() && v.worth_opening_anew();
  v.spend_from(nullptr);
  budgets.taken(spent, v.turns);
  count(v, spent);
  if (!spent.exhausted()) {
    if (anew) outdated.push_back(number);
    return says;
  }
  delta = withdrawal(v, delta);
  delta.failed = limit_passed(spent);
  halt(number, *delta.failed);
  return true;
}

std::vector<view_delta> propagation::propagate(sequence_number seq, view_budgets& budgets,
                                               std::vector<std::uint32_t>& outdated) {
  const row_table* counted = nullptr;
  for (const row_change& c : changes_) {
    if (c.table != counted) tables_.recount(*(counted = c.table));
    propagate_row(c);
  }
  refile_dependents();

  std::vector<view_delta> out;
  std::sort(touched_views_.begin(), touched_views_.end());
  for (const std::uint32_t number : touched_views_) {
    if (views_[number]->outdated()) {
      outdated.push_back(number);
      continue;
    }
    if (!update(number, budgets, out.emplace_back(), outdated)) {
      out.pop_back();
      continue;
    }
    const std::vector<std::string>& ids = views_[number]->ids;
    out.back().seq = seq;
    out.back().view_id = ids.front();
    for (std::size_t i = 1; i < ids.size(); ++i) {
      view_delta same = out.back();
      same.view_id = ids[i];
      out.push_back(std::move(same));
    }
  }
  touched_views_.clear();
  for (const row_change& c : changes_) {
    (*c.table)[c.row].touched = 0;
    if (!c.table->alive(c.row)) tables_.may_be_free(*c.table, c.row);
  }
  changes_.clear();
  return out;
}

}  // namespace spooky::views
