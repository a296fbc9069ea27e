#include "actors/capture/cloner.hpp"

#include "actors/capture/change_feed.hpp"
#include "actors/capture/source_tables.hpp"
#include "actors/database_query.hpp"
#include "surrealql/text.hpp"

#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

void copy_next(cloner_ptr self);
void copy_page(cloner_ptr self, table_copy copy);

caf::timestamp now(cloner_ptr self) {
  return caf::timestamp{self->clock().now().time_since_epoch()};
}

double seconds_since(cloner_ptr self, caf::timestamp start) {
  return std::chrono::duration<double>(now(self) - start).count();
}

void give_up(cloner_ptr self, const error& why) {
  auto& state = self->state;
  if (!state.running) return;
  state.running = false;
  ++state.attempt;
  spdlog::warn("clone interrupted: {}; it begins again", why.message);
  self->send(state.parts.coordinator, notify_atom_v, "clone interrupted: " + why.message);
  self->delayed_send(self, std::chrono::seconds{1}, retry_atom_v);
}

/// Runs a query and hands its first result on, unless the attempt is over by then.
template <class Next>
void query(cloner_ptr self, std::string text, Next next) {
  db_query asked{std::move(text), {}, self->state.config.request_timeout};
  run_query(self, self->state.parts.database, std::move(asked),
            [self, attempt = self->state.attempt, next](result<db_answer> answer) {
              if (attempt != self->state.attempt) return;
              auto first = first_result(std::move(answer));
              if (!first.ok()) return give_up(self, first.failure());
              next(*first);
            });
}

// -- the end ------------------------------------------------------------------------------------

void finish(cloner_ptr self) {
  auto& state = self->state;
  state.running = false;
  state.complete = true;
  spdlog::info("cloned {} rows of {} tables in {:.1f} s", state.rows, state.tables.size(),
               seconds_since(self, state.started));
  object note;
  note.set("stamp", value{static_cast<std::int64_t>(state.began_at)});
  array tables;
  for (const auto& table : state.tables) tables.emplace_back(table);
  note.set("tables", value{std::move(tables)});
  self->request(state.parts.replica, state.config.request_timeout, caf::put_atom_v,
                std::string{"meta"}, std::string{"clone"}, value{std::move(note)})
      .then(
          [self](const ack&) {
            feed_start from;
            from.stamp = self->state.began_at;
            for (const auto& table : self->state.tables) from.tables[table] = {};
            self->send(self->state.parts.coordinator, cloned_atom_v);
            self->send(self->state.parts.capture, start_atom_v, from,
                       change_sink{self->state.parts.coordinator});
          },
          [self](const caf::error& reason) {
            self->state.complete = false;
            self->state.running = true;
            give_up(self, from_caf(reason));
          });
}

// -- copying ------------------------------------------------------------------------------------

void report_progress(cloner_ptr self, const std::string& table) {
  auto& state = self->state;
  const auto rate =
      static_cast<double>(state.rows) / std::max(0.001, seconds_since(self, state.started));
  const auto text =
      fmt::format("cloning: {} rows, {:.0f} rows/s, in table {}, {} of {} tables left", state.rows,
                  rate, table, state.waiting.size() + state.copying, state.tables.size());
  self->send(state.parts.coordinator, notify_atom_v, text);
}

