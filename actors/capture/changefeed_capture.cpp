#include "actors/capture/changefeed_capture.hpp"

#include "actors/clock.hpp"
#include "actors/say.hpp"

#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

void step(changefeed_ptr self, const feed_event::any& event);

// -- effects ------------------------------------------------------------------------------------

struct runner {
  changefeed_ptr self;

  source_core& core() const { return self->state.core; }
  const changefeed_config& config() const { return self->state.config; }

  /// Asks the database; its answer, or that there is none, is an event of this step.
  template <class Intent, class Event>
  void ask(std::uint64_t number, Intent asked, Event event) const {
    ask_database(self, core().parts.database, std::move(asked), config().request_timeout,
                 [s = self, number, event](result<typename Intent::answer> said) mutable {
                   if (said.ok())
                     step(s, event(number, std::move(said).value()));
                   else
                     step(s, feed_event::failed{number, said.failure()});
                 });
  }

  /// Keeps a note beside the replica.
  template <class Then, class Failed>
  void note(std::string_view key, value content, Then then, Failed otherwise) const {
    self->request(core().parts.replica, config().request_timeout, caf::put_atom_v,
                  std::string{"meta"}, std::string{key}, std::move(content))
        .then([then](const ack&) { then(); },
              [otherwise](const caf::error& reason) { otherwise(from_caf(reason)); });
  }

  void operator()(const feed_effect::ask_clock& effect) const {
    ask(effect.step, read_clock{}, [](std::uint64_t number, std::chrono::milliseconds time) {
      return feed_event::clock{number, time};
    });
  }
  void operator()(const feed_effect::note_gap& effect) const {
    if (!core().parts.replica) return step(self, feed_event::gap_noted{effect.step});
    array names;
    for (const auto& table : effect.tables) names.emplace_back(table);
    note(
        feed_gap_note, value{std::move(names)},
        [s = self, number = effect.step] { step(s, feed_event::gap_noted{number}); },
        [s = self, number = effect.step](const error& why) {
          step(s, feed_event::failed{number, why});
        });
  }
  void operator()(const feed_effect::forget_gap&) const {
    if (!core().parts.replica) return;
    self->request(core().parts.replica, config().request_timeout, caf::delete_atom_v,
                  std::string{"meta"}, std::string{feed_gap_note})
        .then([](const ack&) {},
              [](const caf::error& reason) {
                spdlog::warn("the end of a gap was not noted: {}", from_caf(reason).message);
              });
  }
  void operator()(const feed_effect::note_progress& effect) const {
    if (!core().parts.replica) return;
    note(
        feed_read_note, value{std::int64_t{effect.until.count()}}, [] {},
        [](const error& why) {
          spdlog::warn("the feed's position was not noted: {}", why.message);
        });
  }
  void operator()(const feed_effect::load_tables& effect) const {
    core().flushing = std::exchange(core().flushes, {});
    load_tables(self, [s = self, number = effect.step] { step(s, feed_event::loaded{number}); });
  }
  void operator()(const feed_effect::hand_out_tables&) const {
    hand_out_tables(self);
    flushed(core(), std::exchange(core().flushing, {}));
  }
  void operator()(const feed_effect::drop_tables& effect) const {
    for (auto& load : std::exchange(core().loaded, {})) load.promise.deliver(to_caf(effect.why));
    refuse_flushes(core(), effect.why);
  }
  void operator()(const feed_effect::read_page& effect) const {
    ask(effect.step, read_changes{effect.since, config().page_limit, config().system_prefix},
        [](std::uint64_t number, std::vector<feed_transaction> read) {
          return feed_event::page{number, std::move(read)};
        });
  }
  void operator()(const feed_effect::read_records& effect) const {
    const read_records asked{effect.ids, config().system_prefix + "rv", {}};
    read_all_records(self, core().parts.database, asked, config().read_records,
                     config().request_timeout,
                     [s = self, number = effect.step](result<records_found> read) {
                       if (!read.ok()) return step(s, feed_event::failed{number, read.failure()});
                       for (const auto& id : read->left_out) rows_left_out(s, id.table, {id});
                       step(s, feed_event::records{number, std::move(read).value().changes});
                     });
  }
  void operator()(const feed_effect::offer& effect) const {
    offer(self, effect.batches, [s = self] { step(s, feed_event::taken{s->state.core.taken}); });
  }
  void operator()(const feed_effect::compare& effect) const {
    self->request(core().parts.reconciler, 2 * config().request_timeout, compare_page_atom_v,
                  effect.stretch)
        .then(
            [s = self, number = effect.step](const page_difference_ptr& page) {
              step(s, feed_event::difference{number, page});
            },
            [s = self, number = effect.step](const caf::error& reason) {
              const auto why = from_caf(reason);
              // The table is at fault and not the way to it: the others must not wait for it.
              if (why.code == errc::evaluation_error)
                step(s, feed_event::difference{number, unreadable_page(why)});
              else
                step(s, feed_event::failed{number, why});
            });
  }
  /// A doorbell that cannot be hung only costs latency: the feed is polled anyway.
  void operator()(const feed_effect::hang_doorbell& effect) const {
    self->request(core().parts.database, config().request_timeout, start_live_atom_v,
                  watch_table{effect.table}, database_listener{self})
        .then([](const value&) {},
              [table = effect.table](const caf::error& reason) {
                spdlog::warn("no LIVE query on table {}: {}; its changes are seen by polling",
                             table, from_caf(reason).message);
              });
  }
  void operator()(const feed_effect::free_table& effect) const { free_table(core(), effect.table); }
  void operator()(const feed_effect::report_compared& effect) const {
    if (core().watch) self->send(core().watch, table_compared_atom_v, effect.table);
  }
  void operator()(const feed_effect::report_uncaptured& effect) const {
    uncaptured(self, effect.table, effect.why);
  }
  void operator()(const feed_effect::report_left_out& effect) const {
    rows_left_out(self, effect.rows.table, effect.rows.ids);
  }
  void operator()(const feed_effect::report_trouble& effect) const {
    self->send(core().watch, source_trouble_atom_v, core().name, effect.what);
  }
  void operator()(const feed_effect::report_caught_up&) const {
    self->send(core().watch, source_caught_up_atom_v, core().name);
  }
  void operator()(const feed_effect::look_at_tables&) const {
    self->send(core().watch, look_now_atom_v);
  }
  void operator()(const feed_effect::reload_all& effect) const {
    if (core().sink) self->send(core().sink, reload_all_atom_v, effect.why);
  }
  void operator()(const feed_effect::pause& effect) const {
    self->delayed_send(self, effect.length, read_changes_atom_v, effect.number);
  }
  void operator()(const say& effect) const { log_line(effect); }
};

