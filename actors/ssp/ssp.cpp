#include "actors/ssp/ssp.hpp"

#include "actors/clock.hpp"
#include "actors/say.hpp"
#include "actors/ssp/ssp_views.hpp"

#include <optional>
#include <utility>

namespace spooky::actors {

namespace {

ssp_actor::behavior_type behaviour(ssp_ptr self);

using answer = std::optional<result<void>>;

answer step(ssp_ptr self, const ssp_event::any& event);

// -- effects ------------------------------------------------------------------------------------

struct runner {
  ssp_ptr self;
  answer& answered;

  const ssp_parts& parts() const { return self->state.parts; }
  const ssp_config& config() const { return self->state.lifecycle->config(); }

  /// What comes of a request that gives nothing but success, as an event made of it.
  template <class Request, class Event>
  void outcome_of(Request request, Event event) const {
    request.then([s = self, event](const ack&) { step(s, event(result<void>{})); },
                 [s = self, event](const caf::error& reason) {
                   step(s, event(result<void>{from_caf(reason)}));
                 });
  }
  /// A step of a bootstrap: its answer as an event, or `failed`.
  template <class R, class Request, class Event>
  void bootstrap_step(Request request, std::uint64_t round, Event event) const {
    request.then([s = self, event](const R& given) { step(s, event(given)); },
                 [s = self, round](const caf::error& reason) {
                   step(s, ssp_event::failed{round, from_caf(reason)});
                 });
  }

  /// Tells the scheduler how we are.
  auto say_state(ssp_heartbeat said) const {
    const auto usage = parts().sample_usage();
    said.cpu = usage.cpu;
    said.memory = usage.memory;
    return self->request(parts().scheduler, config().request_timeout, heartbeat_atom_v,
                         std::move(said));
  }

