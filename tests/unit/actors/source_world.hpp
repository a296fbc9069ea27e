#pragma once

#include "intents/capture/record_version.hpp"
#include "machines/capture/source_tables.hpp"
#include "machines/capture/table_difference.hpp"
#include "tests/unit/actors/det.hpp"
#include "tests/unit/actors/fake_database.hpp"
#include "tests/unit/machines/samples.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace spooky::actors::test {

using namespace machines::test;

using names = std::vector<std::string>;

/// A database with tables, a change feed, an outbox and a clock.
struct source_world : det {
  source_world() {
    database.execute = [this](const intent& asked) {
      return std::visit([this](const auto& one) { return carry_out(one); }, asked);
    };
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
    auto& transaction = feed[stamp];
    transaction.stamp = static_cast<versionstamp>(stamp);
    transaction.entries = 1;
    transaction.changes = {put(0, "t", key)};
  }

  template <class T>
  result<answer> carry_out(const T& asked) const {
    return not_carried_out(asked);
  }
  result<answer> carry_out(const read_clock&) const {
    return answer{std::chrono::milliseconds{clock}};
  }
  result<answer> carry_out(const list_tables&) const {
    std::vector<source_table> found;
    for (const auto& [name, number] : numbers) {
      const auto shown = permissions.find(name);
      const value select{shown == permissions.end() ? value{false} : shown->second};
      found.push_back(
          {name, number, std::chrono::seconds{feeds.at(name)}, derived.contains(name),
           value{object{{"name", value{name}}, {"permissions", value{object{{"select", select}}}}}},
           dropping.contains(name)});
    }
    return answer{std::move(found)};
  }
  /// As the database says it of itself.
  value structure_of(const std::string& table) const {
    const auto known = structures.find(table);
    return value{object{{"fields", known == structures.end() ? value{array{}} : known->second}}};
  }
  result<answer> carry_out(const describe_structures& asked) const {
    std::vector<result<value>> described;
    for (const auto& name : asked.tables) {
      if (const auto why = unreadable.find(name); why != unreadable.end())
        described.emplace_back(fail(errc::evaluation_error, why->second));
      else if (!numbers.contains(name))
        described.emplace_back(fail(errc::not_found, "The table does not exist"));
      else
        described.emplace_back(structure_of(name));
    }
    return answer{std::move(described)};
  }
  result<answer> carry_out(const list_names&) const { return answer{names_defined}; }
  result<answer> carry_out(const describe_tables& asked) const {
    std::vector<result<value>> described;
    for (const auto& name : asked.tables)
      described.emplace_back(
          value{object{{"fields", fields.contains(name) ? fields.at(name) : value{object{}}}}});
    return answer{std::move(described)};
  }
  result<answer> carry_out(const count_rows& asked) const {
    std::vector<std::optional<std::uint64_t>> counts;
    for (const auto& name : asked.tables)
      counts.emplace_back(tables.contains(name) ? tables.at(name).size() : 0);
    return answer{std::move(counts)};
  }
  result<answer> carry_out(const enable_feed& asked) {
    feeds[asked.table] = asked.retention.count();
    return answer{done{}};
  }
  result<answer> carry_out(const read_changes& asked) const {
    std::vector<feed_transaction> found;
    for (auto it = feed.lower_bound(static_cast<std::int64_t>(asked.since)); it != feed.end(); ++it)
      found.push_back(it->second);
    return answer{std::move(found)};
  }
  /// Keys are numbers.
  template <class Asked>
  result<array> stretch(const Asked& asked) const {
    if (!tables.contains(asked.table)) return fail(errc::not_found, "The table does not exist");
    const auto after = asked.after ? asked.after->key.as_integer() : -1;
    array rows;
    for (const auto& row : tables.at(asked.table))
      if (row["id"].as_record().key.as_integer() > after && rows.size() < asked.rows)
        rows.push_back(row);
    return rows;
  }
  result<answer> carry_out(const read_page& asked) const {
    SPOOKY_ASSIGN(auto rows, stretch(asked));
    for (const auto& row : rows)
      if (failing.contains(row["id"].as_record()))
        return fail(errc::evaluation_error, "SurrealDB: Could not cast into `int`");
    return answer{std::move(rows)};
  }
  result<answer> carry_out(const list_ids& asked) const {
    SPOOKY_ASSIGN(const auto rows, stretch(asked));
    array ids;
    for (const auto& row : rows) ids.push_back(row["id"]);
    return answer{std::move(ids)};
  }
  result<answer> carry_out(const read_database_feed&) const {
    return answer{std::chrono::milliseconds{std::chrono::seconds{database_feed}}};
  }
  /// Versions are counted beside the records where there is a table for that.
  result<answer> carry_out(const read_records& asked) const {
    std::vector<change> found;
    for (const auto& id : asked.ids) {
      if (failing.contains(id))
        return fail(errc::evaluation_error, "SurrealDB: Could not cast into `int`");
      auto c = erase(0, id.table, id.key.as_integer());
      const auto there = tables.find(id.table);
      for (const auto& row : there == tables.end() ? array{} : there->second) {
        if (row["id"] != value{id}) continue;
        c.op = change_op::update;
        c.record = row;
      }
      const auto counted = versions.find(id);
      if (!asked.version_table.empty() && counted != versions.end())
        set_version(c, counted->second, asked.version_field);
      found.push_back(std::move(c));
    }
    return answer{std::move(found)};
  }

  result<answer> carry_out(const read_outbox&) const { return answer{outbox}; }
  result<answer> carry_out(const clear_outbox& taken) {
    for (const auto& id : taken.ids)
      std::erase_if(outbox, [&](const outbox_row& row) { return row.id == id; });
    return answer{done{}};
  }
  /// An event that the server gave up on.
  void leave(change what) {
    const record_id id{"_spooky_outbox", value{static_cast<std::int64_t>(outbox.size() + 1)}};
    outbox.push_back({id, surrealql::ingest_event{std::move(what), {}}});
  }

  fake_database database{*this};
  std::vector<outbox_row> outbox;
  std::int64_t clock = 1'000'000;
  std::int64_t next_number = 0;
  std::map<std::string, array> tables;
  std::map<std::string, std::int64_t> numbers;
  std::map<std::string, std::int64_t> feeds;  ///< retention in seconds; 0: no feed
  std::int64_t database_feed = 0;             ///< likewise, of the database's own
  std::set<std::string> derived;              ///< defined AS SELECT
  std::set<std::string> dropping;             ///< defined DROP
  std::set<record_id> failing;                ///< rows whose computed field fails
  std::map<std::string, value> fields;
  std::map<record_id, std::uint64_t> versions;
  std::map<std::int64_t, feed_transaction> feed;
  std::map<std::string, value> permissions;       ///< FOR select; else none
  std::map<std::string, value> structures;        ///< a table's fields, as STRUCTURE has them
  defined_names names_defined;                    ///< params and functions
  std::map<std::string, std::string> unreadable;  ///< tables whose structure is refused, and why
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
          [](disk_status_atom) { return std::string{}; },
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