/// Tells the cycle what happened, and does what it wants.
void step(changefeed_ptr self, const feed_event::any& event) {
  for (const auto& effect : self->state.cycle->on(event, now(self)))
    std::visit(runner{self}, effect);
}

void lost(changefeed_ptr self) {
  auto& core = self->state.core;
  ++core.connection;
  for (auto& load : std::exchange(core.asked, {}))
    load.promise.deliver(to_caf(fail(errc::unavailable, "SurrealDB is away")));
  step(self, feed_event::lost{});
}

feed_cycle_config cycle_of(const changefeed_config& config, bool with_replica) {
  feed_cycle_config cycle;
  cycle.overlap = config.overlap;
  cycle.poll_interval = config.poll_interval;
  cycle.deep_interval = config.deep_interval;
  cycle.note_interval = config.note_interval;
  cycle.page_limit = config.page_limit;
  cycle.compares = with_replica;
  return cycle;
}

}  // namespace

capture_source_actor::behavior_type changefeed_capture(changefeed_ptr self, source_parts parts,
                                                       changefeed_config config) {
  self->state.cycle.emplace(cycle_of(config, static_cast<bool>(parts.reconciler)));
  open_source(self, std::move(parts), "changefeed", config, [](const error&) {});
  self->state.config = std::move(config);
  return {
      [self](start_source_atom, const feed_start& from, const change_sink& sink,
             const capture_actor& watch) {
        start_source(self, sink, watch);
        step(self, feed_event::started{from});
      },
      [self](adopt_atom, const captured_table& table) { step(self, feed_event::adopted{table}); },
      [self](release_table_atom, const std::string& table) {
        auto answer = await_release(self, table);
        step(self, feed_event::released{table});
        return answer;
      },
      [self](read_changes_atom, std::uint64_t pause) { step(self, feed_event::due{pause}); },
      [](look_after_atom) {},
      [self](offer_again_atom) { offer_again(self); },
      [self](load_table_atom, const table_name& table, sequence_number seq) {
        auto answer = ask_for_table(self, table, seq);
        step(self, feed_event::wanted{table});
        return answer;
      },
      [self](flush_atom, const std::string&) {
        auto answer = await_flush(self);
        step(self, feed_event::flush_asked{});
        return answer;
      },
      [self](doubt_rows_atom, const std::string&, const std::vector<record_id>& ids) {
        step(self, feed_event::doubted{ids});
      },
      [self](connected_atom) {
        ++self->state.core.connection;
        step(self, feed_event::connected{});
      },
      [self](disconnected_atom, const std::string&) { lost(self); },
      [self](live_fired_atom, const db_notification&) { step(self, feed_event::rang{}); },
  };
}

}  // namespace spooky::actors
