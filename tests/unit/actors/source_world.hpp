#pragma once

#include "machines/capture/source_tables.hpp"
#include "machines/capture/table_difference.hpp"
#include "tests/unit/actors/det.hpp"
#include "tests/unit/actors/fake_database.hpp"
#include "tests/unit/machines/samples.hpp"

#include <charconv>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace spooky::actors::test {

using namespace machines::test;

using names = std::vector<std::string>;

/// A database with tables, a change feed and a clock.
struct source_world : det {
  source_world() {
    database.answer = [this](const db_query& query) { return answer(query); };
    table("t", {});
  }

  void table(const std::string& name, array rows, std::int64_t feed_seconds = 259'200) {
    tables[name] = std::move(rows);
    numbers[name] = next_number++;
    feeds[name] = feed_seconds;
  }
  void remove_table(const std::string& name) {
    tables.erase(name);
    numbers.erase(name);
    feeds.erase(name);
  }

  /// A transaction that changes one record of `t`.
  void commit(std::int64_t stamp, std::int64_t key) {
    feed[stamp] = value{object{{"update", record("t", key)}}};
  }

  result<db_answer> answer(const db_query& query) {
    const auto& text = query.text;
    if (text.starts_with("RETURN time::millis")) return one(value{clock});
    if (text == tables_query) return one(structure());
    if (text.starts_with("INFO FOR TABLE") || text.starts_with("SELECT count()"))
      return each_statement(text);
    if (text.starts_with("SHOW CHANGES")) return one(show(text));
    if (text == "SELECT * FROM $ids") return one(records(query.vars));
    if (text.starts_with("SELECT * FROM ")) return page(text.substr(14));
    if (text.starts_with("ALTER TABLE ")) return one(alter(text));
    FAIL_CHECK("not expected here: " << text);
    return one(value{});
  }

  value structure() const {
    array described;
    for (const auto& [name, number] : numbers) {
      object definition{{"name", value{name}}, {"id", value{number}}};
      const auto shown = permissions.find(name);
      definition.set(
          "permissions",
          value{object{{"select", shown == permissions.end() ? value{false} : shown->second}}});
      const auto seconds = feeds.at(name);
      if (seconds != 0)
        definition.set(
            "changefeed",
            value{object{{"expiry", value{duration{static_cast<std::uint64_t>(seconds), 0}}}}});
      described.emplace_back(std::move(definition));
    }
    return value{object{{"tables", value{std::move(described)}}}};
  }

  value alter(const std::string& text) {
    const auto name = text.substr(12, text.find(' ', 12) - 12);
    feeds[name] = 259'200;
    return value{};
  }

  db_answer each_statement(const std::string& text) const {
    db_answer answers;
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find(';', at), text.size());
      const auto statement = text.substr(at, end - at);
      const auto name = statement.starts_with("INFO") ? statement.substr(15)
                                                      : statement.substr(20, statement.size() - 30);
      if (name.ends_with(" STRUCTURE")) {
        answers.push_back(fields_of(name.substr(0, name.find(' '))));
        at = end + 1;
        continue;
      }
      const auto rows = tables.contains(name) ? tables.at(name).size() : 0;
      answers.push_back(
          {true,
           statement.starts_with("INFO")
               ? value{object{
                     {"fields", fields.contains(name) ? fields.at(name) : value{object{}}}}}
               : value{array{value{object{{"count", value{static_cast<std::int64_t>(rows)}}}}}},
           {},
           false,
           false});
      at = end + 1;
    }
    return answers;
  }

  db_statement fields_of(const std::string& table) const {
    if (const auto why = unreadable.find(table); why != unreadable.end())
      return {false, {}, why->second, false, false};
    if (!numbers.contains(table)) return {false, {}, "The table does not exist", false, true};
    const auto known = structures.find(table);
    return {true,
            value{object{{"fields", known == structures.end() ? value{array{}} : known->second}}},
            {},
            false,
            false};
  }

  value records(const object& vars) const {
    array found;
    for (const auto& id : vars.find("ids")->as_array())
      for (const auto& row : tables.at(id.as_record().table))
        if (row["id"] == id) found.push_back(row);
    return value{std::move(found)};
  }

  value show(const std::string& text) const {
    std::int64_t since = 0;
    const auto at = text.find("SINCE ") + 6;
    std::from_chars(text.data() + at, text.data() + text.size(), since);
    array groups;
    for (auto it = feed.lower_bound(since); it != feed.end(); ++it)
      groups.emplace_back(
          object{{"versionstamp", value{it->first}}, {"changes", value{array{it->second}}}});
    return value{std::move(groups)};
  }

  /// `<table> LIMIT <n>` or `<table>:<key>>.. LIMIT <n>`; keys are numbers.
  db_answer page(const std::string& rest) const {
    const auto name = rest.substr(0, rest.find_first_of(" :"));
    if (!tables.contains(name)) return {{false, {}, "The table does not exist", false, true}};
    std::int64_t after = -1;
    if (rest[name.size()] == ':')
      std::from_chars(rest.data() + name.size() + 1, rest.data() + rest.size(), after);
    std::size_t limit = 0;
    const auto at = rest.find("LIMIT ") + 6;
    std::from_chars(rest.data() + at, rest.data() + rest.size(), limit);
    array rows;
    for (const auto& row : tables.at(name))
      if (row["id"].as_record().key.as_integer() > after && rows.size() < limit)
        rows.push_back(row);
    return one(value{std::move(rows)});
  }

  fake_database database{*this};
  std::int64_t clock = 1'000'000;
  std::int64_t next_number = 0;
  std::map<std::string, array> tables;
  std::map<std::string, std::int64_t> numbers;
  std::map<std::string, std::int64_t> feeds;  ///< retention in seconds; 0: no feed
  std::map<std::string, value> fields;
  std::map<std::string, value> permissions;       ///< FOR select; else none
  std::map<std::string, value> structures;        ///< a table's fields, as STRUCTURE has them
  std::map<std::string, std::string> unreadable;  ///< tables whose structure is refused, and why
  std::map<std::int64_t, value> feed;
};

