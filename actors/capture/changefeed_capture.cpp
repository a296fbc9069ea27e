#include "actors/capture/changefeed_capture.hpp"

#include "actors/backoff.hpp"
#include "actors/database_query.hpp"
#include "surrealql/text.hpp"

#include <charconv>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

constexpr std::string_view source_prefix = "changefeed/";

}  // namespace

std::string feed_source(versionstamp stamp) {
  return std::string{source_prefix} + std::to_string(stamp);
}

std::optional<versionstamp> feed_stamp(std::string_view source) {
  if (!source.starts_with(source_prefix)) return std::nullopt;
  source.remove_prefix(source_prefix.size());
  versionstamp stamp = 0;
  const auto [end, failed] = std::from_chars(source.data(), source.data() + source.size(), stamp);
  if (failed != std::errc{} || end != source.data() + source.size()) return std::nullopt;
  return stamp;
}

namespace {

void work(changefeed_ptr self);
void ring(changefeed_ptr self);
void read_page(changefeed_ptr self, versionstamp since);
void adopt_next(changefeed_ptr self, std::shared_ptr<std::vector<source_table>> fresh);
void load_next(changefeed_ptr self);

caf::timestamp now(changefeed_ptr self) {
  return caf::timestamp{self->clock().now().time_since_epoch()};
}

/// Ends what is under way and tries again after the usual pause.
void interrupted(changefeed_ptr self, const error& why) {
  spdlog::warn("change feed: {}; reading it again", why.message);
  self->state.busy = false;
  for (auto& load : std::exchange(self->state.loaded, {})) load.promise.deliver(to_caf(why));
  self->delayed_send(self, self->state.config.poll_interval, poll_atom_v, ++self->state.poll_epoch);
}

/// Runs a query and hands its first result on. The answer of an earlier connection is dropped:
/// what waited for it has been given up.
template <class Next>
void query(changefeed_ptr self, std::string text, Next next) {
  // Asked now, its answer could come over the next connection, and nobody would go on from there.
  if (!self->state.connected)
    return interrupted(self, fail(errc::unavailable, "SurrealDB is away"));
  db_query asked{std::move(text), {}, self->state.config.request_timeout};
  run_query(self, self->state.database, std::move(asked),
            [self, connection = self->state.connection, next](result<db_answer> answer) {
              if (connection != self->state.connection) return;
              auto first = first_result(std::move(answer));
              if (!first.ok()) return interrupted(self, first.failure());
              next(*first);
            });
}

// -- offering to the sink -----------------------------------------------------------------------

void offer_again(changefeed_ptr self);

void taken(changefeed_ptr self) {
  auto& state = self->state;
  state.refusals = 0;
  state.offered.reset();
  std::exchange(state.when_taken, nullptr)();
}

/// Without an end on purpose: the cursor must not pass what nobody holds (I3), and the feed itself
/// is the queue meanwhile.
void refused(changefeed_ptr self, const error& why) {
  auto& state = self->state;
  if (state.refusals++ == 0)
    spdlog::warn("captured changes are not taken yet: {}; offering them again", why.message);
  const auto pause = backoff_delay(state.refusals, std::chrono::milliseconds{20},
                                   std::chrono::milliseconds{2'000}, state.refusals);
  self->delayed_send(self, pause, retry_atom_v);
}

void offer_again(changefeed_ptr self) {
  if (!self->state.offered) return;
  self->request(self->state.sink, self->state.config.request_timeout, ingest_atom_v,
                *self->state.offered)
      .then([self](const committed&) { taken(self); },
            [self](const caf::error& reason) { refused(self, from_caf(reason)); });
}

/// Offers batches until the sink takes them, then goes on with `next`.
void offer(changefeed_ptr self, change_batches batches, std::function<void()> next) {
  if (batches.empty()) return next();
  self->state.offered = std::make_shared<const change_batches>(std::move(batches));
  self->state.when_taken = std::move(next);
  offer_again(self);
}

// -- reading the feed ---------------------------------------------------------------------------

change_batches to_batches(std::vector<feed_transaction> transactions) {
  change_batches batches;
  for (auto& transaction : transactions) {
    if (transaction.changes.empty()) continue;
    change_batch batch;
    batch.changes = std::move(transaction.changes);
    batch.source = feed_source(transaction.stamp);
    batch.cursor = std::to_string(transaction.stamp);
    batches.push_back(std::move(batch));
  }
  return batches;
}

void read_done(changefeed_ptr self) {
  auto& state = self->state;
  if (!std::exchange(state.caught_up, true)) self->send(state.sink, caught_up_atom_v);
  for (auto& load : std::exchange(state.loaded, {}))
    load.promise.deliver(table_rows_ptr{std::move(load.rows)});
  state.busy = false;
  if (state.rung || state.tables_due || !state.asked.empty()) return work(self);
  self->delayed_send(self, state.config.poll_interval, poll_atom_v, ++state.poll_epoch);
}

void page_read(changefeed_ptr self, const value& shown) {
  auto& state = self->state;
  auto transactions = read_feed(shown, state.config.system_prefix);
  if (!transactions.ok()) return interrupted(self, transactions.failure());
  auto page = state.cursor->take(std::move(transactions).value(), state.config.page_limit);
  for (const auto& transaction : page.fresh)
    if (!transaction.defined.empty()) state.tables_due = true;
  offer(self, to_batches(std::move(page.fresh)), [self, next = page.next] {
    if (next != 0) return read_page(self, next);
    read_done(self);
  });
}

void read_page(changefeed_ptr self, versionstamp since) {
  auto text = "SHOW CHANGES FOR DATABASE SINCE " + std::to_string(since) + " LIMIT " +
              std::to_string(self->state.config.page_limit);
  query(self, std::move(text), [self](const value& shown) { page_read(self, shown); });
}

void read_feed_now(changefeed_ptr self) {
  auto& state = self->state;
  const bool deep = !state.caught_up || !state.loaded.empty() ||
                    now(self) - state.last_deep >= state.config.deep_interval;
  if (deep) state.last_deep = now(self);
  read_page(self, state.cursor->since(deep));
}

// -- tables -------------------------------------------------------------------------------------

/// A doorbell that cannot be hung only costs latency: the feed is polled anyway.
void watch(changefeed_ptr self, const std::string& table) {
  self->request(self->state.database, self->state.config.request_timeout, subscribe_atom_v,
                "LIVE SELECT VALUE id FROM " + surrealql::escape_name(table),
                database_listener{self})
      .then([](const value&) {},
            [table](const caf::error& reason) {
              spdlog::warn("no LIVE query on table {}: {}; its changes are seen by polling", table,
                           from_caf(reason).message);
            });
}

void copy_table(changefeed_ptr self, const std::string& table, std::optional<record_id> after,
                std::function<void()> next);

void page_copied(changefeed_ptr self, const std::string& table, const value& page,
                 std::function<void()> next) {
  if (!page.is_array() || page.as_array().empty()) return next();
  const auto& rows = page.as_array();
  change_batch batch;
  batch.source = "copy/" + table;
  for (const auto& row : rows) {
    if (!row["id"].is_record()) continue;
    change c;
    c.op = change_op::update;
    c.id = row["id"].as_record();
    c.record = row;
    batch.changes.push_back(std::move(c));
  }
  const bool last = rows.size() < self->state.config.copy_rows || batch.changes.empty();
  const auto reached = batch.changes.empty() ? record_id{} : batch.changes.back().id;
  change_batches batches;
  batches.push_back(std::move(batch));
  offer(self, std::move(batches), [self, table, reached, last, next] {
    if (last) return next();
    copy_table(self, table, reached, next);
  });
}

void copy_table(changefeed_ptr self, const std::string& table, std::optional<record_id> after,
                std::function<void()> next) {
  query(self, page_query(table, after, self->state.config.copy_rows),
        [self, table, next](const value& page) { page_copied(self, table, page, next); });
}

/// Known only when it is copied: a copy that is cut short begins again at the next look.
void adopted(changefeed_ptr self, const std::string& table, const std::function<void()>& next) {
  self->state.known.insert(table);
  watch(self, table);
  spdlog::info("table {} is captured from now on", table);
  next();
}

void adopt(changefeed_ptr self, const std::string& table, std::function<void()> next) {
  if (!self->state.config.copy_tables) return adopted(self, table, next);
  query(self, "INFO FOR TABLE " + surrealql::escape_name(table),
        [self, table, next](const value& info) {
          self->send(self->state.sink, notify_atom_v, table, info);
          copy_table(self, table, std::nullopt,
                     [self, table, next] { adopted(self, table, next); });
        });
}

void adopt_next(changefeed_ptr self, std::shared_ptr<std::vector<source_table>> fresh) {
  auto& state = self->state;
  if (fresh->empty()) return load_next(self);
  const auto table = fresh->back();
  fresh->pop_back();
  const auto next = [self, fresh] { adopt_next(self, fresh); };
  if (table.has_feed && !table.derived) return adopt(self, table.name, next);
  if (table.derived || !state.config.provision) {
    if (state.refused.insert(table.name).second)
      spdlog::error("table {} is not captured: {}", table.name,
                    table.derived ? "SurrealDB reports no changes of a table defined AS SELECT"
                                  : "it has no change feed; set db.provision: true or run ALTER "
                                    "TABLE ... CHANGEFEED 3d");
    return next();
  }
  query(self, enable_feed_query(table.name, state.config.retention),
        [self, table, next](const value&) { adopt(self, table.name, next); });
}

void look_at_tables(changefeed_ptr self) {
  query(self, "INFO FOR DB", [self](const value& info) {
    auto& state = self->state;
    const auto tables = read_tables(info, state.config.system_prefix);
    if (!tables.ok()) return interrupted(self, tables.failure());
    state.tables_due = false;
    auto fresh = std::make_shared<std::vector<source_table>>();
    for (const auto& table : *tables)
      if (!state.known.contains(table.name)) fresh->push_back(table);
    adopt_next(self, fresh);
  });
}

// -- loading tables for consumers ----------------------------------------------------------------

void load_page(changefeed_ptr self, table_load load);

void load_failed(changefeed_ptr self, table_load& load, const error& why) {
  load.promise.deliver(to_caf(why));
  load_next(self);
}

void page_loaded(changefeed_ptr self, table_load load, const value& page) {
  if (!page.is_array())
    return load_failed(self, load, fail(errc::corrupt, "a page that is no array"));
  const auto& rows = page.as_array();
  load.rows->rows.insert(load.rows->rows.end(), rows.begin(), rows.end());
  if (rows.size() == self->state.config.copy_rows) return load_page(self, std::move(load));
  self->state.loaded.push_back(std::move(load));
  load_next(self);
}

void load_page(changefeed_ptr self, table_load load) {
  const auto& rows = load.rows->rows;
  const auto after = !rows.empty() && rows.back()["id"].is_record()
                         ? std::optional{rows.back()["id"].as_record()}
                         : std::nullopt;
  db_query asked{page_query(load.rows->table, after, self->state.config.copy_rows),
                 {},
                 self->state.config.request_timeout};
  run_query(self, self->state.database, std::move(asked),
            [self, load, connection = self->state.connection](result<db_answer> answer) mutable {
              const auto page = first_result(std::move(answer));
              // The cycle it belongs to is over; another one may be under way.
              if (connection != self->state.connection) {
                load.promise.deliver(to_caf(fail(errc::unavailable, "SurrealDB is away")));
                return;
              }
              if (page.ok()) return page_loaded(self, std::move(load), *page);
              // The table is at fault, or the connection: the one who asked decides what follows.
              load_failed(self, load, page.failure());
            });
}

void load_next(changefeed_ptr self) {
  auto& asked = self->state.asked;
  if (asked.empty()) return read_feed_now(self);
  auto load = std::move(asked.back());
  asked.pop_back();
  load_page(self, std::move(load));
}

caf::result<table_rows_ptr> load(changefeed_ptr self, const std::string& table) {
  auto promise = self->make_response_promise<table_rows_ptr>();
  auto rows = std::make_shared<table_rows>();
  rows->table = table;
  self->state.asked.push_back({std::move(rows), promise});
  ring(self);
  return promise;
}

// -- the cycle ----------------------------------------------------------------------------------

void work(changefeed_ptr self) {
  auto& state = self->state;
  if (state.busy || !state.connected || !state.cursor) return;
  state.busy = true;
  state.rung = false;
  if (state.tables_due) return look_at_tables(self);
  load_next(self);
}

void ring(changefeed_ptr self) {
  self->state.rung = true;
  work(self);
}

void start(changefeed_ptr self, const feed_start& from) {
  auto& state = self->state;
  state.cursor.emplace(from.stamp, from.seen,
                       feed_cursor::widths{std::chrono::milliseconds{250}, state.config.overlap});
  for (const auto& [table, copied] : from.tables) state.known.insert(table);
  if (state.connected)
    for (const auto& table : state.known) watch(self, table);
  work(self);
}

void connected(changefeed_ptr self) {
  auto& state = self->state;
  state.connected = true;
  ++state.connection;
  if (!state.offered) state.busy = false;
  for (const auto& table : state.known) watch(self, table);
  work(self);
}

void disconnected(changefeed_ptr self) {
  auto& state = self->state;
  state.connected = false;
  ++state.connection;
  state.tables_due = true;
  for (auto* loads : {&state.asked, &state.loaded})
    for (auto& load : std::exchange(*loads, {}))
      load.promise.deliver(to_caf(fail(errc::unavailable, "SurrealDB is away")));
  // What is being offered stays: the sink is in this process. Everything else was cut with the
  // connection and starts again with the next one.
  if (!state.offered) state.busy = false;
}

}  // namespace

changefeed_actor::behavior_type changefeed_capture(changefeed_ptr self, database_actor database,
                                                   changefeed_config config) {
  self->state.database = std::move(database);
  self->state.config = std::move(config);
  self->send(self->state.database, subscribe_atom_v, database_listener{self});
  self->delayed_send(self, self->state.config.table_interval, sweep_atom_v);
  return {
      [self](start_atom, const feed_start& from, const change_sink& sink) {
        self->state.sink = sink;
        start(self, from);
      },
      [self](poll_atom, std::uint64_t epoch) {
        if (epoch == self->state.poll_epoch) work(self);
      },
      [self](sweep_atom) {
        self->state.tables_due = true;
        self->delayed_send(self, self->state.config.table_interval, sweep_atom_v);
      },
      [](caught_up_atom, const std::string&) {},
      [](complete_atom, const compared_table&) {},
      [](notify_atom, const std::string&, const std::string&) {},
      [self](retry_atom) { offer_again(self); },
      [self](load_atom, const std::string& table, sequence_number) { return load(self, table); },
      [self](connected_atom) { connected(self); },
      [self](disconnected_atom, const std::string&) { disconnected(self); },
      [self](notify_atom, const db_notification&) { ring(self); },
  };
}

}  // namespace spooky::actors
