#include "actors/scheduler/ssp_link.hpp"

#include "actors/clock.hpp"
#include "actors/say.hpp"

#include <optional>
#include <utility>

namespace spooky::actors {

namespace {

ssp_link_actor::behavior_type behaviour(ssp_link_ptr self);

using answer = std::optional<result<sequence_number>>;

answer step(ssp_link_ptr self, const link_event::any& event);

// -- effects ------------------------------------------------------------------------------------

struct runner {
  ssp_link_ptr self;
  answer& answered;

  const ssp_link_parts& parts() const { return self->state.parts; }
  const ssp_link_config& config() const { return self->state.lifecycle->config(); }

  void operator()(const link_effect::deliver& effect) const {
    self->request(parts().peer, config().delivery_timeout, deliver_log_atom_v, effect.slice)
        .then([s = self](sequence_number applied) { step(s, link_event::delivered{applied}); },
              [s = self](const caf::error& reason) {
                step(s, link_event::undelivered{from_caf(reason)});
              });
  }
  void operator()(const link_effect::ask_health&) const {
    self->request(parts().peer, config().poll_interval, health_atom_v)
        .then([s = self](const ssp_health& health) { step(s, link_event::healthy{health}); },
              [s = self](const caf::error& reason) {
                step(s, link_event::unhealthy{from_caf(reason)});
              });
  }
  void operator()(const link_effect::report& effect) const {
    self->send(parts().coordinator, link_changed_atom_v, effect.status, ssp_link_actor{self});
    self->send(parts().balancer, link_changed_atom_v, effect.status, ssp_link_actor{self});
  }
  void operator()(const link_effect::ready& effect) const {
    self->send(parts().registry, ready_atom_v, self->state.lifecycle->status().id, effect.held);
  }
  void operator()(const link_effect::gone&) const {
    self->send(parts().registry, gone_atom_v, self->state.lifecycle->status().id);
    self->quit();
  }
  void operator()(const link_effect::tick_after& effect) const {
    self->delayed_send(self, effect.pause, tend_link_atom_v);
  }
  void operator()(const link_effect::repeat_after& effect) const {
    self->delayed_send(self, effect.pause, deliver_again_atom_v, effect.attempt);
  }
  void operator()(const link_effect::flush_after& effect) const {
    self->delayed_send(self, effect.pause, tell_progress_atom_v);
  }
  void operator()(const link_effect::answer& effect) const { answered = effect.what; }
  void operator()(const say& effect) const { log_line(effect); }
};

answer run(ssp_link_ptr self, const link_effects& effects) {
  answer answered;
  for (const auto& effect : effects) std::visit(runner{self, answered}, effect);
  return answered;
}

/// Tells the lifecycle what happened, becomes what it is then, and does what it wants.
answer step(ssp_link_ptr self, const link_event::any& event) {
  auto& lifecycle = *self->state.lifecycle;
  const auto before = lifecycle.phase().index();
  const auto effects = lifecycle.on(event, now(self));
  if (lifecycle.phase().index() != before) self->become(behaviour(self));
  return run(self, effects);
}

caf::result<sequence_number> answer_to(ssp_link_ptr self, const link_event::any& event) {
  auto answered = step(self, event);
  if (!answered) return to_caf(self->state.lifecycle->not_ready());
  return to_reply(std::move(*answered));
}

caf::result<ack> ack_of(ssp_link_ptr self, const link_event::any& event) {
  const auto answered = step(self, event);
  if (!answered) return to_caf(self->state.lifecycle->not_ready());
  if (!answered->ok()) return to_caf(answered->failure());
  return ack{};
}

// -- behaviours ---------------------------------------------------------------------------------

/// Hands a message about a view on to the SSP, in states that allow it.
template <class R, bool allowed, class... Ts>
caf::result<R> pass_on(ssp_link_ptr self, const Ts&... message) {
  if constexpr (allowed)
    return self->delegate(self->state.parts.peer, message...);
  else
    return to_caf(self->state.lifecycle->not_ready());
}

template <class Phase>
ssp_link_actor::behavior_type in(ssp_link_ptr self) {
  return {
      [self](durable_atom, const log_slice& slice) { step(self, link_event::durable{slice}); },
      [self](heartbeat_atom, const ssp_heartbeat& heartbeat) {
        return ack_of(self, link_event::heartbeat{heartbeat});
      },
      [self](register_view_atom verb, const registration_ptr& view) {
        return pass_on<value, Phase::takes_views>(self, verb, view);
      },
      [self](unregister_view_atom verb, const view_claim& view) {
        return pass_on<ack, Phase::reachable>(self, verb, view);
      },
      [self](release_view_atom verb, const view_release& view) {
        return pass_on<ack, Phase::reachable>(self, verb, view);
      },
      [self](drain_link_atom) { return ack_of(self, link_event::drain{}); },
      [self](leave_atom) { step(self, link_event::leave{}); },
      [self](link_status_atom) { return self->state.lifecycle->status(); },
      [self](close_link_atom) { self->quit(); },
      [self](tend_link_atom) { step(self, link_event::tick{}); },
      [self](deliver_again_atom, unsigned attempt) { step(self, link_event::repeat{attempt}); },
      [self](tell_progress_atom) { step(self, link_event::flush{}); },
      [self](interest_atom, const ssp_interest& interest) {
        return answer_to(self, link_event::interest{interest});
      },
  };
}

ssp_link_actor::behavior_type behaviour(ssp_link_ptr self) {
  return std::visit([self]<class Phase>(const Phase&) { return in<Phase>(self); },
                    self->state.lifecycle->phase());
}

}  // namespace

ssp_link_actor::behavior_type ssp_link(ssp_link_ptr self, ssp_link_parts parts,
                                       ssp_link_config config, const ssp_registration& who,
                                       const ssp_admission& admission,
                                       const std::vector<log_slice>& since) {
  self->state.parts = std::move(parts);
  auto& lifecycle = self->state.lifecycle.emplace(config, who, admission, self->id());
  run(self, lifecycle.begin(since, now(self)));
  return behaviour(self);
}

}  // namespace spooky::actors
