#include "machines/capture/clone_plan.hpp"

#include "machines/capture/change_feed.hpp"
#include "machines/capture/tables.hpp"
#include "machines/progress.hpp"

#include <algorithm>
#include <utility>

namespace spooky::machines {

namespace {

value number(std::uint64_t n) { return value{static_cast<std::int64_t>(n)}; }

std::uint64_t count_of(const value& v) {
  return v.type() == value_type::integer ? static_cast<std::uint64_t>(v.as_integer()) : 0;
}

value table_note(const clone_plan::table& table) {
  object note{{"id", value{table.source.id}},
              {"mode", value{table.mode}},
              {"expected", number(table.expected)},
              {"copied", number(table.copied)},
              {"done", value{table.done}}};
  if (table.last) note.set("last", value{*table.last});
  return value{std::move(note)};
}

clone_plan::table read_table(const std::string& name, const value& note) {
  clone_plan::table table;
  table.source.name = name;
  if (note["id"].type() == value_type::integer) table.source.id = note["id"].as_integer();
  if (note["mode"].is_string()) table.mode = note["mode"].as_string();
  table.expected = count_of(note["expected"]);
  table.copied = count_of(note["copied"]);
  table.done = note["done"].truthy();
  if (note["last"].is_record()) table.last = note["last"].as_record();
  return table;
}

}  // namespace

clone_plan::clone_plan(std::uint64_t began_at, std::vector<table> tables) : began_at_(began_at) {
  for (auto& one : tables) {
    const auto name = one.source.name;
    tables_.insert_or_assign(name, std::move(one));
  }
}

std::optional<clone_plan> clone_plan::from_note(const value& note) {
  if (note["stamp"].type() != value_type::integer || !note["tables"].is_object())
    return std::nullopt;
  clone_plan plan;
  plan.began_at_ = static_cast<std::uint64_t>(note["stamp"].as_integer());
  for (const auto& [name, table] : note["tables"].as_object())
    plan.tables_.insert_or_assign(std::string{name}, read_table(std::string{name}, table));
  return plan;
}

value clone_plan::to_note() const {
  object tables;
  for (const auto& [name, one] : tables_) tables.set(name, table_note(one));
  return value{object{{"stamp", number(began_at_)}, {"tables", value{std::move(tables)}}}};
}

value clone_plan::note_with(const std::string& name, const std::optional<record_id>& last,
                            std::uint64_t rows, bool done) const {
  auto after = *this;
  after.stored(name, last, rows, done);
  return after.to_note();
}

bool clone_plan::resume(const std::vector<table>& present, std::chrono::milliseconds now) {
  const auto age = now - time_of(began_at_);
  for (const auto& [name, noted] : tables_) {
    const auto it = std::find_if(present.begin(), present.end(), [&wanted = name](const table& t) {
      return t.source.name == wanted;
    });
    if (it == present.end() || it->source.id != noted.source.id || it->mode != noted.mode)
      return false;
    // Sources other than the feed compare every table when they start.
    if (it->mode == "changefeed" && age >= it->source.retention * 3 / 4) return false;
  }
  for (const auto& one : present) {
    auto& known = tables_[one.source.name];
    const bool fresh = known.source.name.empty();
    if (fresh) known = one;
    known.source = one.source;
    known.expected = one.expected;
  }
  return true;
}

void clone_plan::stored(const std::string& name, const std::optional<record_id>& last,
                        std::uint64_t rows, bool done) {
  auto& one = tables_.at(name);
  if (last) one.last = last;
  one.copied += rows;
  one.done = done;
}

bool clone_plan::complete() const {
  return std::all_of(tables_.begin(), tables_.end(), [](const auto& t) { return t.second.done; });
}

clone_progress clone_plan::progress() const {
  clone_progress sum;
  for (const auto& [name, one] : tables_) {
    sum.rows += one.copied;
    sum.expected += std::max(one.expected, one.copied);
    sum.tables_done += one.done ? 1 : 0;
  }
  sum.tables = tables_.size();
  return sum;
}

std::map<std::string, copied_table> clone_plan::copied() const {
  std::map<std::string, copied_table> tables;
  for (const auto& [name, one] : tables_) tables[name] = {one.source.id, one.mode};
  return tables;
}

}  // namespace spooky::machines
