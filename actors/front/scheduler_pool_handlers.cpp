#include "actors/front/scheduler_handlers.hpp"
#include "net/url.hpp"
#include "protocol/fields.hpp"
#include "protocol/pool_codec.hpp"

namespace spooky::actors {

namespace {

/// A registration whose `url` is one.
result<ssp_registration> read_ssp(const value& body) {
  SPOOKY_ASSIGN(auto who, read_ssp_registration(body));
  if (const auto url = net::parse_url(who.url); !url.ok())
    return fields::wrong("url", "is no URL: " + url.failure().message);
  return who;
}

}  // namespace

void drain_ssp(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto id = read_ssp_id(request.body);
  if (!id.ok()) return refuse(self, request, id.failure());
  ask_and_answer<drain_progress>(
      self, request, state.parts.registry,
      [](const drain_progress& progress) {
        return json_answer(progress.views == 0 ? 200 : 202, to_body(progress));
      },
      drain_ssp_atom_v, *id);
}

void leave_pool(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto id = read_ssp_id(request.body);
  if (!id.ok()) return refuse(self, request, id.failure());
  ask_and_answer<ack>(
      self, request, state.parts.registry, [](const ack&) { return done_answer(); }, leave_atom_v,
      *id);
}

void register_ssp(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto who = read_ssp(request.body);
  if (!who.ok()) return refuse(self, request, who.failure());
  ask_and_answer<ssp_admission>(
      self, request, state.parts.coordinator,
      [](const ssp_admission& admission) { return json_answer(202, to_body(admission)); },
      register_ssp_atom_v, *who);
}

void take_interest(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto interest = read_interest(request.body);
  if (!interest.ok()) return refuse(self, request, interest.failure());
  ask_and_answer<sequence_number>(
      self, request, state.parts.coordinator,
      [](sequence_number from) { return json_answer(200, interest_answer(from)); }, interest_atom_v,
      *interest);
}

void flush_table(scheduler_front_ptr self, const exchange& request) {
  const auto table = read_flush(request.body);
  if (!table.ok()) return refuse(self, request, table.failure());
  ask_and_answer<sequence_number>(
      self, request, self->state.parts.capture,
      [](sequence_number seq) { return json_answer(200, flushed_answer(seq)); }, flush_atom_v,
      *table);
}

void take_heartbeat(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto beat = read_heartbeat(request.body);
  if (!beat.ok()) return refuse(self, request, beat.failure());
  ask_and_answer<ack>(
      self, request, state.parts.coordinator, [](const ack&) { return done_answer(); },
      heartbeat_atom_v, *beat);
}

}  // namespace spooky::actors
