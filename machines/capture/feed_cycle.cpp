#include "machines/capture/feed_cycle.hpp"

#include <algorithm>
#include <concepts>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

namespace spooky::machines {

namespace {

using namespace feed_phase;
using std::chrono::milliseconds;

/// How far back a shallow read goes.
constexpr milliseconds shallow_overlap{250};

/// Answers to a step, which are void once another step has been begun.
template <class E>
concept answer_to_step = requires(const E& e) {
  e.step;
};

/// States of a cycle that the loss of the database ends.
template <class S>
concept cut_by_loss = !std::same_as<S, offering>;

milliseconds local_time(timestamp now) {
  return std::chrono::duration_cast<milliseconds>(now.time_since_epoch());
}

change_batches one_batch(const page_difference& page, const std::string& source) {
  change_batch batch;
  batch.changes = page.changes;
  batch.source = source;
  return {std::move(batch)};
}

}  // namespace

/// One event on its way through a cycle. A function that moves to another state comes last in its
/// caller: the state it was called with is gone then.
struct feed_cycle::step {
  feed_cycle& c;
  timestamp now;
  feed_effects effects;

  void emit(feed_effect::any effect) { effects.push_back(std::move(effect)); }
  void note(say::severity how, std::string text) { emit(say{how, std::move(text)}); }
  std::uint64_t next_step() { return ++c.steps_; }
  milliseconds database_time() const {
    return local_time(now) + c.clock_offset_.value_or(milliseconds{0});
  }

  // -- what may be missing ------------------------------------------------------------------------

  /// Without a replica the sink loads everything again.
  void compare_table(const std::string& table, const std::string& why) {
    if (c.config_.compares) return c.comparing_.add(table);
    emit(feed_effect::reload_all{why});
    compared_table done;
    done.name = table;
    emit(feed_effect::report_compared{std::move(done)});
  }

  void doubt(const std::set<std::string>& tables, const std::string& why) {
    for (const auto& table : tables) {
      const auto text = "table " + table + ": " + why;
      note(say::severity::warning, text + ": comparing with the database");
      compare_table(table, text);
    }
  }

  /// A feed is trusted a little less far back than it is kept for: what is read is read with an
  /// overlap.
  milliseconds trusted(milliseconds retention) const {
    return retention - std::min(c.config_.overlap, retention / 4);
  }

  /// Tables whose feed may no longer hold everything since it was last read.
  std::vector<std::string> expired() const {
    const auto age = database_time() - c.read_through_;
    std::vector<std::string> found;
    for (const auto& [table, fed] : c.tables_)
      if (fed.retention.count() != 0 && age >= trusted(fed.retention)) found.push_back(table);
    return found;
  }

  // -- the cycle ----------------------------------------------------------------------------------

  void work() {
    if (std::holds_alternative<resting>(c.phase_)) begin_cycle();
  }

  void ring() {
    c.rung_ = true;
    work();
  }

  void begin_cycle() {
    c.rung_ = false;
    if (c.clock_offset_) return look_for_gaps();
    c.phase_ = asking_clock{};
    emit(feed_effect::ask_clock{next_step()});
  }

