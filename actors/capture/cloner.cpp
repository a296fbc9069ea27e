#include "actors/capture/cloner.hpp"

#include "actors/capture/row_reading.hpp"
#include "actors/clock.hpp"
#include "actors/database_query.hpp"
#include "machines/capture/change_feed.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

constexpr std::uint64_t rows_per_line = 100'000;

void copy_next(cloner_ptr self);
void copy_page(cloner_ptr self, const table_copy_ptr& copy);

double seconds_since(cloner_ptr self, caf::timestamp start) {
  return std::chrono::duration<double>(now(self) - start).count();
}

void give_up(cloner_ptr self, const error& why) {
  auto& state = self->state;
  if (!state.running) return;
  state.running = false;
  ++state.attempt;
  spdlog::warn("clone interrupted: {}; it is taken up again", why.message);
  self->send(state.parts.coordinator, describe_clone_atom_v, "clone interrupted: " + why.message);
  self->delayed_send(self, std::chrono::seconds{1}, clone_again_atom_v);
}

/// Asks the database and hands its answer on, unless the attempt is over by then.
template <class Intent, class Next>
void query(cloner_ptr self, Intent asked, Next next) {
  ask_database(
      self, self->state.parts.database, std::move(asked), self->state.config.request_timeout,
      [self, attempt = self->state.attempt, next](result<typename Intent::answer> said) mutable {
        if (attempt != self->state.attempt) return;
        if (!said.ok()) return give_up(self, said.failure());
        next(std::move(said).value());
      });
}

/// Asks the replica and goes on with its answer, unless the attempt is over by then.
template <class Answer, class Next, class... Ts>
void ask_replica(cloner_ptr self, Next next, Ts... question) {
  self->request(self->state.parts.replica, self->state.config.request_timeout,
                std::move(question)...)
      .then(
          [self, next, attempt = self->state.attempt](const Answer& answer) {
            if (attempt == self->state.attempt) next(answer);
          },
          [self, attempt = self->state.attempt](const caf::error& reason) {
            if (attempt == self->state.attempt) give_up(self, from_caf(reason));
          });
}

const std::string feed_mode{to_string(capture_way::feed)};

std::string mode_of(const cloner_config& config, const std::string& table) {
  return config.mode_of ? config.mode_of(table) : feed_mode;
}

// -- the end ------------------------------------------------------------------------------------

value clone_note(const clone_plan& plan) {
  object tables;
  for (const auto& [name, copied] : plan.copied())
    tables.set(name, value{object{{"id", value{copied.id}}, {"mode", value{copied.mode}}}});
  return value{object{{"stamp", value{static_cast<std::int64_t>(plan.began_at())}},
                      {"tables", value{std::move(tables)}}}};
}

void start_capture(cloner_ptr self) {
  auto& state = self->state;
  feed_start from;
  from.stamp = state.plan.began_at();
  from.read_through = time_of(from.stamp) + state.config.overlap;
  from.tables = state.plan.copied();
  self->send(state.parts.coordinator, cloned_atom_v);
  self->send(state.parts.capture, start_capture_atom_v, from, change_sink{state.parts.coordinator});
  // Not needed any more; a restart finds the clone's own note first.
  self->request(state.parts.replica, state.config.request_timeout, caf::delete_atom_v,
                std::string{"meta"}, std::string{clone_progress_note})
      .then([](const ack&) {},
            [](const caf::error& reason) {
              spdlog::warn("the clone's progress was not cleared: {}", from_caf(reason).message);
            });
}

void finish(cloner_ptr self) {
  auto& state = self->state;
  const auto progress = state.plan.progress();
  spdlog::info("cloned {} rows of {} tables in {:.1f} s", progress.rows - state.rows_before,
               progress.tables, seconds_since(self, state.started));
  ask_replica<ack>(
      self,
      [self](const ack&) {
        self->state.running = false;
        self->state.complete = true;
        start_capture(self);
      },
      caf::put_atom_v, std::string{"meta"}, std::string{"clone"}, clone_note(state.plan));
}

// -- copying ------------------------------------------------------------------------------------

std::string time_left(const clone_progress& progress) {
  const auto seconds = progress.seconds_left();
  return seconds ? fmt::format(", about {:.0f} s left", *seconds) : std::string{};
}

void report_progress(cloner_ptr self, const std::string& table) {
  auto& state = self->state;
  auto progress = state.plan.progress();
  progress.rows_per_second = static_cast<double>(progress.rows - state.rows_before) /
                             std::max(0.001, seconds_since(self, state.started));
  const auto text =
      fmt::format("cloning: {} of {} rows, {:.0f} rows/s{}, in table {}, {} of {} tables done",
                  progress.rows, progress.expected, progress.rows_per_second, time_left(progress),
                  table, progress.tables_done, progress.tables);
  if (progress.rows / rows_per_line != state.reported / rows_per_line) spdlog::info("{}", text);
  state.reported = progress.rows;
  self->send(state.parts.coordinator, describe_clone_atom_v, text);
  self->send(state.parts.coordinator, count_clone_atom_v, progress);
}

