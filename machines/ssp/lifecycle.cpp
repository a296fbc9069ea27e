#include "machines/ssp/lifecycle.hpp"

#include "machines/backoff.hpp"

#include <concepts>
#include <type_traits>
#include <utility>

namespace spooky::machines {

namespace {

using ssp_phase::bootstrapping;
using ssp_phase::displaced;
using ssp_phase::draining;
using ssp_phase::left;
using ssp_phase::ready;

/// States in which the scheduler is told that we live, and what it thinks of that counts.
template <class S>
concept in_pool =
    std::same_as<S, bootstrapping> || std::same_as<S, ready> || std::same_as<S, displaced>;
/// Events that answer a step of a bootstrap.
template <class E>
concept of_a_round = std::same_as<E, ssp_event::positioned> ||
    std::same_as<E, ssp_event::admitted> || std::same_as<E, ssp_event::resumed> ||
    std::same_as<E, ssp_event::loaded> || std::same_as<E, ssp_event::stored> ||
    std::same_as<E, ssp_event::told_lost> || std::same_as<E, ssp_event::failed>;

}  // namespace

/// One event on its way through an SSP. A function that moves to another state comes last in its
/// caller: the state it was called with is gone then.
struct ssp_lifecycle::step {
  ssp_lifecycle& ssp;
  timestamp now;
  ssp_effects effects;

  void emit(ssp_effect::any effect) { effects.push_back(std::move(effect)); }
  void note(say::severity how, std::string text) { emit(say{how, std::move(text)}); }
  void info(std::string text) { note(say::severity::info, std::move(text)); }
  void warn(std::string text) { note(say::severity::warning, std::move(text)); }
  void wake(ssp_timer timer, timespan pause) { emit(ssp_effect::wake{timer, pause}); }
  void refuse() { emit(ssp_effect::answer{ssp.refusal()}); }
  /// Whether the scheduler answers; there is none to know of in single mode.
  void heard(bool answers) {
    if (!ssp.config_.alone) ssp.status_.scheduler_connected = answers;
  }

  // -- heartbeats -------------------------------------------------------------------------------

  ssp_heartbeat present_state() const {
    ssp_heartbeat said;
    said.id = ssp.config_.id;
    said.views = ssp.views_.size();
    said.applied = ssp.status_.applied;
    said.instance = ssp.config_.instance;
    return said;
  }

  void beat() { emit(ssp_effect::beat{ssp.round_, present_state()}); }

  /// Says which views could not be restored, before the scheduler counts on them.
  void tell_lost() {
    auto said = present_state();
    said.lost = ssp.lost_;
    emit(ssp_effect::tell_lost{ssp.round_, std::move(said)});
  }

  void rejoin(const std::string& why) {
    warn("bootstrapping again: " + why);
    ssp.status_.reason = why;
    if (!std::holds_alternative<bootstrapping>(ssp.phase_)) ssp.phase_ = bootstrapping{};
    join(std::get<bootstrapping>(ssp.phase_));
  }

  void stand_back(const error& why) {
    if (ssp.status_.reason == why.message) return;
    note(say::severity::error, "not serving: " + why.message);
    ssp.status_.reason = why.message;
    ssp.log_id_.clear();
    ssp.phase_ = displaced{};
  }

  template <in_pool S>
  void on(S& s, const ssp_event::unbeaten& event) {
    // Said of a registration that has been replaced since.
    if (event.round != ssp.round_) return;
    bool joining = false;
    if constexpr (std::same_as<S, bootstrapping>) joining = s.under_way;
    const auto& why = event.why;
    if (!joining && why.code == errc::not_found) return rejoin("the scheduler forgot us");
    if (!joining && why.code == errc::already_exists) return stand_back(why);
    if (!joining && why.code == errc::conflict) {
      ssp.log_id_.clear();
      return rejoin("we fell behind");
    }
    if (ssp.status_.scheduler_connected.value_or(false))
      warn("the scheduler does not answer heartbeats: " + why.message);
    heard(false);
  }

