#include "machines/pool/ssp_link.hpp"

#include "machines/backoff.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace spooky::machines {

namespace {

using link_phase::bootstrapping;
using link_phase::draining;
using link_phase::gone;
using link_phase::overflowed;
using link_phase::ready;
using link_phase::replaying;

/// States in which the SSP is sent what it has not acknowledged.
template <class S>
concept delivering = std::derived_from<S, link_phase::delivery>;
/// States in which something waits for the SSP.
template <class S>
concept buffering = std::derived_from<S, link_phase::backlog>;
/// States that a silent SSP does not survive.
template <class S>
concept joined = delivering<S> || std::same_as<S, overflowed>;

/// Not at once: the SSP first has to read the answer to its registration.
constexpr std::chrono::milliseconds first_pause{50};

}  // namespace

/// One event on its way through a link. A function that moves to another state comes last in its
/// caller: the state it was called with is gone then.
struct link_lifecycle::step {
  link_lifecycle& link;
  timestamp now;
  link_effects effects;

  void emit(link_effect::any effect) { effects.push_back(std::move(effect)); }
  void note(say::severity how, std::string text) { emit(say{how, std::move(text)}); }
  void report() { emit(link_effect::report{link.status()}); }
  void accept() { emit(link_effect::answer{sequence_number{0}}); }
  void refuse(error why) { emit(link_effect::answer{std::move(why)}); }
  std::string name() const { return "SSP " + link.status_.id; }

  // -- from state to state ----------------------------------------------------------------------

  template <class S>
  void enter(S next) {
    note(say::severity::info, name() + ": " + std::string{to_string(link.status_.state)} + " -> " +
                                  std::string{to_string(S::state)});
    link.status_.state = S::state;
    link.phase_ = std::move(next);
    report();
  }

  void end(const std::string& why) {
    note(say::severity::warning, name() + " is gone: " + why);
    enter(gone{});
    emit(link_effect::gone{});
  }

  void overflow(const std::string& why) {
    note(say::severity::warning, name() + " must bootstrap again: " + why);
    enter(overflowed{});
  }

  void begin_replay(bootstrapping& s) {
    replaying next;
    next.resume_at = s.resume_at;
    next.held = std::move(s.held);
    static_cast<link_phase::backlog&>(next) = std::move(s);
    enter(std::move(next));
    replay(std::get<replaying>(link.phase_));
  }

  void become_ready(replaying& s) {
    ready next;
    auto held = std::move(s.held);
    static_cast<link_phase::delivery&>(next) = std::move(s);
    enter(std::move(next));
    emit(link_effect::ready{std::move(held)});
    pump(std::get<ready>(link.phase_));
  }

  // -- delivery ---------------------------------------------------------------------------------

  template <delivering S>
  void send_front(S& s) {
    auto slice = s.queue.front(link.config_.batch_changes);
    slice.epoch = link.status_.epoch;
    s.in_flight = true;
    link.status_.sent = slice.last;
    emit(link_effect::deliver{std::move(slice)});
  }

  /// Sends what is next, unless a delivery is under way. Log without a change for a Ready SSP waits
  /// a moment for more, so that it costs few and small requests; `even_quiet` sends that, too.
  template <delivering S>
  void pump(S& s, bool even_quiet = false) {
    if (s.in_flight || s.queue.empty() || now < s.resume_at) return;
    if constexpr (std::same_as<S, ready>) {
      if (s.queue.quiet() && !even_quiet) {
        if (!std::exchange(s.flush_due, true))
          emit(link_effect::flush_after{link.config_.quiet_interval});
        return;
      }
    }
    send_front(s);
  }

  void replay(replaying& s) {
    if (s.in_flight) return;
    if (s.queue.empty()) return become_ready(s);
    pump(s);
  }

  /// A stretch of the log for an SSP that may not be able to take it yet. False: it never can.
  template <buffering S>
  bool buffer(S& s, const log_slice& slice) {
    if (s.queue.push(slice)) return true;
    overflow("more than " + std::to_string(link.config_.max_buffered) + " changes wait for it");
    return false;
  }

  template <buffering S>
  void on(S& s, const link_event::durable& event) {
    if (!buffer(s, event.slice)) return;
    if constexpr (delivering<S>) pump(s);
  }

  template <delivering S>
  void on(S& s, const link_event::delivered& event) {
    s.in_flight = false;
    s.failures = 0;
    link.status_.acked = std::max(link.status_.acked, event.applied);
    s.queue.acknowledge(event.applied);
    if constexpr (std::same_as<S, replaying>)
      replay(s);
    else
      pump(s);
  }