  void operator()(const ssp_effect::ask_position& effect) const {
    bootstrap_step<circuit_position>(
        self->request(parts().circuit, config().bootstrap_timeout, join_atom_v), effect.round,
        [round = effect.round](const circuit_position& position) {
          return ssp_event::positioned{round, position};
        });
  }
  void operator()(const ssp_effect::enroll& effect) const {
    bootstrap_step<ssp_admission>(
        self->request(parts().scheduler, config().request_timeout, register_ssp_atom_v, effect.who),
        effect.round, [round = effect.round](const ssp_admission& admission) {
          return ssp_event::admitted{round, admission};
        });
  }
  void operator()(const ssp_effect::resume& effect) const {
    bootstrap_step<ack>(self->request(parts().circuit, config().request_timeout, resume_atom_v),
                        effect.round,
                        [round = effect.round](const ack&) { return ssp_event::resumed{round}; });
  }
  void operator()(const ssp_effect::load& effect) const {
    bootstrap_step<restore_outcome>(
        self->request(parts().circuit, config().bootstrap_timeout, start_over_atom_v, effect.start),
        effect.round, [round = effect.round](const restore_outcome& outcome) {
          return ssp_event::loaded{round, outcome.lost};
        });
  }
  void operator()(const ssp_effect::read_stored& effect) const {
    bootstrap_step<registrations>(
        self->request(parts().edges, config().bootstrap_timeout, restore_atom_v), effect.round,
        [round = effect.round](const registrations& views) {
          return ssp_event::stored{round, views};
        });
  }
  void operator()(const ssp_effect::tell_lost& effect) const {
    bootstrap_step<ack>(say_state(effect.said), effect.round,
                        [round = effect.round](const ack&) { return ssp_event::told_lost{round}; });
  }
  void operator()(const ssp_effect::beat& effect) const {
    say_state(effect.said)
        .then([s = self](const ack&) { step(s, ssp_event::beaten{}); },
              [s = self, round = effect.round](const caf::error& reason) {
                step(s, ssp_event::unbeaten{round, from_caf(reason)});
              });
  }
  void operator()(const ssp_effect::wake& effect) const {
    switch (effect.timer) {
      case ssp_timer::retry:
        return self->delayed_send(self, effect.pause, start_again_atom_v);
      case ssp_timer::heartbeat:
        return self->delayed_send(self, effect.pause, send_heartbeat_atom_v);
      case ssp_timer::sweep:
        return self->delayed_send(self, effect.pause, expire_views_atom_v);
      case ssp_timer::drain:
        return self->delayed_send(self, effect.pause, drain_further_atom_v);
    }
  }
  void operator()(const ssp_effect::sweep&) const {
    self->request(parts().edges, config().bootstrap_timeout, find_ended_atom_v)
        .then([s = self](const std::vector<view_id>& ids) { step(s, ssp_event::expired{ids}); },
              // The next sweep looks again.
              [](const caf::error&) {});
  }
  void operator()(const ssp_effect::end_view& effect) const {
    self->request(parts().scheduler, config().request_timeout, unregister_view_atom_v, effect.view)
        .then([](const ack&) {},
              [s = self, id = effect.view](const caf::error& reason) {
                step(s, ssp_event::not_ended{id, from_caf(reason)});
              });
  }
  void operator()(const ssp_effect::drop_view& effect) const {
    if (effect.ended)
      caf::anon_send(parts().circuit, unregister_view_atom_v, effect.view);
    else
      caf::anon_send(parts().circuit, release_view_atom_v, view_release{{effect.view, {}}, {}});
  }
  void operator()(const ssp_effect::forget&) const {
    outcome_of(self->request(parts().circuit, config().bootstrap_timeout, forget_all_atom_v),
               [](result<void> outcome) { return ssp_event::forgotten{std::move(outcome)}; });
  }
  void operator()(const ssp_effect::ask_drain&) const {
    self->request(parts().scheduler, config().request_timeout, drain_ssp_atom_v, config().id)
        .then([s = self](const drain_progress& to) { step(s, ssp_event::drained_to{to}); },
              [s = self](const caf::error& reason) {
                step(s, ssp_event::not_drained{from_caf(reason)});
              });
  }
  void operator()(const ssp_effect::depart&) const {
    outcome_of(
        self->request(parts().scheduler, config().request_timeout, leave_atom_v, config().id),
        [](result<void> outcome) { return ssp_event::departed{std::move(outcome)}; });
  }
  void operator()(const ssp_effect::answer& effect) const { answered = effect.what; }
  void operator()(const ssp_effect::was_reset& effect) const {
    auto& waiting = self->state.resets;
    if (effect.outcome.ok())
      waiting.front().deliver(ack{});
    else
      waiting.front().deliver(to_caf(effect.outcome.failure()));
    waiting.pop_front();
  }
  void operator()(const ssp_effect::was_drained&) const {
    for (auto& promise : std::exchange(self->state.drains, {})) promise.deliver(ack{});
  }
  void operator()(const say& effect) const { log_line(effect); }
};

answer run(ssp_ptr self, const ssp_effects& effects) {
  answer answered;
  for (const auto& effect : effects) std::visit(runner{self, answered}, effect);
  return answered;
}

/// Tells the lifecycle what happened, becomes what it is then, and does what it wants.
answer step(ssp_ptr self, const ssp_event::any& event) {
  auto& lifecycle = *self->state.lifecycle;
  const auto before = lifecycle.phase().index();
  const auto effects = lifecycle.on(event, now(self));
  if (lifecycle.phase().index() != before) self->become(behaviour(self));
  return run(self, effects);
}

/// The lifecycle answers now, or when it comes to who is `waiting`.
caf::result<ack> ask_for(ssp_ptr self, const ssp_event::any& event,
                         std::deque<caf::typed_response_promise<ack>>& waiting) {
  const auto answered = step(self, event);
  if (!answered) {
    waiting.push_back(self->make_response_promise<ack>());
    return waiting.back();
  }
  if (!answered->ok()) return to_caf(answered->failure());
  return ack{};
}

caf::result<sequence_number> ingest(ssp_ptr self, const log_slice& slice) {
  const auto& lifecycle = *self->state.lifecycle;
  if (const auto taken = lifecycle.takes(slice); !taken.ok()) return to_caf(taken.failure());
  auto promise = self->make_response_promise<sequence_number>();
  self->request(self->state.parts.circuit, lifecycle.config().bootstrap_timeout, ingest_log_atom_v,
                slice)
      .then(
          [self, promise](sequence_number applied) mutable {
            step(self, ssp_event::applied{applied});
            promise.deliver(applied);
          },
          [promise](const caf::error& reason) mutable { promise.deliver(reason); });
  return promise;
}

caf::error not_a_source() {
  return to_caf(fail(errc::invalid_argument,
                     "this SSP has a scheduler: send changes to the scheduler's /ingest"));
}

// -- behaviours ---------------------------------------------------------------------------------

template <class Phase>
ssp_actor::behavior_type in(ssp_ptr self) {
  return {
      [self](ingest_log_atom, const log_slice& slice) { return ingest(self, slice); },
      [self](register_view_atom, const registration_ptr& view) -> caf::result<snapshot_result_ptr> {
        if constexpr (Phase::takes_views) return register_view(self, view);
        return to_caf(self->state.lifecycle->refusal());
      },
      [self](unregister_view_atom, const view_claim& view) -> caf::result<ack> {
        if constexpr (Phase::works) return unregister_view(self, view);
        return to_caf(self->state.lifecycle->refusal());
      },
      [self](release_view_atom, const view_release& view) { return release_view(self, view); },
      [self](ssp_status_atom) { return self->state.lifecycle->status(); },
      [self](reset_ssp_atom) { return ask_for(self, ssp_event::reset{}, self->state.resets); },
      [self](retire_atom, caf::timespan limit) {
        return ask_for(self, ssp_event::drain{limit}, self->state.drains);
      },
      [self](reload_all_atom, const std::string& why) { step(self, ssp_event::missed{why}); },
      [self](report_capture_atom, const capture_report& report) {
        step(self, ssp_event::captured{report});
      },
      [self](send_heartbeat_atom) { step(self, ssp_event::due{ssp_timer::heartbeat}); },
      [self](expire_views_atom) { step(self, ssp_event::due{ssp_timer::sweep}); },
      [self](start_again_atom) { step(self, ssp_event::due{ssp_timer::retry}); },
      [self](drain_further_atom) { step(self, ssp_event::due{ssp_timer::drain}); },
      [](ingest_changes_atom, const change_batches&) -> caf::result<committed> {
        return not_a_source();
      },
      [self](connected_atom) { step(self, ssp_event::connected{}); },
      [self](disconnected_atom, const std::string& why) {
        step(self, ssp_event::disconnected{why});
      },
      [](live_fired_atom, const db_notification&) {},
      [self](fenced_atom, const view_claim& view, bool deleted) {
        step(self, ssp_event::fenced{view, deleted});
      },
  };
}

ssp_actor::behavior_type behaviour(ssp_ptr self) {
  return std::visit([self]<class Phase>(const Phase&) { return in<Phase>(self); },
                    self->state.lifecycle->phase());
}

}  // namespace

ssp_actor::behavior_type ssp(ssp_ptr self, ssp_parts parts, ssp_config config) {
  self->state.parts = std::move(parts);
  self->send(self->state.parts.database, follow_database_atom_v, database_listener{self});
  self->send(self->state.parts.edges, follow_ownership_atom_v, ownership_listener{self});
  auto& lifecycle = self->state.lifecycle.emplace(std::move(config), self->id());
  run(self, lifecycle.begin(now(self)));
  return behaviour(self);
}

}  // namespace spooky::actors