  template <class S>
  void on(S&, const ssp_event::beaten&) {
    heard(true);
  }

  template <class S>
  void on(S& s, const ssp_event::due& event) {
    switch (event.timer) {
      case ssp_timer::heartbeat:
        beat();
        return wake(ssp_timer::heartbeat, ssp.config_.heartbeat_interval);
      case ssp_timer::sweep:
        // What ends while its views move away is for their new owners to see.
        if constexpr (in_pool<S>) {
          emit(ssp_effect::sweep{});
          wake(ssp_timer::sweep, ssp.config_.sweep_interval);
        }
        return;
      case ssp_timer::retry:
        if constexpr (std::same_as<S, bootstrapping>) join(s);
        return;
      case ssp_timer::drain:
        if constexpr (std::same_as<S, draining>) drain_on(s);
        return;
    }
  }

  void on(left&, const ssp_event::due&) {}

  // -- bootstrapping ----------------------------------------------------------------------------

  void join(bootstrapping& s) {
    if (std::exchange(s.under_way, true)) return;
    emit(ssp_effect::ask_position{++ssp.round_});
  }

  void on(bootstrapping& s, const ssp_event::failed& event) {
    const auto& why = event.why;
    s.under_way = false;
    if (s.attempts++ == 0) warn("cannot join the scheduler yet: " + why.message + "; retrying");
    ssp.status_.reason = why.message;
    heard(why.code == errc::not_ready);
    wake(ssp_timer::retry, backoff_delay(s.attempts, ssp.config_.retry_initial,
                                         ssp.config_.retry_limit, ssp.seed_ + s.attempts));
  }

  void on(bootstrapping& s, const ssp_event::positioned& event) {
    s.stated = event.position;
    // What a registration does not name as held is known not to be.
    ssp.lost_.clear();
    ssp_registration who;
    who.id = ssp.config_.id;
    who.url = ssp.config_.url;
    who.version = ssp.config_.version;
    who.views = ssp.views_.ids();
    who.instance = ssp.config_.instance;
    who.tables = s.stated.tables;
    who.revision = s.stated.revision;
    who.log_id = ssp.log_id_;
    who.applied = s.stated.applied;
    emit(ssp_effect::enroll{ssp.round_, std::move(who)});
  }

  void on(bootstrapping& s, const ssp_event::admitted& event) {
    const auto& admission = s.admission = event.admission;
    heard(true);
    ssp.status_.applied = admission.seq;
    ssp.epoch_ = admission.epoch;
    const auto where = std::to_string(admission.seq.raw());
    if (admission.resumed) {
      info("joined the scheduler again at seq " + where + ", with everything we hold");
      return emit(ssp_effect::resume{ssp.round_});
    }
    info("joined the scheduler at seq " + where);
    ssp.log_id_.clear();
    if (ssp.config_.alone) return emit(ssp_effect::read_stored{ssp.round_});
    load(s);
  }

  void on(bootstrapping& s, const ssp_event::stored& event) {
    s.stored.clear();
    for (const auto& view : event.views)
      if (!ssp.views_.contains(view->id)) s.stored.push_back(view);
    if (!s.stored.empty()) info("restoring " + std::to_string(s.stored.size()) + " views");
    load(s);
  }

  void load(const bootstrapping& s) {
    circuit_start start{s.admission.seq, std::nullopt, s.stored, s.admission.database};
    if (!s.admission.log_id.empty()) start.tables = s.stated.tables;
    emit(ssp_effect::load{ssp.round_, std::move(start)});
  }

  void on(bootstrapping&, const ssp_event::resumed&) { enter_ready(); }

  void on(bootstrapping& s, const ssp_event::loaded& event) {
    ssp.log_id_ = s.admission.log_id;
    for (const auto& view : s.stored) ssp.views_.admit(*view);
    for (const auto& id : event.lost) ssp.views_.drop(id);
    ssp.lost_ = event.lost;
    enter_ready();
  }

