#include "intents/capture/changes.hpp"

#include "intents/capture/record_version.hpp"

#include <optional>
#include <set>
#include <utility>

namespace spooky::intents {

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

/// The record after an entry's change: `{update: row}`, or `{current: row, update: [patch back]}`
/// under INCLUDE ORIGINAL.
const value& written_row(const value& entry) {
  return entry["current"].is_object() ? entry["current"] : entry["update"];
}

/// Nothing where the entry has another form, or does not say which record it is about.
std::optional<change> read_change(const value& entry, const std::string& version_field) {
  const auto& row = written_row(entry);
  const auto& erased = entry["delete"];
  if (row["id"].is_record() == erased["id"].is_record()) return std::nullopt;
  change c;
  if (erased["id"].is_record()) {
    c.op = change_op::erase;
    c.id = erased["id"].as_record();
    return c;
  }
  c.op = change_op::update;
  c.id = row["id"].as_record();
  c.record = row;
  c.version = carried_version(c.record, version_field);
  return c;
}

/// The table of the first record that an entry in an unknown form names as its own.
std::optional<std::string> named_table(const value& entry) {
  if (!entry.is_object()) return std::nullopt;
  for (const auto& [form, content] : entry.as_object())
    if (content["id"].is_record()) return content["id"].as_record().table;
  return std::nullopt;
}

void read_entry(const value& entry, std::string_view system_prefix, std::set<std::string>& tables,
                feed_transaction& into) {
  if (const auto& defined = entry["define_table"]; !defined.is_none()) {
    if (defined["name"].is_string()) into.defined.emplace_back(defined["name"].as_string());
    return;
  }
  if (auto c = read_change(entry, std::string{system_prefix} + "rv")) {
    tables.insert(c->id.table);
    if (!c->id.table.starts_with(system_prefix)) into.changes.push_back(std::move(*c));
    return;
  }
  if (auto table = named_table(entry)) {
    tables.insert(*table);
    if (!table->starts_with(system_prefix)) into.unread.insert(std::move(*table));
    return;
  }
  into.nameless = true;
  // Of which and how many tables is not known: too many make one more read, too few lose changes.
  ++into.entries;
}

}  // namespace

query_text render(const read_changes& asked) {
  return {"SHOW CHANGES FOR DATABASE SINCE " + std::to_string(asked.since) + " LIMIT " +
              std::to_string(asked.limit),
          {}};
}

result<std::vector<feed_transaction>> read(const read_changes& asked, const db_answer& answer) {
  SPOOKY_ASSIGN(const auto shown, first_result(answer));
  if (!shown.is_array()) return unknown_shape("not an array");
  std::vector<feed_transaction> transactions;
  for (const auto& group : shown.as_array()) {
    if (!group["changes"].is_array() || group["versionstamp"].type() != value_type::integer)
      return unknown_shape("a group without changes or versionstamp");
    feed_transaction transaction;
    transaction.stamp = static_cast<versionstamp>(group["versionstamp"].as_integer());
    std::set<std::string> tables;
    for (const auto& entry : group["changes"].as_array())
      read_entry(entry, asked.system_prefix, tables, transaction);
    transaction.entries += tables.size() + transaction.defined.size();
    transactions.push_back(std::move(transaction));
  }
  return transactions;
}

query_text render(const read_clock&) { return {"RETURN time::millis(time::now())", {}}; }

result<std::chrono::milliseconds> read(const read_clock&, const db_answer& answer) {
  SPOOKY_ASSIGN(const auto millis, first_result(answer));
  if (millis.type() != value_type::integer)
    return fail(errc::corrupt, "the database did not tell the time");
  return std::chrono::milliseconds{millis.as_integer()};
}

}  // namespace spooky::intents