void store_page(cloner_ptr self, const table_copy_ptr& copy, copied_page page);

void page_stored(cloner_ptr self, const table_copy_ptr& copy, const std::optional<record_id>& last,
                 std::uint64_t rows, bool ended) {
  auto& state = self->state;
  state.plan.stored(copy->table, last, rows, ended);
  report_progress(self, copy->table);
  copy->storing = false;
  if (ended) {
    --state.copying;
    return copy_next(self);
  }
  if (!copy->waiting) return;
  auto waiting = *std::exchange(copy->waiting, std::nullopt);
  const bool ends = waiting.ends;
  store_page(self, copy, std::move(waiting));
  if (!ends) copy_page(self, copy);
}

void store_page(cloner_ptr self, const table_copy_ptr& copy, copied_page page) {
  copy->storing = true;
  const auto rows = page.rows->rows.size();
  auto note = self->state.plan.note_with(copy->table, page.last, rows, page.ends);
  ask_replica<ack>(
      self,
      [self, copy, last = page.last, rows, ends = page.ends](const ack&) {
        page_stored(self, copy, last, rows, ends);
      },
      load_page_atom_v, table_rows_ptr{std::move(page.rows)}, std::string{clone_progress_note},
      std::move(note));
}

/// At most one page is stored and one waits: the database is asked for no more before that.
void page_read(cloner_ptr self, const table_copy_ptr& copy, table_page read) {
  auto rows = std::make_shared<table_rows>();
  rows->table = table_name{copy->table};
  rows->rows = std::move(read.rows);
  if (!read.left_out.empty())
    self->send(self->state.parts.capture, rows_left_out_atom_v,
               left_out_rows{copy->table, std::move(read.left_out)});
  if (read.last) copy->read_to = read.last;
  copied_page page{std::move(rows), read.last, read.ends};
  if (copy->storing) {
    copy->waiting = std::move(page);
    return;
  }
  store_page(self, copy, std::move(page));
  if (!read.ends) copy_page(self, copy);
}

/// A table of which nothing can be read keeps the others from nothing: the watch goes on trying.
table_page unreadable(cloner_ptr self, const table_copy_ptr& copy, const error& why) {
  self->send(self->state.parts.capture, uncaptured_atom_v, copy->table, why.message);
  table_page nothing;
  nothing.ends = true;
  return nothing;
}

void copy_page(cloner_ptr self, const table_copy_ptr& copy) {
  const auto& config = self->state.config;
  read_rows(self, self->state.parts.database,
            intents::read_page{copy->table, copy->read_to, config.page_rows},
            config.request_timeout,
            [self, copy, attempt = self->state.attempt](result<table_page> said) {
              if (attempt != self->state.attempt) return;
              if (said.ok()) return page_read(self, copy, std::move(said).value());
              const auto& why = said.failure();
              if (why.code != errc::evaluation_error) return give_up(self, why);
              page_read(self, copy, unreadable(self, copy, why));
            });
}

/// The replica knows a table by its schema, also while it holds no record.
void copy_schema(cloner_ptr self, const table_copy_ptr& copy) {
  query(self, describe_tables{{copy->table}}, [self, copy](const auto& described) {
    const auto& info = described.front();
    if (!info.ok()) return give_up(self, info.failure());
    ask_replica<ack>(
        self, [self, copy](const ack&) { copy_page(self, copy); }, caf::put_atom_v,
        std::string{"schema"}, copy->table, *info);
  });
}

void copy_next(cloner_ptr self) {
  auto& state = self->state;
  while (state.copying < state.config.parallel && !state.waiting.empty()) {
    auto copy = std::make_shared<table_copy>();
    copy->table = std::move(state.waiting.front());
    copy->read_to = state.plan.tables().at(copy->table).last;
    state.waiting.pop_front();
    ++state.copying;
    copy_schema(self, copy);
  }
  if (state.copying == 0 && state.waiting.empty()) finish(self);
}

void copy_all(cloner_ptr self) {
  auto& state = self->state;
  state.rows_before = state.reported = state.plan.progress().rows;
  state.started = now(self);
  for (const auto& [name, table] : state.plan.tables())
    if (!table.done) state.waiting.push_back(name);
  copy_next(self);
}

// -- the beginning ------------------------------------------------------------------------------

