#include "views/subquery_source.hpp"

#include "views/select_rows.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace spooky::views {

using surrealql::eval_context;

void subquery_source::begin(const row_table* table, slot s) {
  current_ = {table, s};
  related_.clear();
  clear_reads();
}

std::optional<result<value>> subquery_source::answer(const surrealql::select_statement& subquery,
                                                     const eval_context& context) const {
  const auto found = plans_.find(&subquery);
  if (found == plans_.end()) return std::nullopt;
  const surrealql::run_limits defaults;
  if (context.level >= (context.limits != nullptr ? *context.limits : defaults).depth)
    return std::nullopt;
  row_table* table = tables().find_table(found->second.table);
  if (table == nullptr) {
    note(read::catalog());
    return table_not_loaded(found->second.table);
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
                                                          const eval_context& inner) const {
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
  }
  std::sort(out.begin(), out.end(), [&](slot a, slot b) { return table.before(a, b); });
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

result<value> subquery_source::run(const subquery_plan& plan, row_table& table,
                                   const eval_context& inner) const {
  std::optional<std::vector<slot>> candidates;
  if (!plan.lookups.empty()) candidates = look_up(plan, table, inner);
  const bool filtered = candidates && plan.exact;
  if (!candidates) {
    note(read::table(table.number()));
    candidates.emplace();
    table.scan({}, [&](slot s) {
      candidates->push_back(s);
      return true;
    });
  }
  const enclosing parent = current_;
  const std::size_t first_related = related_.size();
  std::vector<std::pair<slot, std::size_t>> starts;  // where each row's own related rows begin
  auto rows = select_rows(*plan.select, table, *candidates, filtered, inner, [&](slot s) {
    current_ = {&table, s};
    if (plan.related) starts.emplace_back(s, related_.size());
  });
  current_ = parent;
  if (!rows.ok()) return std::move(rows).failure();

  if (plan.related) {
    std::vector<related_row> below(
        std::make_move_iterator(related_.begin() + static_cast<long>(first_related)),
        std::make_move_iterator(related_.end()));
    related_.resize(first_related);
    std::unordered_map<slot, std::pair<std::size_t, std::size_t>> below_of;
    for (std::size_t i = 0; !below.empty() && i < starts.size(); ++i) {
      const std::size_t end =
          i + 1 < starts.size() ? starts[i + 1].second : first_related + below.size();
      below_of[starts[i].first] = {starts[i].second - first_related, end - first_related};
    }
    const std::size_t shown =
        plan.first_only ? std::min<std::size_t>(rows->size(), 1) : rows->size();
    for (std::size_t i = 0; i < shown; ++i) {
      const selected_row& row = (*rows)[i];
      related_.push_back({&plan, &table, row.from, parent.table, parent.row,
                          table[row.from].version, row.content});
      if (below.empty()) continue;
      const auto [from, to] = below_of[row.from];
      related_.insert(related_.end(), below.begin() + static_cast<long>(from),
                      below.begin() + static_cast<long>(to));
    }
  }
  array contents;
  contents.reserve(rows->size());
  for (selected_row& row : *rows) contents.push_back(std::move(row.content));
  return shape_result(*plan.select, std::move(contents));
}

}  // namespace spooky::views