  template <delivering S>
  void on(S& s, const link_event::undelivered& event) {
    s.in_flight = false;
    if (event.why.code == errc::conflict) return overflow(event.why.message);
    if (s.failures++ == 0)
      note(say::severity::warning,
           name() + " does not take changes: " + event.why.message + "; retrying");
    const auto pause = backoff_delay(s.failures, std::chrono::milliseconds{50},
                                     std::chrono::milliseconds{2'000}, link.seed_ + s.failures);
    s.resume_at = now + pause;
    emit(link_effect::repeat_after{pause, s.failures});
  }

  template <delivering S>
  void on(S& s, const link_event::repeat& event) {
    if (event.attempt == s.failures) pump(s);
  }

  template <delivering S>
  void on(S& s, const link_event::flush&) {
    if constexpr (std::same_as<S, ready>) s.flush_due = false;
    pump(s, true);
  }

  // -- what the SSP says ------------------------------------------------------------------------

  template <class S>
  void on(S& s, const link_event::heartbeat& event) {
    if constexpr (requires { s.held; })
      for (const auto& lost : event.said.lost) std::erase(s.held, lost);
    // An SSP that has just become ready says so with a heartbeat: no need to wait for the poll.
    if constexpr (std::same_as<S, bootstrapping>) emit(link_effect::ask_health{});
    auto& status = link.status_;
    status.last_heartbeat = now;
    status.cpu = event.said.cpu;
    status.memory = event.said.memory;
    status.views = event.said.views;
    if constexpr (std::same_as<S, overflowed>)
      return refuse(fail(errc::conflict, name() + " fell behind; bootstrap again"));
    accept();
    if constexpr (delivering<S>) report();
  }

  template <class S>
  void on(S& s, const link_event::interest& event) {
    if constexpr (!buffering<S>) {
      refuse(link.not_ready());
    } else {
      const auto& stated = event.stated;
      if (stated.revision <= s.revision)
        return refuse(fail(errc::conflict, name() + " has stated a newer interest than revision " +
                                               std::to_string(stated.revision)));
      s.revision = stated.revision;
      s.queue.narrow(stated.tables);
      emit(link_effect::answer{s.queue.last()});
      // The SSP waits for what it asks for: what has been held back goes at once.
      if constexpr (delivering<S>) pump(s, true);
    }
  }

  /// Its views move away; until they have, it is kept up to date.
  template <class S>
  void on(S& s, const link_event::drain&) {
    if constexpr (std::same_as<S, ready>) {
      draining next;
      static_cast<link_phase::delivery&>(next) = std::move(s);
      enter(std::move(next));
      accept();
    } else if constexpr (std::same_as<S, draining>) {
      accept();
    } else {
      refuse(link.not_ready());
    }
  }

  template <class S>
  void on(S&, const link_event::leave&) {
    end("it has left the pool");
  }

  // -- upkeep -----------------------------------------------------------------------------------

  timespan silence() const { return now - link.status_.last_heartbeat; }
  bool silent() const { return silence() > link.config_.heartbeat_timeout; }
  /// Silent for so long that it is worth asking whether its process is still there.
  bool overdue() const { return silence() > link.config_.heartbeat_timeout / 2; }

  /// A scheduler that was stopped, or starved, has heard nobody: that is not held against the SSP.
  /// Gives how long that was; lesser delays are what the time-outs have their margin for.
  timespan own_absence() {
    const auto late = now - link.ticked_at_ - link.config_.poll_interval;
    link.ticked_at_ = now;
    if (late <= link.config_.heartbeat_timeout / 4) return timespan{0};
    auto& heard = link.status_.last_heartbeat;
    heard = std::min(heard + late, now);
    return late;
  }

  /// Looks again at the very moment at which the SSP would be overdue or silent for too long.
  void tick_by_silence() {
    constexpr timespan soonest = std::chrono::milliseconds{10};
    const timespan timeout = link.config_.heartbeat_timeout;
    const timespan interval = link.config_.poll_interval;
    const auto limit = overdue() ? timeout : timeout / 2;
    const auto longest = overdue() ? std::min(interval, timeout / 8) : interval;
    const timespan left = limit - silence() + std::chrono::milliseconds{1};
    emit(link_effect::tick_after{std::clamp(left, soonest, std::max(longest, soonest))});
  }

  void look_for_process() {
    if (overdue())
      emit(link_effect::ask_health{});
    else
      link.unreachable_ = 0;
  }

  void on(bootstrapping& s, const link_event::tick&) {
    s.since = std::min(s.since + own_absence(), now);
    if (now - s.since > link.config_.bootstrap_timeout)
      return end("its bootstrap took longer than bootstrap_timeout_secs");
    emit(link_effect::ask_health{});
    emit(link_effect::tick_after{link.config_.poll_interval});
  }

  template <delivering S>
  void on(S& s, const link_event::tick&) {
    own_absence();
    if (silent()) return end("no heartbeat within heartbeat_timeout_ms");
    look_for_process();
    // What came while a pause was kept has no timer of its own.
    if constexpr (std::same_as<S, replaying>)
      replay(s);
    else
      pump(s);
    report();
    tick_by_silence();
  }

  void on(overflowed&, const link_event::tick&) {
    own_absence();
    if (silent()) return end("it fell behind and sends no heartbeats");
    look_for_process();
    tick_by_silence();
  }

  void on(bootstrapping& s, const link_event::healthy& event) {
    if (event.health.failed) return end("its bootstrap failed: " + event.health.reason);
    if (event.health.ready) begin_replay(s);
  }

  template <joined S>
  void on(S&, const link_event::healthy&) {
    link.unreachable_ = 0;
  }

  /// An SSP that misses heartbeats and cannot be connected to either, twice in a row, has ended:
  /// its views need not wait for the rest of the time-out. One that is merely slow answers late.
  template <joined S>
  void on(S&, const link_event::unhealthy& event) {
    constexpr unsigned enough = 2;
    const bool missing = event.why.code == errc::unavailable && overdue();
    link.unreachable_ = missing ? link.unreachable_ + 1 : 0;
    if (link.unreachable_ >= enough)
      end("its heartbeat is overdue and nothing answers at its address");
  }

  /// Whatever is not named above changes nothing: an answer that comes after the state it was
  /// asked in, an event for a link that has ended.
  template <class S, class E>
  void on(S&, const E&) {}

  void take(const link_event::any& event) {
    std::visit(
        [this](auto& state, const auto& happened) {
          if constexpr (!std::same_as<std::decay_t<decltype(state)>, gone>) on(state, happened);
        },
        link.phase_, event);
  }
};

link_lifecycle::link_lifecycle(ssp_link_config config, const ssp_registration& who,
                               const ssp_admission& admission, std::uint64_t seed)
    : config_(config), seed_(seed) {
  link_phase::backlog waiting{delivery_queue{config.max_buffered, admission.seq}, who.revision};
  waiting.queue.narrow(who.tables);
  if (admission.resumed) {
    replaying first;
    static_cast<link_phase::backlog&>(first) = std::move(waiting);
    first.held = who.views;
    phase_ = std::move(first);
    status_.state = link_state::replaying;
  } else {
    bootstrapping first;
    static_cast<link_phase::backlog&>(first) = std::move(waiting);
    first.held = who.views;
    phase_ = std::move(first);
  }
  status_.id = who.id;
  status_.url = who.url;
  status_.epoch = admission.epoch;
  status_.sent = status_.acked = admission.seq;
}

link_effects link_lifecycle::begin(const std::vector<log_slice>& since, timestamp now) {
  ticked_at_ = status_.last_heartbeat = now;
  step first{*this, now, {}};
  std::visit(
      [now]<class S>(S& s) {
        if constexpr (requires { s.resume_at; }) s.resume_at = now + first_pause;
        if constexpr (requires { s.since; }) s.since = now;
      },
      phase_);
  first.report();
  first.emit(link_effect::tick_after{first_pause});
  // More than fits may have come while its snapshot was made: it can never be told all of it.
  for (const auto& slice : since)
    std::visit(
        [&]<class S>(S& s) {
          if constexpr (buffering<S>) first.buffer(s, slice);
        },
        phase_);
  return std::move(first.effects);
}

link_effects link_lifecycle::on(const link_event::any& event, timestamp now) {
  step next{*this, now, {}};
  next.take(event);
  return std::move(next.effects);
}

link_status link_lifecycle::status() const {
  auto status = status_;
  std::visit(
      [&]<class S>(const S& s) {
        if constexpr (buffering<S>) status.buffered = s.queue.changes();
      },
      phase_);
  return status;
}

error link_lifecycle::not_ready() const {
  return fail(errc::not_ready, "SSP " + status_.id + " is " +
                                   std::string{to_string(status_.state)} + "; try again later");
}

}  // namespace spooky::machines
