#include "views/tables/store.hpp"

#include "views/tables/path_key.hpp"

#include <algorithm>
#include <utility>

namespace spooky::views {

row_table* store::find_table(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : tables_[found->second].rows.get();
}

row_table& store::make_table(std::string_view name) {
  if (row_table* known = find_table(name)) return *known;
  const auto number = static_cast<std::uint32_t>(tables_.size());
  tables_.emplace_back().rows = std::make_unique<row_table>(std::string(name), number);
  by_name_.emplace(tables_.back().rows->name(), number);
  return *tables_.back().rows;
}

std::vector<row_table*> store::tables_by_name() const {
  std::vector<row_table*> out;
  for (const auto& [name, number] : by_name_) out.push_back(tables_[number].rows.get());
  std::sort(out.begin(), out.end(),
            [](const row_table* a, const row_table* b) { return a->name() < b->name(); });
  return out;
}

void store::recount(const row_table& table) noexcept {
  table_entry& entry = tables_[table.number()];
  const std::size_t now = table.bytes();
  table_bytes_ += now - entry.bytes;
  entry.bytes = now;
}

bool store::in_use(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return false;
  const table_entry& entry = tables_[found->second];
  if (!entry.paths.empty() || !entry.orders.empty() || !entry.elements.empty() ||
      !entry.views_of_all.empty())
    return true;
  bool used = false;
  readers_.for_each(read::table(found->second), [&](reader) { used = true; });
  for (slot s = 0; !used && s < entry.rows->slots(); ++s) used = (*entry.rows)[s].pins != 0;
  return used;
}

void store::forget(std::string_view name) {
  sweep();
  const auto found = by_name_.find(name);
  const std::uint32_t number = found->second;
  by_name_.erase(found);
  spread_.forget(*tables_[number].rows);
  // The number stays taken: numbers of tables are what reads are keyed by.
  tables_[number].rows = std::make_unique<row_table>(std::string{}, number);
  recount(*tables_[number].rows);
}

path_index* store::find_index(const row_table& table, const field_path& path) const {
  const std::vector<path_index*>& known = path_indexes(table);
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&](const path_index* index) { return index->path() == path; });
  return found == known.end() ? nullptr : *found;
}

path_index& store::acquire(row_table& table, const field_path& path) {
  if (path_index* known = find_index(table, path)) {
    ++known->users;
    return *known;
  }
  std::uint32_t number = static_cast<std::uint32_t>(paths_.size());
  if (free_paths_.empty()) {
    paths_.emplace_back();
  } else {
    number = free_paths_.back();
    free_paths_.pop_back();
  }
  paths_[number].index = std::make_unique<path_index>(table, path, number);
  path_index& made = *paths_[number].index;
  made.users = 1;
  paths_[number].expression = made.single_field() ? nullptr : expression_of(path);
  tables_[table.number()].paths.push_back(&made);
  table.scan({}, [&](slot s) {
    refile(made, s);
    return true;
  });
  return made;
}

order_index& store::acquire(row_table& table, const row_order& order) {
  std::vector<order_index*>& on_table = tables_[table.number()].orders;
  for (order_index* known : on_table) {
    if (known->order().text() != order.text()) continue;
    ++known->users;
    return *known;
  }
  orders_.push_back(
      std::make_unique<order_index>(table, order, static_cast<std::uint32_t>(orders_.size())));
  order_index& made = *orders_.back();
  made.users = 1;
  made.load();
  on_table.push_back(&made);
  return made;
}

element_index* store::find_elements(const row_table& table, std::string_view field) const {
  const auto& known = element_indexes(table);
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&](const auto& index) { return index->field() == field; });
  return found == known.end() ? nullptr : found->get();
}

element_index& store::acquire_elements(row_table& table, const std::string& field) {
  element_index* index = find_elements(table, field);
  if (index == nullptr) {
    auto& all = tables_[table.number()].elements;
    index = all.emplace_back(std::make_unique<element_index>(table, field)).get();
    index->load();
  }
  ++index->users;
  return *index;
}

void store::release(element_index& index) {
  if (--index.users != 0) return;
  std::erase_if(tables_[index.table().number()].elements,
                [&](const auto& owned) { return owned.get() == &index; });
}

