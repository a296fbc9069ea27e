#include "views/maintain/subquery_source.hpp"

#include "views/maintain/select_rows.hpp"

#include <algorithm>
#include <utility>

namespace spooky::views {

using surrealql::eval_context;

void subquery_source::begin(const row_table* table, slot s) {
  current_ = {table, s};
  collecting_ = true;
  related_.clear();
  clear_reads();
}

std::optional<result<value>> subquery_source::answer(const surrealql::select_statement& subquery,
                                                     const eval_context& context) const {
  const auto found = plans_.find(&subquery);
  if (found == plans_.end()) return std::nullopt;
  if (context.level >= context.spent->limits().depth) return std::nullopt;
  row_table* table = tables().find_table(found->second.table);
  if (table == nullptr) {
    return miss(found->second.table);
  }
  eval_context inner = context;
  ++inner.level;
  if (context.document != nullptr) inner.parent = context.document;
  inner.document = nullptr;
  inner.row = nullptr;
  return run(found->second, *table, inner);
}

std::vector<slot> subquery_source::slots_of_ids(row_table& table, const value& key,
                                                bool any_of) const {
  std::vector<slot> out;
  const auto add = [&](const value& id) {
    if (!id.is_record() || id.as_record().table != table.name()) return;
    const slot s = table.find_or_make(id.as_record().key);
    note(read::record(table.number(), s));
    if (table.alive(s))
      out.push_back(s);
    else
      tables().may_be_free(table, s);
  };
  if (!any_of)
    add(key);
  else
    for (const value& id : key.as_array()) add(id);
  return out;
}

std::optional<std::vector<slot>> subquery_source::look_up(const subquery_plan& plan,
                                                          row_table& table,
                                                          const eval_context& inner,
                                                          bool& filtered) const {
  const subquery_plan::lookup& by = plan.lookups.front();
  value computed;
  const value* key = surrealql::evaluate_ref(*by.key, inner);
  if (key == nullptr) {
    auto outcome = surrealql::evaluate(*by.key, inner);
    if (!outcome.ok()) return std::nullopt;
    computed = std::move(*outcome);
    key = &computed;
  }
  const bool is_list = key->is_array() || key->type() == value_type::set;
  const auto is_regex = [](const value& v) { return v.type() == value_type::regex; };
  if (by.any_of ? !is_list || std::any_of(key->as_array().begin(), key->as_array().end(), is_regex)
                : is_regex(*key))
    return std::nullopt;

  std::vector<slot> out;
  if (by.path.size() == 1 && by.path.front() == "id") {
    out = slots_of_ids(table, *key, by.any_of);
    filtered = plan.exact;
  } else {
    path_index& index = kept_index(table, by.path);
    const auto add = [&](path_index::bucket b) {
      note(read::bucket(index.number(), b));
      out.insert(out.end(), index.rows_in(b).begin(), index.rows_in(b).end());
    };
    const auto add_key = [&](const value& k) {
      const path_index::bucket b = index.find_or_make(k);
      tables().may_be_free(index, b);
      add(b);
    };
    if (!by.any_of)
      add_key(*key);
    else
      for (const value& k : key->as_array()) add_key(k);
    add(path_index::unknown);
    filtered = plan.exact && index.rows_in(path_index::unknown).empty();
  }
  const auto before = [&](slot a, slot b) { return table.before(a, b); };
  if (!std::is_sorted(out.begin(), out.end(), before)) std::sort(out.begin(), out.end(), before);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

result<value> subquery_source::run_plain(const subquery_plan& plan, const row_table& table,
                                         const std::vector<slot>& rows,
                                         surrealql::budget& spent) const {
  if (!spent.spend(1 + rows.size() / 4) || !spent.fits(rows.size() * sizeof(value)))
    return spent.failure();
  const bool shown = collecting_ && plan.related;
  if (shown) {
    const std::size_t most = plan.first_only ? std::min<std::size_t>(rows.size(), 1) : rows.size();
    if (!spent.pin(most * sizeof(related_row))) return spent.failure();
    if (const std::size_t needed = related_.size() + most; needed > related_.capacity())
      related_.reserve(std::max(needed, 2 * related_.capacity()));
  }
  array contents;
  contents.reserve(rows.size());
  for (const slot s : rows) {
    const stored_row& row = table[s];
    if (row.record.is_none()) continue;
    if (shown && !(plan.first_only && !contents.empty()))
      related_.push_back({&plan, &table, s, current_.table, current_.row, row.version, row.record});
    contents.push_back(row.record);
  }
  return value(std::move(contents));
}

result<value> subquery_source::run(const subquery_plan& plan, row_table& table,
                                   const eval_context& inner) const {
  std::optional<std::vector<slot>> candidates;
  bool filtered = false;
  const bool restricted = restricts(table.name());
  if (!plan.lookups.empty() && may_index(table, plan.lookups.front().path))
    candidates = look_up(plan, table, inner, filtered);
  if (!candidates) {
    note(read::table(table.number()));
    candidates.emplace();
    if (!inner.spent->spend(1 + table.size() / 16)) return inner.spent->failure();
    table.scan({}, [&](slot s) {
      candidates->push_back(s);
      return true;
    });
  }
  if (plan.plain && filtered && !restricted)
    return run_plain(plan, table, *candidates, *inner.spent);

  // Related rows come in the order of the result, each before those below it.
  const enclosing parent = current_;
  const bool collecting = collecting_;
  std::size_t at = 0;
  std::size_t shown = 0;
  projection_watcher watcher;
  watcher.before = [&](slot from) {
    current_ = {&table, from};
    collecting_ = collecting && plan.related && !(plan.first_only && shown > 0);
    ++shown;
    at = related_.size();
    if (collecting_ && inner.spent->pin(sizeof(related_row)))
      related_.push_back({&plan, &table, from, parent.table, parent.row, table[from].version, {}});
  };
  watcher.after = [&](const value& row) {
    if (collecting_ && at < related_.size()) related_[at].content = row;
    collecting_ = collecting;
  };
  value seen;
  const row_viewer viewer = [&](slot s) -> result<const value*> {
    if (!restricted) return &table[s].record;
    note(read::record(table.number(), s));
    SPOOKY_ASSIGN(seen, see(table[s].record, table.name(), plan.needed ? &*plan.needed : nullptr));
    return &seen;
  };
  auto rows = select_rows(*plan.steps, viewer, *candidates, filtered, inner, watcher);
  current_ = parent;
  collecting_ = collecting;
  if (!rows.ok()) return std::move(rows).failure();
  return shape_result(*plan.select, std::move(*rows));
}

}  // namespace spooky::views
