#pragma once

#include "actors/capture/row_reading.hpp"
#include "actors/database_query.hpp"
#include "actors/interfaces.hpp"
#include "machines/backoff.hpp"
#include "machines/capture/compare_queue.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

/// What every source of changes does alike: ask the database, offer what it found until the sink
/// takes it, compare tables with the replica and load tables for consumers. A source does one of
/// these at a time, which is what makes it right: whatever it reads next is newer than everything
/// it has delivered.
namespace spooky::actors {

/// Who a source works with.
struct source_parts {
  database_actor database;
  reconciler_actor reconciler;   ///< empty without a replica: what was missed cannot be named
  replica_keeper_actor replica;  ///< keeps the source's notes; empty without a replica
};

/// A whole table asked for by a consumer. It is read, then what changed meanwhile is delivered, and
/// only then it is answered: so every change that the rows may lack has been delivered before.
struct table_load {
  std::shared_ptr<table_rows> rows;
  caf::typed_response_promise<table_rows_ptr> promise;
  std::optional<record_id> read_to = {};  ///< the last row read
};

/// A table that another source takes over as soon as nothing of it is on its way from here.
struct table_release {
  std::string table;
  caf::typed_response_promise<ack> promise;
};

/// The part of a source's state that these functions use.
struct source_core {
  source_parts parts;
  std::string name;  ///< of the mode, for messages
  std::chrono::milliseconds request_timeout{30'000};
  std::size_t copy_rows = 1'000;  ///< per page of a table that is loaded

  change_sink sink;     ///< set by start
  capture_actor watch;  ///< set by start
  bool connected = false;
  std::uint64_t connection = 0;  ///< counts connections; answers of an older one are dropped
  bool busy = false;             ///< a read is under way
  bool caught_up = false;        ///< the watch has been told
  bool troubled = false;         ///< the watch has been told of a trouble
  std::uint64_t timer = 0;       ///< the newest read_changes_atom; older ones are void
  /// Ends what is under way and tries again later.
  std::function<void(const error&)> interrupted;

  std::shared_ptr<const change_batches> offered;  ///< what the sink has not taken yet
  std::function<void()> when_taken;
  unsigned refusals = 0;
  sequence_number taken = 0;  ///< the highest seq that this source's changes were given

  compare_queue comparing;
  std::vector<table_load> asked;   ///< loads for the next read
  std::vector<table_load> loaded;  ///< loads whose rows are read, answered when the read is done
  std::vector<table_release> releases;  ///< asked for while something was under way
  /// Who waits until all that was committed before is with the sink: since the last read began, and
  /// for the end of the read under way.
  std::vector<caf::typed_response_promise<sequence_number>> flushes;
  std::vector<caf::typed_response_promise<sequence_number>> flushing;

  bool started() const { return static_cast<bool>(sink); }
};

// -- from the start on ----------------------------------------------------------------------------

/// What a source is made of, and that it listens to the database. `interrupted` ends what is under
/// way and sees to it that it is tried again.
template <class Self, class Config>
void open_source(Self self, source_parts parts, std::string name, const Config& config,
                 std::function<void(const error&)> interrupted) {
  auto& core = self->state.core;
  core.parts = std::move(parts);
  core.name = std::move(name);
  core.request_timeout = config.request_timeout;
  core.copy_rows = config.copy_rows;
  core.interrupted = std::move(interrupted);
  self->send(core.parts.database, follow_database_atom_v, database_listener{self});
}

/// From now on it delivers.
template <class Self>
void start_source(Self self, const change_sink& sink, const capture_actor& watch) {
  self->state.core.sink = sink;
  self->state.core.watch = watch;
}

/// Who waits for the table is answered: nothing of it is on its way from here any more.
inline void free_table(source_core& core, const std::string& table) {
  for (auto& release : core.releases)
    if (release.table == table) release.promise.deliver(ack{});
  std::erase_if(core.releases, [&](const auto& release) { return release.table == table; });
}

/// Answered by free_table(). The caller has seen to it that nothing more is read of the table.
template <class Self>
caf::result<ack> await_release(Self self, const std::string& table) {
  auto promise = self->template make_response_promise<ack>();
  self->state.core.releases.push_back({table, promise});
  return promise;
}

// -- whoever waits for the present ----------------------------------------------------------------

/// Answered by flushed(), when all that was committed before now is with the sink: with the highest
/// seq it was given.
template <class Self>
caf::result<sequence_number> await_flush(Self self) {
  auto promise = self->template make_response_promise<sequence_number>();
  self->state.core.flushes.push_back(promise);
  return promise;
}

inline void flushed(source_core& core,
                    std::vector<caf::typed_response_promise<sequence_number>> waiting) {
  for (auto& promise : waiting) promise.deliver(core.taken);
}

/// Nobody knows what has been delivered.
inline void refuse_flushes(source_core& core, const error& why) {
  for (auto* waiting : {&core.flushes, &core.flushing})
    for (auto& promise : std::exchange(*waiting, {})) promise.deliver(to_caf(why));
}

// -- what is under way ----------------------------------------------------------------------------

/// Nothing is under way any more.
template <class Self>
void become_idle(Self self) {
  auto& core = self->state.core;
  core.busy = false;
  while (!core.releases.empty()) {
    const auto table = core.releases.front().table;
    core.comparing.remove(table);
    free_table(core, table);
  }
}

/// Answers when nothing that was read of the table here can reach the sink any more.
template <class Self>
caf::result<ack> release_table(Self self, const std::string& table) {
  auto answer = await_release(self, table);
  if (!self->state.core.busy) become_idle(self);
  return answer;
}

/// Looks again after this time, unless the timer is set anew before.
template <class Self>
void look_again_in(Self self, std::chrono::milliseconds pause) {
  self->delayed_send(self, pause, read_changes_atom_v, ++self->state.core.timer);
}

/// What was under way has failed. The watch is told once, in these words.
template <class Self>
void give_up(Self self, const std::string& what, const error& why) {
  auto& core = self->state.core;
  spdlog::warn("{} capture: {}; trying again", core.name, why.message);
  become_idle(self);
  for (auto& load : std::exchange(core.loaded, {})) load.promise.deliver(to_caf(why));
  refuse_flushes(core, why);
  if (core.connected && !std::exchange(core.troubled, true))
    self->send(core.watch, source_trouble_atom_v, core.name, what + ": " + why.message);
}

/// The trouble that the watch was told of is over.
template <class Self>
void recovered(Self self) {
  auto& core = self->state.core;
  if (std::exchange(core.troubled, false))
    self->send(core.watch, source_trouble_atom_v, core.name, std::string{});
}

/// Once nothing is left to compare, the source has caught up.
template <class Self>
void tell_if_caught_up(Self self) {
  auto& core = self->state.core;
  if (core.comparing.empty() && !std::exchange(core.caught_up, true))
    self->send(core.watch, source_caught_up_atom_v, core.name);
}

/// Asks the database and hands its answer on. The answer of an earlier connection is dropped: what
/// waited for it has been given up.
template <class Self, class Intent, class Next>
void ask_source(Self self, Intent asked, Next next) {
  auto& core = self->state.core;
  // Asked now, its answer could come over the next connection, and nobody would go on from there.
  if (!core.connected) return core.interrupted(fail(errc::unavailable, "SurrealDB is away"));
  ask_database(
      self, core.parts.database, std::move(asked), core.request_timeout,
      [self, connection = core.connection, next](result<typename Intent::answer> said) mutable {
        auto& state = self->state;
        if (connection != state.core.connection) return;
        if (!said.ok()) return state.core.interrupted(said.failure());
        next(std::move(said).value());
      });
}

/// These rows exist and cannot be read: the watch says so, and looks after them.
template <class Self>
void rows_left_out(Self self, const std::string& table, const std::vector<record_id>& ids) {
  if (!ids.empty())
    self->send(self->state.core.watch, rows_left_out_atom_v, left_out_rows{table, ids});
}

/// Nothing of the table can be captured, for this reason, until it has been compared.
template <class Self>
void uncaptured(Self self, const std::string& table, const std::string& why) {
  self->send(self->state.core.watch, uncaptured_atom_v, table, why);
}

/// Reads records, and hands what they are now to `next`. One that cannot be read counts as deleted.
template <class Self, class Next>
void read_again(Self self, const read_records& asked, std::size_t group, Next next) {
  auto& core = self->state.core;
  if (!core.connected) return core.interrupted(fail(errc::unavailable, "SurrealDB is away"));
  read_all_records(self, core.parts.database, asked, group, core.request_timeout,
                   [self, connection = core.connection, next](result<records_found> said) mutable {
                     auto& state = self->state;
                     if (connection != state.core.connection) return;
                     if (!said.ok()) return state.core.interrupted(said.failure());
                     for (const auto& id : said->left_out) rows_left_out(self, id.table, {id});
                     next(std::move(said->changes));
                   });
}

// -- offering to the sink -----------------------------------------------------------------------

/// Without an end on purpose: nothing may be passed over that nobody holds (I3), and the database
/// itself is the queue meanwhile.
template <class Self>
void offer_again(Self self) {
  auto& core = self->state.core;
  if (!core.offered) return;
  self->request(core.sink, core.request_timeout, ingest_changes_atom_v, *core.offered)
      .then(
          [self](const committed& place) {
            auto& took = self->state.core;
            took.refusals = 0;
            took.taken = std::max(took.taken, place.last);
            took.offered.reset();
            std::exchange(took.when_taken, nullptr)();
          },
          [self](const caf::error& reason) {
            auto& refused = self->state.core;
            if (refused.refusals++ == 0)
              spdlog::warn("captured changes are not taken yet: {}; offering them again",
                           from_caf(reason).message);
            const auto pause = backoff_delay(refused.refusals, std::chrono::milliseconds{20},
                                             std::chrono::milliseconds{2'000}, refused.refusals);
            self->delayed_send(self, pause, offer_again_atom_v);
          });
}

/// Offers batches until the sink takes them, then goes on with `next`.
template <class Self>
void offer(Self self, change_batches batches, std::function<void()> next) {
  if (batches.empty()) return next();
  auto& core = self->state.core;
  core.offered = std::make_shared<const change_batches>(std::move(batches));
  core.when_taken = std::move(next);
  offer_again(self);
}

/// The changes of one read of the database as a batch.
inline change_batches one_batch(std::vector<change> changes, std::string source) {
  change_batches batches;
  if (changes.empty()) return batches;
  change_batch batch;
  batch.changes = std::move(changes);
  batch.source = std::move(source);
  batches.push_back(std::move(batch));
  return batches;
}

// -- comparing with the replica -----------------------------------------------------------------

/// The end of a table of which nothing can be read.
inline page_difference_ptr unreadable_page(const error& why) {
  page_difference page;
  page.unreadable = why.message;
  return std::make_shared<const page_difference>(std::move(page));
}

/// Reads the difference within the next stretch of the table at the front of the queue.
template <class Self, class Next>
void read_difference(Self self, Next next) {
  auto& core = self->state.core;
  if (!core.connected) return core.interrupted(fail(errc::unavailable, "SurrealDB is away"));
  self->request(core.parts.reconciler, 2 * core.request_timeout, compare_page_atom_v,
                core.comparing.next(core.taken))
      .then(
          [self, connection = core.connection, next](const page_difference_ptr& page) {
            if (connection == self->state.core.connection) next(page);
          },
          [self, connection = core.connection, next](const caf::error& reason) {
            auto& failed = self->state.core;
            if (connection != failed.connection) return;
            const auto why = from_caf(reason);
            // The table is at fault and not the way to it: the others must not wait for it.
            if (why.code == errc::evaluation_error) return next(unreadable_page(why));
            spdlog::warn("comparing table {}: {}", failed.comparing.front(), why.message);
            failed.comparing.postpone();
            failed.interrupted(why);
          });
}

/// The stretch's changes have been delivered.
template <class Self>
void stretch_compared(Self self, const page_difference& page) {
  auto& core = self->state.core;
  rows_left_out(self, core.comparing.front(), page.left_out);
  const auto done = core.comparing.took(page);
  if (!done) return;
  if (!page.unreadable.empty()) return uncaptured(self, done->name, page.unreadable);
  if (done->changes != 0)
    spdlog::info("table {} compared with the database: {} of {} rows differed", done->name,
                 done->changes, done->rows);
  self->send(core.watch, table_compared_atom_v, *done);
}

/// Delivers the difference within the next stretch, then goes on with `next`.
template <class Self>
void deliver_difference(Self self, std::function<void()> next) {
  read_difference(self, [self, next](const page_difference_ptr& page) {
    const auto source = "compare/" + self->state.core.comparing.front();
    offer(self, one_batch(page->changes, source), [self, page, next] {
      stretch_compared(self, *page);
      next();
    });
  });
}

/// These tables may differ from what the sink holds. Without a replica the sink loads everything
/// again.
template <class Self>
void compare_tables(Self self, const std::vector<std::string>& tables, const std::string& why) {
  auto& core = self->state.core;
  if (tables.empty()) return;
  if (core.parts.reconciler) {
    for (const auto& table : tables) core.comparing.add(table);
    return;
  }
  if (core.sink) self->send(core.sink, reload_all_atom_v, why);
  for (const auto& table : tables) {
    compared_table done;
    done.name = table;
    if (core.watch) self->send(core.watch, table_compared_atom_v, done);
  }
}

/// For sources that know nothing of what happened to a table before it was theirs (`fresh`).
template <class Self>
void compare_adopted(Self self, const captured_table& table, bool fresh) {
  const bool compare =
      table.compare || !table.exists || (fresh && self->state.core.parts.reconciler);
  if (compare) compare_tables(self, {table.name}, "table " + table.name + " was defined anew");
}

// -- loading tables for consumers ----------------------------------------------------------------

/// Reads all tables that were asked for, then goes on with `next`. A table that cannot be read
/// fails its own load only: the one who asked decides what follows.
template <class Self>
void load_tables(Self self, std::function<void()> next);

template <class Self>
void load_table_page(Self self, table_load load, std::function<void()> next) {
  auto& core = self->state.core;
  read_rows(
      self, core.parts.database, read_page{load.rows->table, load.read_to, core.copy_rows},
      core.request_timeout,
      [self, load, next, connection = core.connection](const result<table_page>& page) mutable {
        auto& at = self->state.core;
        // The cycle it belongs to is over; another one may be under way.
        if (connection != at.connection) {
          load.promise.deliver(to_caf(fail(errc::unavailable, "SurrealDB is away")));
          return;
        }
        if (!page.ok()) {
          load.promise.deliver(to_caf(page.failure()));
          return load_tables(self, std::move(next));
        }
        load.rows->rows.insert(load.rows->rows.end(), page->rows.begin(), page->rows.end());
        rows_left_out(self, load.rows->table, page->left_out);
        load.read_to = page->last;
        if (!page->ends) return load_table_page(self, std::move(load), std::move(next));
        at.loaded.push_back(std::move(load));
        load_tables(self, std::move(next));
      });
}

template <class Self>
void load_tables(Self self, std::function<void()> next) {
  auto& asked = self->state.core.asked;
  if (asked.empty()) return next();
  auto load = std::move(asked.back());
  asked.pop_back();
  load_table_page(self, std::move(load), std::move(next));
}

/// Notes that a table is wanted; the next cycle loads it. All that the sink had numbered up to
/// `seq` has been read before, so the rows contain it.
template <class Self>
caf::result<table_rows_ptr> ask_for_table(Self self, const std::string& table,
                                          sequence_number seq) {
  auto promise = self->template make_response_promise<table_rows_ptr>();
  auto rows = std::make_shared<table_rows>();
  rows->table = table_name{table};
  rows->seq = seq;
  self->state.core.asked.push_back({std::move(rows), promise});
  return promise;
}

/// Everything the loaded tables may lack has been delivered.
template <class Self>
void hand_out_tables(Self self) {
  for (auto& load : std::exchange(self->state.core.loaded, {}))
    load.promise.deliver(table_rows_ptr{std::move(load.rows)});
}

// -- the connection -----------------------------------------------------------------------------

template <class Self>
void source_connected(Self self) {
  auto& core = self->state.core;
  core.connected = true;
  ++core.connection;
  if (!core.offered) become_idle(self);
}

template <class Self>
void source_lost(Self self) {
  auto& core = self->state.core;
  core.connected = false;
  ++core.connection;
  for (auto* loads : {&core.asked, &core.loaded})
    for (auto& load : std::exchange(*loads, {}))
      load.promise.deliver(to_caf(fail(errc::unavailable, "SurrealDB is away")));
  refuse_flushes(core, fail(errc::unavailable, "SurrealDB is away"));
  // What is being offered stays: the sink is in this process. Everything else was cut with the
  // connection and starts again with the next one.
  if (!core.offered) become_idle(self);
}

}  // namespace spooky::actors