  void on(bootstrapping&, const ssp_event::told_lost&) {
    ssp.lost_.clear();
    enter_ready();
  }

  void enter_ready() {
    if (!ssp.lost_.empty()) return tell_lost();
    ssp.status_.reason.clear();
    ssp.phase_ = ready{};
    info("ready at seq " + std::to_string(ssp.status_.applied.raw()) + " with " +
         std::to_string(ssp.views_.size()) + " views");
    // Whoever sends us the log looks at us when it hears from us, so replay starts at once.
    beat();
  }

  // -- starting over ----------------------------------------------------------------------------

  template <class S>
  void on(S&, const ssp_event::reset&) {
    if constexpr (S::leaving) {
      refuse();
    } else if constexpr (std::same_as<S, ready>) {
      ssp.views_.clear();
      ssp.log_id_.clear();
      emit(ssp_effect::forget{});
    } else {
      // What it holds is not served, and the next bootstrap starts it over.
      emit(ssp_effect::answer{result<void>{}});
    }
  }

  template <class S>
  void on(S&, const ssp_event::forgotten& event) {
    emit(ssp_effect::was_reset{event.outcome});
    if constexpr (std::same_as<S, ready>)
      if (event.outcome.ok()) rejoin("reset");
  }

  template <class S>
  requires std::same_as<S, ready> || std::same_as<S, bootstrapping>
  void on(S& s, const ssp_event::missed& event) {
    ssp.log_id_.clear();
    if constexpr (std::same_as<S, bootstrapping>) {
      // What has been loaded so far may lack those changes, too.
      if (!std::exchange(s.under_way, false)) return;
    }
    rejoin(event.why);
  }

  // -- views ------------------------------------------------------------------------------------

  template <class S>
  void on(S&, const ssp_event::fenced& event) {
    if (!ssp.views_.concerns(event.view)) return;
    const auto& id = event.view.id;
    info("view " + id + " is " +
         (event.deleted ? "ended: its query record was deleted" : "kept by another SSP now"));
    if (event.deleted) return emit(ssp_effect::end_view{id});
    ssp.views_.drop(id);
    emit(ssp_effect::drop_view{id, false});
  }

  void on(left&, const ssp_event::fenced&) {}

  template <class S>
  void on(S&, const ssp_event::expired& event) {
    for (const auto& id : event.views) {
      if (!ssp.views_.contains(id)) continue;
      info("view " + id + " ends: its time to live has passed, or its record is gone");
      emit(ssp_effect::end_view{id});
    }
  }

  template <class S>
  void on(S&, const ssp_event::not_ended& event) {
    // Somebody has registered it again.
    if (event.why.code == errc::conflict) return info(event.why.message);
    if (event.why.code != errc::not_found)
      return warn("view " + event.view + " has ended, but is not removed: " + event.why.message);
    // Nobody but us knows of it: it was ended while we were away.
    ssp.views_.drop(event.view);
    emit(ssp_effect::drop_view{event.view, true});
  }

  // -- leaving ----------------------------------------------------------------------------------

  void leave() {
    ssp.phase_ = left{};
    emit(ssp_effect::depart{});
  }

  void on(ready&, const ssp_event::drain& event) {
    info("handing over " + std::to_string(ssp.views_.size()) + " views");
    ssp.phase_ = draining{now + event.limit};
    drain_on(std::get<draining>(ssp.phase_));
  }
  void on(draining&, const ssp_event::drain&) { refuse(); }
  void on(left&, const ssp_event::drain&) { emit(ssp_effect::answer{result<void>{}}); }
  /// Before it is ready an SSP has nothing to hand over.
  template <class S>
  void on(S&, const ssp_event::drain&) {
    leave();
  }

  void drain_on(draining& s) {
    if (now < s.until) return emit(ssp_effect::ask_drain{});
    warn("leaving with views that did not move in time");
    leave();
  }

