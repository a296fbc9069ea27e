#include "actors/capture/source_watch.hpp"

#include "actors/capture/captured_tables.hpp"
#include "actors/capture/definition_delivery.hpp"
#include "actors/capture/row_reading.hpp"
#include "actors/database_query.hpp"
#include "surrealql/database/definitions.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

namespace spooky::actors {

std::string table_note(const std::string& table) { return "table/" + table; }

namespace {

using config::capture_mode;
using tables_ptr = std::shared_ptr<std::vector<source_table>>;

/// Rows that could not be read are looked at again with each look, so many of a table.
constexpr std::size_t rows_tried_again = 8;

constexpr std::chrono::milliseconds retry_pause{500};

void look(source_watch_ptr self);
void answer_early_loads(source_watch_ptr self);

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
  const auto way = state.tables.way_of(table);
  object note;
  note.set("id", value{copied ? state.tables.id_of(table) : std::int64_t{-1}});
  note.set("mode", value{copied && way ? std::string{to_string(*way)} : std::string{}});
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

void describe_news(source_watch_ptr self, const watched_tables::news& item, bool first_look) {
  const auto& name = item.table.name;
  switch (item.what) {
    case table_news::appeared:
      if (first_look) break;
      spdlog::info("table {} is captured from now on ({})", name, to_string(item.way));
      break;
    case table_news::redefined:
      spdlog::info("table {} was removed and defined again", name);
      break;
    case table_news::doubted:
      if (self->state.uncaptured.contains(name)) break;
      spdlog::info("table {} is compared with the database ({})", name, to_string(item.way));
      break;
    case table_news::moved:
      spdlog::info("table {} is captured in another way from now on ({})", name,
                   to_string(item.way));
      break;
    case table_news::gone:
      spdlog::info("table {} is gone: its rows are retracted", name);
      break;
    case table_news::continued:
    case table_news::altered:
      break;
  }
}

captured_table told_of(source_watch_ptr self, const watched_tables::news& item) {
  captured_table told;
  told.name = item.table.name;
  told.exists = item.what != table_news::gone;
  told.retention = item.table.retention;
  told.stores = !item.table.drops;
  told.notifies = item.way != capture_way::comparing;
  // Without a replica tables are loaded when they are asked for: a new one has nothing to compare.
  told.compare =
      item.what == table_news::redefined || item.what == table_news::doubted ||
      item.what == table_news::moved ||
      (item.what == table_news::appeared && static_cast<bool>(self->state.parts.replica));
  return told;
}

/// A table may have events though it is captured otherwise; they come late, too. The source that
/// they are posted to answers at once, for the table is not its own.
void keep_events_out(source_watch_ptr self, const watched_tables::news& item) {
  const auto events = source_for(self, capture_way::events);
  if (!events || item.way == capture_way::events || item.what == table_news::gone) return;
  self->request(events, self->state.config.request_timeout, release_table_atom_v, item.table.name)
      .then([](const ack&) {},
            [](const caf::error& reason) {
              spdlog::warn("events are not kept out: {}", from_caf(reason).message);
            });
}

void hand_over(source_watch_ptr self, const watched_tables::news& item) {
  auto& state = self->state;
  const auto told = told_of(self, item);
  if (told.compare || !told.exists) state.comparing.insert(told.name);
  if (told.compare) state.left_out.begin(told.name);
  if (!told.exists) {
    state.circumstances.erase(told.name);
    state.left_out.forget(told.name);
    state.uncaptured.erase(told.name);
    state.fields.erase(told.name);
    state.parts.types->forget(told.name);
  }
  keep_events_out(self, item);
  auto source = source_for(self, item.way);
  // Rows of a table that is gone can be retracted by anyone.
  if (!source) source = source_for(self, capture_way::live);
  if (source) self->send(source, adopt_atom_v, told);
  state.tables.seen(item);
}

/// What the source that had it has read of the table reaches the sink before anything that the new
/// one reads: so an old read never stays.
void move_over(source_watch_ptr self, const watched_tables::news& item,
               const capture_source_actor& from) {
  auto& state = self->state;
  const auto& name = item.table.name;
  if (!state.moving.insert(name).second) return;
  // The source answers when the cycle it is in has ended, each request of which is bounded.
  self->request(from, caf::infinite, release_table_atom_v, name)
      .then(
          [self, item](const ack&) {
            self->state.moving.erase(item.table.name);
            hand_over(self, item);
            report(self);
            answer_early_loads(self);
          },
          [self, name](const caf::error& reason) {
            spdlog::warn("table {} stays with its source until the next look: {}", name,
                         from_caf(reason).message);
            self->state.moving.erase(name);
          });
}

void take_news(source_watch_ptr self, const watched_tables::news& item) {
  const auto& state = self->state;
  if (state.moving.contains(item.table.name)) return;
  describe_news(self, item, !state.looked);
  const auto to = source_for(self, item.way);
  const auto from = item.before ? source_for(self, *item.before) : to;
  if (from && from != to && item.what != table_news::gone) return move_over(self, item, from);
  hand_over(self, item);
}

void begin_sources(source_watch_ptr self) {
  auto& state = self->state;
  for (const auto& [way, source] : state.parts.sources) {
    state.catching_up.emplace(to_string(way));
    self->send(source, start_source_atom_v, state.from, state.sink, capture_actor{self});
  }
  state.looked = true;
}

/// Consumers wait for tables that had no source when they asked.
void answer_early_loads(source_watch_ptr self) {
  auto& state = self->state;
  for (auto& load : std::exchange(state.early_loads, {})) {
    if (state.moving.contains(load.table)) {
      state.early_loads.push_back(std::move(load));
      continue;
    }
    auto promise = load.promise;
    const auto way = state.tables.way_of(load.table);
    const auto source = way ? source_for(self, *way) : capture_source_actor{};
    if (!source) {
      promise.deliver(
          to_caf(fail(errc::not_found, "The table '" + load.table + "' does not exist")));
      continue;
    }
    self->request(source, caf::infinite, load_table_atom_v, load.table, load.least)
        .then([promise](const table_rows_ptr& rows) mutable { promise.deliver(rows); },
              [promise](const caf::error& reason) mutable { promise.deliver(reason); });
  }
}

/// Rows that could not be read: where one can by now, or is gone, its table is compared.
void try_left_out_again(source_watch_ptr self) {
  auto& state = self->state;
  for (const auto& table : state.left_out.tables()) {
    const read_records asked{state.left_out.some(table, rows_tried_again), {}, {}};
    read_all_records(self, state.parts.database, asked, 1, state.config.request_timeout,
                     [self, table](const result<records_found>& read) {
                       if (read.ok() && read->left_out.size() < read->changes.size())
                         self->state.tables.doubt(table);
                     });
  }
}

void look_done(source_watch_ptr self) {
  auto& state = self->state;
  state.busy = false;
  report(self);
  answer_early_loads(self);
  try_left_out_again(self);
  if (std::exchange(state.look_due, false)) look(self);
}

/// How each table is captured, and what is not as it was asked for.
std::vector<routed_table> routed(source_watch_ptr self, const std::vector<source_table>& tables) {
  auto& state = self->state;
  std::vector<routed_table> found;
  for (const auto& table : tables) {
    auto& given = state.circumstances[table.name];
    given.asked = state.config.capture.mode_of(table.name);
    const auto route = route_of(table, given, state.config.system_prefix);
    trouble(self, "table/" + table.name, route.trouble);
    found.push_back({table, route.way});
  }
  return found;
}

void hand_over_all(source_watch_ptr self, const tables_ptr& tables) {
  auto& state = self->state;
  // Without a replica whoever reads the table tries again.
  if (state.parts.replica)
    for (const auto& [table, why] : state.uncaptured) state.tables.doubt(table);
  for (const auto& item : state.tables.look(routed(self, *tables))) take_news(self, item);
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
  const auto event = state.config.system_prefix + "capture";
  state.circumstances[table].posts = !info["events"][event].is_none();
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
        auto& now = self->state;
        if (connection != now.connection) return;
        auto& table = (*tables)[index];
        auto& refused = now.circumstances[table.name].feed_refused;
        if (enabled.ok()) {
          table.retention = now.config.retention;
          refused.clear();
        } else if (enabled.failure().code == errc::evaluation_error) {
          refused = enabled.failure().message;
        } else if (enabled.failure().code != errc::not_found) {
          return look_failed(self, enabled.failure());
        }
        enable_feeds(self, tables, without);
      });
}

