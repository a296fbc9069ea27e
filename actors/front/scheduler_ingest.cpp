#include "actors/front/scheduler_handlers.hpp"
#include "protocol/fields.hpp"

#include <utility>

namespace spooky::actors {

namespace {

void pass_on(const http_front_actor& front, const reading& how, result<change_batch> batch,
             bool single, const responder_ptr& respond) {
  if (!batch.ok()) return respond->send(net::error_response(batch.failure()));
  ingest_exchange passed{{}, single, how.time, respond};
  passed.batches.push_back(std::move(batch).value());
  caf::anon_send(front, exchange_atom_v, std::move(passed));
}

net::http_response ingest_answer(bool single, const committed& place) {
  if (single) return json_answer(200, value{object{{"seq", fields::of_number(place.last)}}});
  return json_answer(200, value{object{{"first_seq", fields::of_number(place.first)},
                                       {"last_seq", fields::of_number(place.last)},
                                       {"count", fields::of_count(place.last - place.first + 1)}}});
}

}  // namespace

void read_change(const http_front_actor& front, const reading& how,
                 const net::http_request& request, const responder_ptr& respond) {
  const auto types = how.types ? how.types->current() : nullptr;
  pass_on(front, how, read_ingest(request, types.get()), true, respond);
}

void read_changes(const http_front_actor& front, const reading& how,
                  const net::http_request& request, const responder_ptr& respond) {
  const auto types = how.types ? how.types->current() : nullptr;
  pass_on(front, how, read_ingest_batch(request, how.batch_changes, types.get()), false, respond);
}

void ingest(scheduler_front_ptr self, ingest_exchange& request) {
  auto& state = self->state;
  const auto known = state.config.types ? state.config.types->current() : nullptr;
  const posting_rules rules{state.config.system_prefix, state.config.is_posted, known.get()};
  if (const auto posted = may_be_posted(request.batches, rules); !posted.ok())
    return request.respond->send(net::error_response(posted.failure()));
  if (!state.pending.admit(request.respond)) return;
  ask_and_answer<committed>(
      self, request, state.parts.intake,
      [single = request.single](const committed& place) { return ingest_answer(single, place); },
      ingest_changes_atom_v, std::move(request.batches));
}

}  // namespace spooky::actors