  /// Leaves when no view is left here, or when none will go.
  void on(draining&, const ssp_event::drained_to& event) {
    const auto& [views, obstacle] = event.progress;
    if (views != 0 && obstacle.empty()) return wake(ssp_timer::drain, ssp.config_.drain_poll);
    if (views != 0) warn("leaving with " + std::to_string(views) + " views: " + obstacle);
    leave();
  }

  void on(draining&, const ssp_event::not_drained& event) {
    // Unknown there: nobody counts on us.
    if (event.why.code == errc::not_found) return leave();
    warn("cannot hand over views: " + event.why.message);
    wake(ssp_timer::drain, ssp.config_.drain_poll);
  }

  void on(left&, const ssp_event::departed& event) {
    if (!event.outcome.ok())
      warn("the scheduler was not told that we leave: " + event.outcome.failure().message);
    info("left the pool");
    emit(ssp_effect::was_drained{});
  }

  // -- status -----------------------------------------------------------------------------------

  template <class S>
  void on(S&, const ssp_event::applied& event) {
    ssp.status_.applied = event.seq;
  }
  template <class S>
  void on(S&, const ssp_event::captured& event) {
    ssp.status_.capture = event.report;
  }
  template <class S>
  void on(S& s, const ssp_event::connected&) {
    ssp.status_.database_connected = true;
    // A log in this process begins with the database: no need to wait for the next attempt.
    if constexpr (std::same_as<S, bootstrapping>)
      if (ssp.config_.alone) join(s);
  }
  template <class S>
  void on(S&, const ssp_event::disconnected& event) {
    ssp.status_.database_connected = false;
    if constexpr (std::same_as<S, bootstrapping>)
      if (ssp.config_.alone) ssp.status_.reason = "SurrealDB is away: " + event.why;
  }

  /// Whatever is not named above changes nothing: what comes too late is void.
  template <class S, class E>
  void on(S&, const E&) {}

  template <class S, class E>
  void take(S& state, const E& event) {
    if constexpr (of_a_round<E>)
      if (event.round != ssp.round_) return;
    on(state, event);
  }
};

ssp_lifecycle::ssp_lifecycle(ssp_config config, std::uint64_t seed)
    : config_(std::move(config)), seed_(seed) {
  if (!config_.alone) status_.scheduler_connected = false;
}

ssp_effects ssp_lifecycle::begin(timestamp now) {
  step first{*this, now, {}};
  first.wake(ssp_timer::heartbeat, config_.heartbeat_interval);
  first.wake(ssp_timer::sweep, config_.sweep_interval);
  first.join(std::get<bootstrapping>(phase_));
  return std::move(first.effects);
}

ssp_effects ssp_lifecycle::on(const ssp_event::any& event, timestamp now) {
  step next{*this, now, {}};
  std::visit([&](auto& state, const auto& happened) { next.take(state, happened); }, phase_, event);
  return std::move(next.effects);
}

ssp_status ssp_lifecycle::status() const {
  auto status = status_;
  status.state = std::visit([](const auto& phase) { return std::string{phase.name}; }, phase_);
  status.views = views_.size();
  return status;
}

result<void> ssp_lifecycle::takes(const log_slice& slice) const {
  if (!std::visit([](const auto& phase) { return phase.works; }, phase_)) return refusal();
  if (config_.alone && slice.epoch == 0)
    return fail(errc::invalid_argument,
                "this SSP has no scheduler: 'seq' is not accepted, it numbers changes itself");
  if (slice.epoch != 0 && slice.epoch != epoch_)
    return fail(errc::not_ready, "these changes were sent for another registration");
  return {};
}

error ssp_lifecycle::refusal() const {
  if (std::visit([](const auto& phase) { return phase.leaving; }, phase_))
    return fail(errc::not_ready, "this SSP is leaving; ask the scheduler for another");
  return fail(errc::not_ready, "this SSP is bootstrapping; try again later");
}

}  // namespace spooky::machines