/// A table without a feed of its own may be in the database's.
void feeds_known(source_watch_ptr self, const tables_ptr& tables, std::chrono::milliseconds all) {
  auto& state = self->state;
  const auto without = std::make_shared<std::deque<std::size_t>>();
  for (std::size_t i = 0; i < tables->size(); ++i) {
    auto& table = (*tables)[i];
    if (table.retention.count() != 0) continue;
    table.retention = all;
    const bool wanted = state.config.capture.mode_of(table.name) == capture_mode::changefeed;
    if (table.retention.count() != 0 || table.derived || !wanted) continue;
    if (!state.config.provision) continue;
    // What changed while a known table had no feed has gone unseen.
    if (state.tables.way_of(table.name) == capture_way::feed) state.tables.doubt(table.name);
    without->push_back(i);
  }
  enable_feeds(self, tables, without);
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
  state.listed = std::make_shared<const std::vector<source_table>>(read);
  const auto tables = std::make_shared<std::vector<source_table>>(read);
  ask_database(
      self, state.parts.database, read_database_feed{}, state.config.request_timeout,
      [self, tables, connection = state.connection](const result<std::chrono::milliseconds>& all) {
        if (connection != self->state.connection) return;
        if (!all.ok()) return look_failed(self, all.failure());
        feeds_known(self, tables, *all);
      });
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

/// Views on the table are told with its definition.
void uncaptured(source_watch_ptr self, const std::string& table, const std::string& why) {
  auto& state = self->state;
  state.comparing.erase(table);
  auto& known = state.uncaptured[table];
  const bool same = known == why;
  known = why;
  if (why.empty()) state.uncaptured.erase(table);
  if (same) return;
  trouble(self, "uncaptured/" + table,
          why.empty() ? std::string{} : "table " + table + " is not captured: " + why);
  look(self);
}

void rows_left_out(source_watch_ptr self, const left_out_rows& rows) {
  auto& state = self->state;
  const bool first = !state.left_out.contains(rows.table);
  for (const auto& id : state.left_out.add(rows))
    spdlog::warn("row {} of table {} cannot be read and is left out: a computed field of it fails",
                 surrealql::to_text(id), rows.table);
  trouble(self, "row/" + rows.table, state.left_out.remark(rows.table));
  if (first) look(self);
}

void compared(source_watch_ptr self, const compared_table& table) {
  auto& state = self->state;
  state.comparing.erase(table.name);
  const bool lacked = state.left_out.contains(table.name);
  state.left_out.finish(table.name);
  trouble(self, "row/" + table.name, state.left_out.remark(table.name));
  if (lacked && !state.left_out.contains(table.name)) look(self);
  uncaptured(self, table.name, {});
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
  for (const auto& [table, copied] : from.tables) state.tables.restore(table, copied);
  look(self);
}

caf::result<table_rows_ptr> load(source_watch_ptr self, const table_name& table,
                                 sequence_number least) {
  auto& state = self->state;
  if (table == table_name{surrealql::definition_table(state.config.system_prefix)})
    return load_definitions(self, least);
  const auto way = state.moving.contains(table) ? std::nullopt : state.tables.way_of(table);
  if (const auto source = way ? source_for(self, *way) : capture_source_actor{})
    return self->delegate(source, load_table_atom_v, table, least);
  auto promise = self->make_response_promise<table_rows_ptr>();
  state.early_loads.push_back({table, least, promise});
  look(self);
  return promise;
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
      [self](rows_left_out_atom, const left_out_rows& rows) { rows_left_out(self, rows); },
      [self](uncaptured_atom, const std::string& table, const std::string& why) {
        uncaptured(self, table, why);
      },
      [self](captured_tables_atom) { return captured_tables(self->state); },
      [self](flush_atom, const std::string& table) { return flush_table(self, table); },
      [self](doubt_rows_atom, const std::string& table, const std::vector<record_id>& ids) {
        doubt_rows(self, table, ids);
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
        for (auto& early : std::exchange(self->state.early_loads, {}))
          early.promise.deliver(to_caf(fail(errc::unavailable, "SurrealDB is away")));
      },
      [](live_fired_atom, const db_notification&) {},
  };
}

}  // namespace spooky::actors
