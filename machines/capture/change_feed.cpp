#include "machines/capture/change_feed.hpp"

#include <algorithm>
#include <utility>

namespace spooky::machines {

versionstamp stamp_at(std::chrono::milliseconds since_epoch) {
  return static_cast<versionstamp>(since_epoch.count()) << 16;
}

std::chrono::milliseconds time_of(versionstamp stamp) {
  return std::chrono::milliseconds{static_cast<std::int64_t>(stamp >> 16)};
}

namespace {

error unknown_shape(std::string_view what) {
  return fail(errc::corrupt, "the change feed's answer has an unknown shape: " + std::string{what});
}

/// `{update: row}`, `{current: row, ...}` or `{delete: {id}}`.
result<change> read_change(const value& entry, const std::string& version_field) {
  change c;
  const value* row = &entry["update"];
  c.op = change_op::update;
  if (row->is_none()) row = &entry["current"];
  if (row->is_none()) {
    row = &entry["delete"];
    c.op = change_op::erase;
  }
  if (!(*row)["id"].is_record()) return unknown_shape("a change without a record id");
  c.id = (*row)["id"].as_record();
  if (c.op == change_op::erase) return c;
  c.record = *row;
  const auto& version = c.record[version_field];
  if (version.type() == value_type::integer && version.as_integer() > 0)
    c.version = static_cast<std::uint64_t>(version.as_integer());
  return c;
}

result<void> read_entry(const value& entry, std::string_view system_prefix,
                        std::set<std::string>& tables, feed_transaction& into) {
  if (!entry.is_object()) return unknown_shape("a change that is no object");
  if (const auto& defined = entry["define_table"]; !defined.is_none()) {
    if (defined["name"].is_string()) into.defined.emplace_back(defined["name"].as_string());
    return {};
  }
  SPOOKY_ASSIGN(auto c, read_change(entry, std::string{system_prefix} + "rv"));
  tables.insert(c.id.table);
  if (!c.id.table.starts_with(system_prefix)) into.changes.push_back(std::move(c));
  return {};
}

}  // namespace

result<std::vector<feed_transaction>> read_feed(const value& shown,
                                                std::string_view system_prefix) {
  if (!shown.is_array()) return unknown_shape("not an array");
  std::vector<feed_transaction> transactions;
  for (const auto& group : shown.as_array()) {
    if (!group["changes"].is_array() || group["versionstamp"].type() != value_type::integer)
      return unknown_shape("a group without changes or versionstamp");
    feed_transaction transaction;
    transaction.stamp = static_cast<versionstamp>(group["versionstamp"].as_integer());
    std::set<std::string> tables;
    for (const auto& entry : group["changes"].as_array())
      SPOOKY_TRY(read_entry(entry, system_prefix, tables, transaction));
    transaction.entries = tables.size() + transaction.defined.size();
    transactions.push_back(std::move(transaction));
  }
  return transactions;
}

feed_cursor::feed_cursor(versionstamp newest, const std::vector<versionstamp>& seen, widths overlap)
    : newest_(newest), seen_(seen.begin(), seen.end()), overlap_(overlap) {}

versionstamp feed_cursor::since(bool deep) const {
  const auto width = stamp_at(deep ? overlap_.deep : overlap_.shallow);
  return newest_ - std::min(newest_, width);
}

feed_cursor::page feed_cursor::take(std::vector<feed_transaction> transactions, std::size_t limit) {
  std::size_t entries = 0;
  for (const auto& transaction : transactions) entries += transaction.entries;
  page taken;
  if (entries >= limit && transactions.size() > 1) {
    taken.next = transactions.back().stamp;
    transactions.pop_back();
  } else if (entries >= limit && !transactions.empty()) {
    taken.next = transactions.back().stamp + 1;
  }
  for (auto& transaction : transactions) {
    if (!seen_.insert(transaction.stamp).second) continue;
    newest_ = std::max(newest_, transaction.stamp);
    taken.fresh.push_back(std::move(transaction));
  }
  forget_old();
  return taken;
}

void feed_cursor::forget_old() {
  // Twice the window: a deep read may start while newer stamps move the window's edge.
  const auto width = 2 * stamp_at(overlap_.deep);
  if (newest_ <= width) return;
  seen_.erase(seen_.begin(), seen_.lower_bound(newest_ - width));
}

}  // namespace spooky::machines