void store::release(path_index& index) {
  if (--index.users != 0) return;
  path_entry& entry = paths_[index.number()];
  for (auto& [s, before] : entry.reads) {
    std::vector<std::uint64_t> nothing;
    replace_reads(reader::index_row(index.number(), s), before, nothing);
  }
  entry.reads.clear();
  std::erase(tables_[index.table().number()].paths, &index);
  const std::uint32_t number = index.number();
  std::erase_if(dying_buckets_, [&](const auto& dying) { return dying.first == number; });
  free_paths_.push_back(number);
  entry.index.reset();
}

void store::release(order_index& index) {
  if (--index.users != 0) return;
  std::erase(tables_[index.table().number()].orders, &index);
  std::erase_if(orders_, [&](const auto& owned) { return owned.get() == &index; });
}

path_index::moved store::refile(path_index& index, slot s) {
  row_table& table = index.table();
  const value& record = table[s].record;
  path_index::moved moved;
  if (index.single_field()) {
    const value& key = record[index.path().front()];
    moved = record.is_none()                  ? index.remove(s)
            : key.type() == value_type::regex ? index.put_unknown(s)
                                              : index.put(s, key);
  } else {
    std::vector<std::uint64_t> reads;
    const surrealql::expr& expression = *paths_[index.number()].expression;
    if (record.is_none()) {
      moved = index.remove(s);
    } else if (const auto key = read_path(*this, table, s, index.path(), expression, reads)) {
      moved = index.put(s, *key);
    } else {
      moved = index.put_unknown(s);
    }
    auto& all = paths_[index.number()].reads;
    const auto known = all.find(s);
    if (known != all.end() || !reads.empty()) {
      std::vector<std::uint64_t>& before = known != all.end() ? known->second : all[s];
      replace_reads(reader::index_row(index.number(), s), before, reads);
      if (before.empty()) all.erase(s);
    }
  }
  if (moved.from != moved.to && moved.from != path_index::no_bucket) may_be_free(index, moved.from);
  return moved;
}

void store::add_read(read r, reader who) {
  if (!readers_.add(r, who)) return;
  if (r.what() == read::kind::record) ++table(r.owner())[r.item()].pins;
  if (r.what() == read::kind::bucket) paths_[r.owner()].index->keep(r.item());
}

void store::remove_read(read r, reader who) {
  if (!readers_.remove(r, who)) return;
  if (r.what() == read::kind::record) {
    row_table& rows = table(r.owner());
    if (--rows[r.item()].pins == 0) may_be_free(rows, r.item());
  }
  if (r.what() == read::kind::bucket) {
    path_index& index = *paths_[r.owner()].index;
    index.unkeep(r.item());
    may_be_free(index, r.item());
  }
  if (r.what() == read::kind::moment) dying_moments_.push_back(r.item());
}

read store::moment_at(const datetime& when) {
  const read waiting = read::moment(due_.at(when));
  // Who notes it may never register it.
  if (!readers_.any(waiting)) dying_moments_.push_back(waiting.item());
  return waiting;
}

void store::replace_reads(reader who, std::vector<std::uint64_t>& before,
                          std::vector<std::uint64_t>& now) {
  std::sort(now.begin(), now.end());
  now.erase(std::unique(now.begin(), now.end()), now.end());
  if (now == before) return;
  auto old = before.begin();
  auto fresh = now.begin();
  while (old != before.end() || fresh != now.end()) {
    if (fresh == now.end() || (old != before.end() && *old < *fresh)) {
      remove_read(read::from_bits(*old++), who);
    } else if (old == before.end() || *fresh < *old) {
      add_read(read::from_bits(*fresh++), who);
    } else {
      ++old;
      ++fresh;
    }
  }
  before = std::move(now);
  before.shrink_to_fit();
}

void store::sweep() {
  for (const auto& [table, s] : dying_rows_) table->release(s);
  dying_rows_.clear();
  for (const auto& [number, b] : dying_buckets_) paths_[number].index->release(b);
  dying_buckets_.clear();
  std::sort(dying_moments_.begin(), dying_moments_.end());
  dying_moments_.erase(std::unique(dying_moments_.begin(), dying_moments_.end()),
                       dying_moments_.end());
  for (const std::uint32_t number : dying_moments_)
    if (!readers_.any(read::moment(number))) due_.release(number);
  dying_moments_.clear();
}

}  // namespace spooky::views