/// Goes on with an earlier clone, or forgets it: rows it copied may have been deleted since.
void take_up(cloner_ptr self) {
  auto& state = self->state;
  if (state.noted && state.noted->resume(state.found, state.began)) {
    state.plan = *state.noted;
    const auto progress = state.plan.progress();
    spdlog::info("the clone goes on behind {} rows; {} of {} tables are done", progress.rows,
                 progress.tables_done, progress.tables);
    return copy_all(self);
  }
  if (state.noted) spdlog::info("an earlier clone is too old to go on with: it begins anew");
  state.plan = clone_plan{stamp_at(state.began - state.config.overlap), state.found};
  ask_replica<ack>(
      self, [self](const ack&) { copy_all(self); }, clear_replica_atom_v);
}

/// How many rows there are is only for people: not knowing it stops nothing.
void expect_rows(cloner_ptr self) {
  auto& state = self->state;
  if (state.found.empty()) return take_up(self);
  count_rows asked;
  for (const auto& table : state.found) asked.tables.push_back(table.source.name);
  ask_database(self, state.parts.database, std::move(asked), state.config.request_timeout,
               [self, attempt = state.attempt](const result<count_rows::answer>& counts) {
                 auto& tables = self->state.found;
                 if (attempt != self->state.attempt) return;
                 for (std::size_t i = 0; counts.ok() && i < tables.size(); ++i)
                   tables[i].expected = (*counts)[i].value_or(tables[i].expected);
                 take_up(self);
               });
}

/// Switches the change feed on for tables without one, one after another. Where that is refused,
/// the watch captures the table in another way.
void enable_feeds(cloner_ptr self, std::size_t first) {
  auto& state = self->state;
  for (auto i = first; i < state.found.size(); ++i) {
    const auto& table = state.found[i];
    if (table.mode != feed_mode || table.source.retention.count() != 0) continue;
    return ask_database(self, state.parts.database,
                        enable_feed{table.source.name, state.config.retention},
                        state.config.request_timeout,
                        [self, i, attempt = state.attempt](const result<done>& enabled) {
                          auto& now = self->state;
                          if (attempt != now.attempt) return;
                          if (enabled.ok())
                            now.found[i].source.retention = now.config.retention;
                          else if (enabled.failure().code == errc::evaluation_error)
                            now.found[i].mode = to_string(capture_way::live);
                          else
                            return give_up(self, enabled.failure());
                          enable_feeds(self, i + 1);
                        });
  }
  expect_rows(self);
}

/// How the watch will capture it, as far as that is known already.
std::string planned_mode(cloner_ptr self, const source_table& source) {
  auto asked = mode_of(self->state.config, source.name);
  if (source.derived) return std::string{to_string(capture_way::comparing)};
  const bool feedless = asked == feed_mode && source.retention.count() == 0;
  if (feedless && !self->state.config.provision) return std::string{to_string(capture_way::live)};
  return asked;
}

void plan(cloner_ptr self, std::vector<source_table> tables, std::chrono::milliseconds feed) {
  auto& state = self->state;
  state.found.clear();
  for (auto& source : tables) {
    if (source.retention.count() == 0) source.retention = feed;
    clone_plan::table table;
    table.mode = planned_mode(self, source);
    table.source = std::move(source);
    state.found.push_back(std::move(table));
  }
  enable_feeds(self, 0);
}

/// Notes the moment from which the feed must be read, then copies.
void note_moment(cloner_ptr self) {
  query(self, read_clock{}, [self](std::chrono::milliseconds now) {
    self->state.began = now;
    query(self, list_tables{self->state.config.system_prefix},
          [self](const list_tables::answer& tables) {
            query(self, read_database_feed{},
                  [self, tables](std::chrono::milliseconds feed) { plan(self, tables, feed); });
          });
  });
}

void begin(cloner_ptr self) {
  auto& state = self->state;
  if (state.running || state.complete) return;
  state.running = true;
  ++state.attempt;
  state.waiting.clear();
  state.copying = 0;
  ask_replica<value>(
      self,
      [self](const value& notes) {
        self->state.noted = clone_plan::from_note(notes[clone_progress_note]);
        note_moment(self);
      },
      caf::get_atom_v, std::string{"meta"});
}

}  // namespace

cloner_actor::behavior_type cloner(cloner_ptr self, cloner_parts parts, cloner_config config) {
  self->state.parts = std::move(parts);
  self->state.config = std::move(config);
  self->send(self->state.parts.database, follow_database_atom_v, database_listener{self});
  return {
      [self](clone_again_atom) { begin(self); },
      [self](connected_atom) { begin(self); },
      [self](disconnected_atom, const std::string& why) {
        give_up(self, fail(errc::unavailable, "SurrealDB is away: " + why));
      },
      [](live_fired_atom, const db_notification&) {},
  };
}

}  // namespace spooky::actors
