#include "actors/capture/source_watch.hpp"

#include "actors/capture/definition_delivery.hpp"
#include "actors/database_query.hpp"
#include "surrealql/database/definitions.hpp"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

namespace spooky::actors {

std::string table_note(const std::string& table) { return "table/" + table; }

std::string mode_name(config::capture_mode mode) {
  switch (mode) {
    case config::capture_mode::changefeed:
      return "changefeed";
    case config::capture_mode::webhook:
      return "webhook";
    case config::capture_mode::live:
      return "live";
  }
  return "unknown";
}

namespace {

using config::capture_mode;
using tables_ptr = std::shared_ptr<std::vector<source_table>>;

constexpr std::chrono::milliseconds retry_pause{500};

void look(source_watch_ptr self);

// -- reporting ----------------------------------------------------------------------------------

void report(source_watch_ptr self) {
  auto& state = self->state;
  if (!state.sink) return;
  state.report.tables = state.tables.size();
  state.report.comparing = state.comparing.size();
  state.report.troubles.clear();
  for (const auto& [where, what] : state.troubles) state.report.troubles.push_back(what);
  self->send(state.sink, report_capture_atom_v, state.report);
}

}  // namespace

void trouble(source_watch_ptr self, const std::string& where, const std::string& what) {
  auto& troubles = self->state.troubles;
  if (what.empty()) {
    if (troubles.erase(where) != 0) report(self);
    return;
  }
  auto& known = troubles[where];
  if (known == what) return;
  spdlog::error("{}", what);
  known = what;
  report(self);
}

namespace {

// -- notes --------------------------------------------------------------------------------------

void note_table(source_watch_ptr self, const std::string& table, bool copied) {
  auto& state = self->state;
  if (!state.parts.replica) return;
  object note;
  note.set("id", value{copied ? state.tables.id_of(table) : std::int64_t{-1}});
  note.set("mode", value{copied ? mode_name(state.config.capture.mode_of(table)) : std::string{}});
  note.set("copied", value{copied});
  self->request(state.parts.replica, state.config.request_timeout, caf::put_atom_v,
                std::string{"meta"}, table_note(table), value{std::move(note)})
      .then([](const ack&) {},
            [table](const caf::error& reason) {
              spdlog::warn("that table {} was copied is not noted: {}", table,
                           from_caf(reason).message);
            });
}

// -- handing tables to their sources ------------------------------------------------------------

void hand_over(source_watch_ptr self, const watched_tables::news& item, bool first_look) {
  auto& state = self->state;
  const auto& table = item.table;
  const auto source = state.parts.sources.find(state.config.capture.mode_of(table.name));
  captured_table told;
  told.name = table.name;
  told.exists = item.what != table_news::gone;
  told.retention = table.retention;
  // Without a replica tables are loaded when they are asked for: a new one has nothing to compare.
  const bool fresh = item.what == table_news::appeared;
  told.compare = item.what == table_news::redefined || (fresh && state.parts.replica);
  if (fresh && !first_look) spdlog::info("table {} is captured from now on", table.name);
  if (item.what == table_news::redefined)
    spdlog::info("table {} was removed and defined again", table.name);
  if (item.what == table_news::gone) {
    spdlog::info("table {} is {}", table.name,
                 state.existing.contains(table.name) ? "not captured any more"
                                                     : "gone: its rows are retracted");
    state.fields.erase(table.name);
    state.parts.types->forget(table.name);
  }
  if (told.compare || !told.exists) state.comparing.insert(table.name);
  if (source != state.parts.sources.end()) self->send(source->second, adopt_atom_v, told);
}

void begin_sources(source_watch_ptr self) {
  auto& state = self->state;
  for (const auto& [mode, source] : state.parts.sources) {
    state.catching_up.insert(mode_name(mode));
    self->send(source, start_source_atom_v, state.from, state.sink, capture_actor{self});
  }
  state.looked = true;
}

void look_done(source_watch_ptr self) {
  auto& state = self->state;
  state.busy = false;
  report(self);
  if (std::exchange(state.look_due, false)) look(self);
}

void hand_over_all(source_watch_ptr self, const tables_ptr& tables) {
  auto& state = self->state;
  for (const auto& item : state.tables.look(*tables)) {
    hand_over(self, item, !state.looked);
    state.tables.seen(item);
  }
  if (!state.looked) begin_sources(self);
  look_done(self);
}

}  // namespace

void look_failed(source_watch_ptr self, const error& why) {
  spdlog::warn("the look at the database's tables failed: {}; trying again", why.message);
  self->state.busy = false;
  self->delayed_send(self, retry_pause, look_now_atom_v);
}

namespace {

// -- fields -------------------------------------------------------------------------------------

void learn(source_watch_ptr self, const std::string& table, const value& info,
           known_types::learned& types) {
  auto& state = self->state;
  const bool webhook = state.config.capture.mode_of(table) == capture_mode::webhook;
  const auto event = state.config.system_prefix + "capture";
  const bool no_event = webhook && info["events"][event].is_none();
  trouble(self, "event/" + table,
          no_event ? "table " + table + " has no event " + event +
                         ", so its changes are seen only when it is compared with the database:"
                         " run: spooky schema --webhook --apply"
                   : std::string{});
  auto& known = state.fields[table];
  if (known == info["fields"] && !known.is_none()) return;
  known = info["fields"];
  self->send(state.sink, describe_table_atom_v, table, info);
  auto read = surrealql::table_schema::from_info(info);
  if (read.ok())
    types.emplace_back(table, std::move(read).value());
  else
    spdlog::warn("the fields of table {} cannot be read: {}", table, read.failure().message);
}

/// Asks for the fields of the tables from `first` on, some at a time, then delivers the definitions
/// and hands over the news.
void read_fields(source_watch_ptr self, const tables_ptr& tables, std::size_t first) {
  auto& state = self->state;
  if (first >= tables->size())
    return deliver_definitions(self, state.listed, [self, tables] { hand_over_all(self, tables); });
  const auto last = std::min(tables->size(), first + state.config.tables_at_once);
  describe_tables asked;
  for (auto i = first; i < last; ++i) asked.tables.push_back((*tables)[i].name);
  ask_database(self, state.parts.database, std::move(asked), state.config.request_timeout,
               [self, tables, first, last,
                connection = state.connection](const result<describe_tables::answer>& described) {
                 if (connection != self->state.connection) return;
                 if (!described.ok()) return look_failed(self, described.failure());
                 known_types::learned types;
                 // A table that was removed since is news of the next look.
                 for (std::size_t i = first; i < last; ++i)
                   if (const auto& info = (*described)[i - first]; info.ok())
                     learn(self, (*tables)[i].name, *info, types);
                 if (!types.empty()) self->state.parts.types->learn(std::move(types));
                 read_fields(self, tables, last);
               });
}

// -- which tables there are ---------------------------------------------------------------------

/// Switches the feeds of these tables on, one after another.
void enable_feeds(source_watch_ptr self, const tables_ptr& tables,
                  const std::shared_ptr<std::deque<std::size_t>>& without) {
  auto& state = self->state;
  if (without->empty()) return read_fields(self, tables, 0);
  const auto index = without->front();
  without->pop_front();
  ask_database(
      self, state.parts.database, enable_feed{(*tables)[index].name, state.config.retention},
      state.config.request_timeout,
      [self, tables, without, index, connection = state.connection](const result<done>& enabled) {
        if (connection != self->state.connection) return;
        if (!enabled.ok()) return look_failed(self, enabled.failure());
        (*tables)[index].retention = self->state.config.retention;
        enable_feeds(self, tables, without);
      });
}

/// Leaves out what cannot be captured, and says why.
bool capturable(source_watch_ptr self, const source_table& table) {
  const auto mode = self->state.config.capture.mode_of(table.name);
  std::string why;
  if (table.derived)
    why = "table " + table.name +
          " is not captured: SurrealDB reports no changes of a table defined AS SELECT";
  else if (mode == capture_mode::changefeed && table.retention.count() == 0 &&
           !self->state.config.provision)
    why = "table " + table.name +
          " is not captured: it has no change feed; set db.provision: true"
          " or run: " +
          enable_feed_advice(table.name);
  trouble(self, "table/" + table.name, why);
  return why.empty();
}

void tables_read(source_watch_ptr self, const std::vector<source_table>& read) {
  auto& state = self->state;
  state.existing.clear();
  for (const auto& table : read) state.existing.insert(table.name);
  // A source's own troubles have no table behind a slash.
  std::erase_if(state.troubles, [&](const auto& known) {
    const auto slash = known.first.find('/');
    return slash != std::string::npos && !state.existing.contains(known.first.substr(slash + 1));
  });
  const auto tables = std::make_shared<std::vector<source_table>>();
  const auto without = std::make_shared<std::deque<std::size_t>>();
  state.listed = std::make_shared<const std::vector<source_table>>(read);
  for (const auto& table : read) {
    if (!capturable(self, table)) continue;
    const auto mode = state.config.capture.mode_of(table.name);
    if (mode == capture_mode::changefeed && table.retention.count() == 0) {
      // What changed while a known table had no feed has gone unseen.
      state.tables.doubt(table.name);
      without->push_back(tables->size());
    }
    tables->push_back(table);
  }
  enable_feeds(self, tables, without);
}

void look(source_watch_ptr self) {
  auto& state = self->state;
  if (!state.sink || !state.connected) return;
  if (std::exchange(state.busy, true)) {
    state.look_due = true;
    return;
  }
  ask_database(self, state.parts.database, list_tables{state.config.system_prefix},
               state.config.request_timeout,
               [self, connection = state.connection](const result<list_tables::answer>& tables) {
                 if (connection != self->state.connection) return;
                 if (!tables.ok()) return look_failed(self, tables.failure());
                 tables_read(self, *tables);
               });
}

// -- what sources tell --------------------------------------------------------------------------

void compared(source_watch_ptr self, const compared_table& table) {
  auto& state = self->state;
  state.comparing.erase(table.name);
  state.report.compared_rows += table.rows;
  state.report.repaired += table.changes;
  const bool there = state.existing.contains(table.name);
  if (!there) self->send(state.sink, describe_table_atom_v, table.name, value{});
  note_table(self, table.name, there);
  report(self);
}

void caught_up(source_watch_ptr self, const std::string& source) {
  auto& state = self->state;
  if (state.catching_up.erase(source) != 0 && state.catching_up.empty())
    self->send(state.sink, caught_up_atom_v);
}

void start(source_watch_ptr self, const feed_start& from, const change_sink& sink) {
  auto& state = self->state;
  state.sink = sink;
  state.from = from;
  state.definitions.ledger.restore(from.definitions);
  for (const auto& [table, copied] : from.tables) {
    const auto mode = mode_name(state.config.capture.mode_of(table));
    // What another source captured is this one's to compare.
    if (copied.mode.empty() || copied.mode == mode) state.tables.restore(table, copied);
  }
  look(self);
}

caf::result<table_rows_ptr> load(source_watch_ptr self, const table_name& table,
                                 sequence_number least) {
  const auto& state = self->state;
  if (table == table_name{surrealql::definition_table(state.config.system_prefix)})
    return load_definitions(self, least);
  const auto source = state.parts.sources.find(state.config.capture.mode_of(table));
  if (source == state.parts.sources.end())
    return to_caf(fail(errc::internal, "no source captures table " + table));
  return self->delegate(source->second, load_table_atom_v, table, least);
}

}  // namespace

capture_actor::behavior_type source_watch(source_watch_ptr self, source_watch_parts parts,
                                          source_watch_config config) {
  self->state.parts = std::move(parts);
  self->state.config = std::move(config);
  if (!self->state.parts.types) self->state.parts.types = std::make_shared<known_types>();
  self->send(self->state.parts.database, follow_database_atom_v, database_listener{self});
  self->delayed_send(self, self->state.config.table_interval, look_later_atom_v);
  return {
      [self](start_capture_atom, const feed_start& from, const change_sink& sink) {
        start(self, from, sink);
      },
      [self](source_caught_up_atom, const std::string& source) { caught_up(self, source); },
      [self](table_compared_atom, const compared_table& table) { compared(self, table); },
      [self](source_trouble_atom, const std::string& source, const std::string& what) {
        trouble(self, source, what);
      },
      [self](look_now_atom) { look(self); },
      [self](look_later_atom) {
        look(self);
        self->delayed_send(self, self->state.config.table_interval, look_later_atom_v);
      },
      [self](load_table_atom, const table_name& table, sequence_number least) {
        return load(self, table, least);
      },
      [self](connected_atom) {
        self->state.connected = true;
        ++self->state.connection;
        self->state.busy = false;
        look(self);
      },
      [self](disconnected_atom, const std::string&) {
        self->state.connected = false;
        ++self->state.connection;
        self->state.busy = false;
        refuse_definitions(self);
      },
      [](live_fired_atom, const db_notification&) {},
  };
}

}  // namespace spooky::actors