  void look_for_gaps() {
    const auto tables = expired();
    if (tables.empty()) return load_wanted();
    const auto age = database_time() - c.read_through_;
    const auto why = fmt::format(
        "the change feed was last read {} s ago, longer than it is kept for {} table(s), {} first",
        age.count() / 1'000, tables.size(), tables.front());
    note(say::severity::warning, why + ": comparing with the database");
    for (const auto& table : tables) compare_table(table, why);
    if (!c.config_.compares) {
      // The sink loads everything again, so this gap is dealt with.
      c.read_through_ = database_time();
      return load_wanted();
    }
    // A restart would take the feed for complete: noted before anything behind the gap is
    // delivered.
    c.phase_ = noting_gap{};
    emit(feed_effect::note_gap{next_step(), tables});
  }

  void load_wanted() {
    c.compares_ = !c.comparing_.empty();
    if (!std::exchange(c.wanted_, false)) return read_feed();
    c.phase_ = loading{};
    emit(feed_effect::load_tables{next_step()});
  }

  void read_feed() {
    const bool begins = c.compares_ && c.comparing_.at_beginning();
    const bool deep = !c.caught_up_ || c.loaded_ || begins || !c.doubted_.empty() ||
                      now - c.last_deep_ >= c.config_.deep_interval;
    if (deep) c.last_deep_ = now;
    c.read_began_ = database_time();
    read_from(c.cursor_->since(deep));
  }

  void read_from(versionstamp since) {
    c.phase_ = reading{};
    emit(feed_effect::read_page{next_step(), since});
  }

  void offer_stretch(const feed_stretch& stretch, versionstamp next) {
    auto batches = stretch.batches();
    const auto then = next != 0 ? offering::goal::next_page : offering::goal::end_of_feed;
    if (batches.empty()) return after_offer(then, next, nullptr);
    c.phase_ = offering{then, next, nullptr, true};
    emit(feed_effect::offer{std::move(batches)});
  }

  void after_offer(offering::goal then, versionstamp next, const page_difference_ptr& stretch) {
    switch (then) {
      case offering::goal::next_page:
        return read_from(next);
      case offering::goal::end_of_feed:
        return feed_read();
      case offering::goal::end_of_stretch:
        stretch_compared(*stretch);
        return rest();
    }
  }

  /// Everything in the feed has been delivered: one stretch of a table may be compared now.
  void feed_read() {
    c.read_through_ = c.read_began_;
    note_progress();
    if (c.comparing_.empty() && std::exchange(c.gap_noted_, false)) emit(feed_effect::forget_gap{});
    if (std::exchange(c.troubled_, false)) emit(feed_effect::report_trouble{});
    if (std::exchange(c.loaded_, false)) emit(feed_effect::hand_out_tables{});
    if (!c.doubted_.empty()) {
      c.phase_ = rereading{};
      return emit(feed_effect::read_records{next_step(), std::exchange(c.doubted_, {})});
    }
    if (c.compares_ && !c.comparing_.empty()) {
      c.phase_ = comparing{};
      return emit(feed_effect::compare{next_step(), c.comparing_.next(c.taken_)});
    }
    if (c.comparing_.empty() && !std::exchange(c.caught_up_, true))
      emit(feed_effect::report_caught_up{});
    rest();
  }

  /// A restart has to know how old its cursor really is, also when nothing has changed for long.
  void note_progress() {
    auto interval = c.config_.note_interval;
    for (const auto& [table, fed] : c.tables_)
      if (fed.retention.count() != 0) interval = std::min(interval, fed.retention / 4);
    const bool due = c.read_through_ - c.noted_ >= interval;
    if (!c.config_.compares || !c.comparing_.empty() || !due) return;
    c.noted_ = c.read_through_;
    emit(feed_effect::note_progress{c.read_through_});
  }

  void stretch_compared(const page_difference& page) {
    if (!page.left_out.empty())
      emit(feed_effect::report_left_out{{c.comparing_.front(), page.left_out}});
    const auto done = c.comparing_.took(page);
    if (!done) return;
    if (!page.unreadable.empty())
      return emit(feed_effect::report_uncaptured{done->name, page.unreadable});
    if (done->changes != 0)
      note(say::severity::info,
           fmt::format("table {} compared with the database: {} of {} rows differed", done->name,
                       done->changes, done->rows));
    emit(feed_effect::report_compared{*done});
  }

  /// Nothing is under way: tables that others wait for can go.
  void free_released() {
    for (const auto& table : std::exchange(c.released_, {})) {
      c.comparing_.remove(table);
      emit(feed_effect::free_table{table});
    }
  }

  void rest() {
    free_released();
    c.phase_ = resting{};
    const bool more = !c.comparing_.empty() || c.wanted_;
    if (c.rung_ || more || !c.caught_up_) return begin_cycle();
    pause();
  }

  void pause() { emit(feed_effect::pause{++c.pauses_, c.config_.poll_interval}); }

  void interrupted(const error& why) {
    note(say::severity::warning, "changefeed capture: " + why.message + "; trying again");
    if (std::exchange(c.loaded_, false)) emit(feed_effect::drop_tables{why});
    if (!std::exchange(c.troubled_, true))
      emit(feed_effect::report_trouble{"the change feed cannot be read: " + why.message});
    free_released();
    c.phase_ = resting{};
    pause();
  }

  // -- answers ------------------------------------------------------------------------------------

  void on(asking_clock&, const feed_event::clock& event) {
    c.clock_offset_ = event.database - local_time(now);
    look_for_gaps();
  }

  void on(noting_gap&, const feed_event::gap_noted&) {
    c.gap_noted_ = true;
    load_wanted();
  }

  void on(loading&, const feed_event::loaded&) {
    c.loaded_ = true;
    read_feed();
  }

  void on(reading&, const feed_event::page& event) {
    auto page = c.cursor_->take(event.transactions, c.config_.page_limit);
    feed_stretch stretch{std::move(page.fresh), c.tables_};
    if (stretch.defines()) emit(feed_effect::look_at_tables{});
    doubt(stretch.unread(), "its change feed has entries that are not understood");
    doubt(stretch.redefined(), "it was defined again and may have had no feed before");
    if (stretch.nameless() && !std::exchange(c.nameless_told_, true))
      note(say::severity::info,
           "the change feed has entries that name no record, as of tables defined AS SELECT: such "
           "tables are compared now and then instead");
    if (stretch.doubtful().empty()) return offer_stretch(stretch, page.next);
    auto ids = stretch.doubtful();
    c.phase_ = settling{std::move(stretch), page.next};
    emit(feed_effect::read_records{next_step(), std::move(ids)});
  }

  void on(settling& s, const feed_event::records& event) {
    auto stretch = std::move(s.stretch);
    stretch.settle(event.found);
    offer_stretch(stretch, s.next);
  }

  void on(rereading&, const feed_event::records& event) {
    change_batch batch;
    batch.changes = event.found;
    std::erase_if(batch.changes,
                  [&](const change& each) { return !c.tables_.contains(each.id.table); });
    if (batch.changes.empty()) return feed_read();
    batch.source = "reread/" + batch.changes.front().id.table;
    c.phase_ = offering{offering::goal::end_of_feed, 0, nullptr, true};
    emit(feed_effect::offer{{std::move(batch)}});
  }

  void on(comparing&, const feed_event::difference& event) {
    if (event.page->changes.empty())
      return after_offer(offering::goal::end_of_stretch, 0, event.page);
    c.phase_ = offering{offering::goal::end_of_stretch, 0, event.page, true};
    emit(feed_effect::offer{one_batch(*event.page, "compare/" + c.comparing_.front())});
  }

  void on(offering& s, const feed_event::taken& event) {
    c.taken_ = std::max(c.taken_, event.last);
    const auto done = std::move(s);
    if (done.connected) return after_offer(done.then, done.next, done.stretch);
    // What the cycle had begun with is gone with the connection, but not what it has delivered.
    if (done.stretch) stretch_compared(*done.stretch);
    free_released();
    c.phase_ = away{};
    wake();
  }

  template <class S>
  requires(!std::same_as<S, resting> &&
           !std::same_as<S, away>) void on(S&, const feed_event::failed& event) {
    if constexpr (std::same_as<S, comparing>) {
      note(say::severity::warning,
           "comparing table " + c.comparing_.front() + ": " + event.why.message);
      c.comparing_.postpone();
    }
    interrupted(event.why);
  }

  // -- what may happen at any time ----------------------------------------------------------------

  /// It begins once it has been started and the database is there.
  void wake() {
    if (!std::holds_alternative<away>(c.phase_) || !c.started_ || !c.connected_) return;
    c.phase_ = resting{};
    begin_cycle();
  }

  template <class S>
  void on(S&, const feed_event::started& event) {
    c.started_ = true;
    c.cursor_.emplace(event.from.stamp, event.from.seen,
                      feed_cursor::widths{shallow_overlap, c.config_.overlap});
    c.read_through_ = std::max(time_of(event.from.stamp), event.from.read_through);
    for (auto& [table, fed] : c.tables_)
      fed.known_until = std::max(fed.known_until, c.read_through_);
    wake();
  }

  template <class S>
  void on(S&, const feed_event::connected&) {
    c.connected_ = true;
    c.clock_offset_.reset();
    for (const auto& [table, fed] : c.tables_)
      if (fed.stores) emit(feed_effect::hang_doorbell{table});
    wake();
  }

  template <class S>
  void on(S& s, const feed_event::lost&) {
    c.connected_ = false;
    next_step();
    c.loaded_ = c.wanted_ = false;
    emit(feed_effect::drop_tables{fail(errc::unavailable, "SurrealDB is away")});
    if constexpr (cut_by_loss<S>) {
      free_released();
      c.phase_ = away{};
    } else {
      s.connected = false;
    }
  }

  template <class S>
  void on(S&, const feed_event::adopted& event) {
    const auto& table = event.table;
    if (table.compare || !table.exists)
      compare_table(table.name, "table " + table.name + " was removed or defined anew");
    if (!table.exists) {
      c.tables_.erase(table.name);
      return ring();
    }
    const auto [fed, fresh] = c.tables_.try_emplace(table.name);
    fed->second.retention = table.retention;
    fed->second.stores = table.stores;
    // One that goes on after a restart may have been defined again meanwhile.
    if (table.compare || !c.config_.compares) fed->second.known_until = database_time();
    if (c.connected_ && table.stores && (fresh || table.compare))
      emit(feed_effect::hang_doorbell{table.name});
    ring();
  }

  template <class S>
  void on(S&, const feed_event::released& event) {
    c.tables_.erase(event.table);
    c.released_.insert(event.table);
    if constexpr (std::same_as<S, resting> || std::same_as<S, away>) free_released();
  }

  /// What changes while the table is loaded is delivered before its rows.
  template <class S>
  void on(S&, const feed_event::wanted& event) {
    c.tables_.try_emplace(event.table, fed_table{{}, true, database_time()});
    c.wanted_ = true;
    ring();
  }

  template <class S>
  void on(S&, const feed_event::flush_asked&) {
    c.wanted_ = true;
    ring();
  }

  template <class S>
  void on(S&, const feed_event::doubted& event) {
    c.doubted_.insert(c.doubted_.end(), event.ids.begin(), event.ids.end());
    ring();
  }

  template <class S>
  void on(S&, const feed_event::rang&) {
    ring();
  }

  template <class S>
  void on(S&, const feed_event::due& event) {
    if (event.pause == c.pauses_) work();
  }

  /// What comes too late is void.
  template <class S, class E>
  void on(S&, const E&) {}
};

feed_effects feed_cycle::on(const feed_event::any& event, timestamp now) {
  step taken{*this, now, {}};
  std::visit(
      [&](const auto& what) {
        using event_type = std::decay_t<decltype(what)>;
        if constexpr (answer_to_step<event_type>)
          if (what.step != steps_) return;
        std::visit([&](auto& state) { taken.on(state, what); }, phase_);
      },
      event);
  return std::move(taken.effects);
}

}  // namespace spooky::machines