void page_stored(cloner_ptr self, table_copy copy, std::size_t rows) {
  auto& state = self->state;
  const auto before = state.rows / 100'000;
  state.rows += rows;
  if (state.rows / 100'000 != before) spdlog::info("cloning: {} rows", state.rows);
  report_progress(self, copy.table);
  if (rows == state.config.page_rows) return copy_page(self, std::move(copy));
  --state.copying;
  copy_next(self);
}

void store_page(cloner_ptr self, table_copy copy, const value& page) {
  if (!page.is_array()) return give_up(self, fail(errc::corrupt, "a page that is no array"));
  auto rows = std::make_shared<table_rows>();
  rows->table = copy.table;
  rows->rows = page.as_array();
  const auto count = rows->rows.size();
  if (count != 0 && rows->rows.back()["id"].is_record())
    copy.last = rows->rows.back()["id"].as_record();
  self->request(self->state.parts.replica, self->state.config.request_timeout, load_atom_v,
                table_rows_ptr{std::move(rows)}, std::string{"clone_progress"}, value{})
      .then(
          [self, copy, count, attempt = self->state.attempt](const ack&) {
            if (attempt == self->state.attempt) page_stored(self, copy, count);
          },
          [self, attempt = self->state.attempt](const caf::error& reason) {
            if (attempt == self->state.attempt) give_up(self, from_caf(reason));
          });
}

void copy_page(cloner_ptr self, table_copy copy) {
  auto text = page_query(copy.table, copy.last, self->state.config.page_rows);
  query(self, std::move(text), [self, copy](const value& page) { store_page(self, copy, page); });
}

/// The replica knows a table by its schema, also while it holds no record.
void copy_schema(cloner_ptr self, table_copy copy) {
  query(self, "INFO FOR TABLE " + surrealql::escape_name(copy.table),
        [self, copy](const value& info) {
          self->request(self->state.parts.replica, self->state.config.request_timeout,
                        caf::put_atom_v, std::string{"schema"}, copy.table, info)
              .then(
                  [self, copy, attempt = self->state.attempt](const ack&) {
                    if (attempt == self->state.attempt) copy_page(self, copy);
                  },
                  [self, attempt = self->state.attempt](const caf::error& reason) {
                    if (attempt == self->state.attempt) give_up(self, from_caf(reason));
                  });
        });
}

void copy_next(cloner_ptr self) {
  auto& state = self->state;
  while (state.copying < state.config.parallel && !state.waiting.empty()) {
    table_copy copy{std::move(state.waiting.front()), {}};
    state.waiting.pop_front();
    ++state.copying;
    copy_schema(self, std::move(copy));
  }
  if (state.copying == 0 && state.waiting.empty()) finish(self);
}

// -- the beginning ------------------------------------------------------------------------------

/// Switches the change feed on for tables without one, one after another, then copies.
void enable_feeds(cloner_ptr self, std::shared_ptr<std::deque<std::string>> without) {
  if (without->empty()) return copy_next(self);
  const auto table = without->front();
  without->pop_front();
  if (!self->state.config.provision) {
    spdlog::error(
        "table {} has no change feed, so its changes are not seen: set db.provision: true,"
        " or run: ALTER TABLE {} CHANGEFEED 3d",
        table, table);
    return enable_feeds(self, std::move(without));
  }
  query(self, enable_feed_query(table, self->state.config.retention),
        [self, without](const value&) { enable_feeds(self, without); });
}

void plan(cloner_ptr self, const value& info) {
  auto& state = self->state;
  const auto tables = read_tables(info, state.config.system_prefix);
  if (!tables.ok()) return give_up(self, tables.failure());
  auto without = std::make_shared<std::deque<std::string>>();
  for (const auto& table : *tables) {
    if (table.derived) {
      spdlog::warn("table {} is defined AS SELECT; SurrealDB reports no changes of it: skipped",
                   table.name);
      continue;
    }
    if (!table.has_feed) without->push_back(table.name);
    state.tables.push_back(table.name);
    state.waiting.push_back(table.name);
  }
  enable_feeds(self, std::move(without));
}

/// Notes the moment from which the feed must be read, then copies.
void read_clock(cloner_ptr self) {
  query(self, "RETURN time::millis(time::now())", [self](const value& millis) {
    if (millis.type() != value_type::integer)
      return give_up(self, fail(errc::corrupt, "the database did not tell the time"));
    const auto at = std::chrono::milliseconds{millis.as_integer()} - self->state.config.overlap;
    self->state.began_at = stamp_at(at);
    query(self, "INFO FOR DB", [self](const value& info) { plan(self, info); });
  });
}

void begin(cloner_ptr self) {
  auto& state = self->state;
  if (state.running || state.complete) return;
  state.running = true;
  ++state.attempt;
  state.waiting.clear();
  state.tables.clear();
  state.copying = 0;
  state.rows = 0;
  state.started = now(self);
  // Rows of an earlier attempt may have been deleted since, before the feed is read again.
  self->request(state.parts.replica, state.config.request_timeout, reset_atom_v)
      .then(
          [self, attempt = state.attempt](const ack&) {
            if (attempt == self->state.attempt) read_clock(self);
          },
          [self, attempt = state.attempt](const caf::error& reason) {
            if (attempt == self->state.attempt) give_up(self, from_caf(reason));
          });
}

}  // namespace

cloner_actor::behavior_type cloner(cloner_ptr self, cloner_parts parts, cloner_config config) {
  self->state.parts = std::move(parts);
  self->state.config = std::move(config);
  self->send(self->state.parts.database, subscribe_atom_v, database_listener{self});
  return {
      [self](retry_atom) { begin(self); },
      [self](connected_atom) { begin(self); },
      [self](disconnected_atom, const std::string& why) {
        give_up(self, fail(errc::unavailable, "SurrealDB is away: " + why));
      },
      [](notify_atom, const db_notification&) {},
  };
}

}  // namespace spooky::actors