/// What a replica keeper keeps: notes, and rows that were loaded or taken.
struct kept_replica {
  std::map<std::string, value> notes;  ///< of the family `meta`
  std::map<record_id, value> rows;
  names schemas;

  void take(const change_batches& batches) {
    for (const auto& batch : batches)
      for (const auto& c : batch.changes) {
        if (c.op == change_op::erase)
          rows.erase(c.id);
        else
          rows[c.id] = c.record;
      }
  }
  array all(const std::string& table) const {
    array found;
    for (const auto& [id, row] : rows)
      if (id.table == table) found.push_back(row);
    return found;
  }
};

/// A keeper over that, for what capture asks of it.
using fake_keeper = replica_keeper_actor::extend<runs_steps>;

inline fake_keeper::behavior_type keep_notes(kept_replica& replica) {
  return {[](follow_replica_atom, const coordinator_actor&) { unexpected_note("a coordinator"); },
          [](apply_atom, const log_slice&) { unexpected_note("changes"); },
          [](clear_replica_atom) { return unexpected<ack>("a reset"); },
          [](load_page_atom, const table_rows_ptr&, const std::string&, const value&) {
            return unexpected<ack>("a load");
          },
          [](freeze_atom) { return unexpected<frozen_snapshot>("a freeze"); },
          [](checkpoint_atom) { return unexpected<sequence_number>("a checkpoint"); },
          [&replica](caf::put_atom, const std::string&, const std::string& key, const value& note) {
            replica.notes[key] = note;
            return ack{};
          },
          [&replica](caf::delete_atom, const std::string&, const std::string& key) {
            replica.notes.erase(key);
            return ack{};
          },
          [](caf::get_atom, const std::string&) { return unexpected<value>("a look at notes"); },
          [](last_applied_atom) { return sequence_number{0}; },
          [](apply_again_atom) { unexpected_note("a retry"); },
          run_step()};
}

/// Compares as the real one does, two rows at a time.
inline reconciler_actor::behavior_type compare_with(const source_world& world,
                                                    const kept_replica& replica, int& stretches) {
  return {[&](compare_page_atom, const page_request& asked) -> caf::result<page_difference_ptr> {
            ++stretches;
            constexpr std::size_t limit = 2;
            const auto after = asked.after ? asked.after->key.as_integer() : -1;
            table_stretch<value> database;
            table_stretch<storage::stored_record> held;
            const auto cut = [&](const array& rows, const auto& add) {
              std::size_t n = 0;
              for (const auto& row : rows) {
                if (row["id"].as_record().key.as_integer() <= after) continue;
                if (n++ == limit) return false;
                add(row);
              }
              return true;
            };
            const auto there = world.tables.find(asked.table);
            database.to_the_end = cut(there == world.tables.end() ? array{} : there->second,
                                      [&](const value& row) { database.rows.push_back(row); });
            held.to_the_end = cut(replica.all(asked.table), [&](const value& row) {
              held.rows.push_back({row["id"].as_record(), row, 1});
            });
            auto found = difference(database, held, "_spooky_rv");
            if (!found.ok()) return to_caf(found.failure());
            return std::make_shared<const page_difference>(std::move(found).value());
          },
          [](compare_again_atom) { unexpected_note("a retry"); }};
}

}  // namespace spooky::actors::test
