#include "actors/front/ssp_handlers.hpp"
#include "protocol/fields.hpp"
#include "protocol/log_codec.hpp"

#include <algorithm>
#include <utility>

namespace spooky::actors {

namespace {

void pass_on(const ssp_http_front_actor& front, const reading& how, result<change_batch> batch,
             bool single, const responder_ptr& respond) {
  if (!batch.ok()) return respond->send(net::error_response(batch.failure()));
  const auto& changes = batch->changes;
  const auto numbered =
      std::count_if(changes.begin(), changes.end(), [](const change& c) { return c.seq != 0; });
  if (numbered == 0) {
    ingest_exchange passed{{}, single, how.time, respond};
    passed.batches.push_back(std::move(batch).value());
    return caf::anon_send(front, exchange_atom_v, std::move(passed));
  }
  bool rising = static_cast<std::size_t>(numbered) == changes.size();
  for (std::size_t i = 1; rising && i < changes.size(); ++i)
    rising = changes[i].seq == changes[i - 1].seq + 1;
  if (!rising)
    return respond->send(net::error_response(
        fail(errc::invalid_argument, "field 'seq' must rise by one from change to change")));
  log_slice slice{changes.front().seq, changes.back().seq, nullptr, 0};
  change_batches batches;
  batches.push_back(std::move(batch).value());
  slice.batches = std::make_shared<const change_batches>(std::move(batches));
  caf::anon_send(front, exchange_atom_v, log_exchange{std::move(slice), how.time, respond});
}

void pass_log(const ssp_http_front_actor& front, const reading& how,
              const net::http_request& request, const responder_ptr& respond) {
  auto slice = decode_slice(request.body);
  if (!slice.ok()) return respond->send(net::error_response(slice.failure()));
  const auto epoch = read_epoch_text(request.headers.get(log_epoch_header));
  if (!epoch.ok()) return respond->send(net::error_response(epoch.failure()));
  slice->epoch = *epoch;
  caf::anon_send(front, exchange_atom_v, log_exchange{std::move(slice).value(), how.time, respond});
}

}  // namespace

void read_change(const ssp_http_front_actor& front, const reading& how,
                 const net::http_request& request, const responder_ptr& respond) {
  const auto types = how.types ? how.types->current() : nullptr;
  pass_on(front, how, read_ingest(request, types.get()), true, respond);
}

void read_changes(const ssp_http_front_actor& front, const reading& how,
                  const net::http_request& request, const responder_ptr& respond) {
  if (request.headers.get("Content-Type") == log_media_type)
    return pass_log(front, how, request, respond);
  const auto types = how.types ? how.types->current() : nullptr;
  pass_on(front, how, read_ingest_batch(request, how.batch_changes, types.get()), false, respond);
}

void ingest(ssp_front_ptr self, ingest_exchange& request) {
  auto& state = self->state;
  if (const auto own = may_be_posted(request.batches, state.config.system_prefix); !own.ok())
    return request.respond->send(net::error_response(own.failure()));
  if (!state.pending.admit(request.respond)) return;
  ask_and_answer<committed>(
      self, request, state.parts.intake,
      [](const committed& place) {
        return json_answer(200, value{object{{"seq", fields::of_number(place.last)}}});
      },
      ingest_changes_atom_v, std::move(request.batches));
}

void ingest_log(ssp_front_ptr self, const log_exchange& request) {
  auto& state = self->state;
  if (!state.pending.admit(request.respond)) return;
  ask_and_answer<sequence_number>(
      self, request, state.parts.ssp,
      [](sequence_number applied) { return json_answer(200, applied_answer(applied)); },
      ingest_log_atom_v, request.slice);
}

}  // namespace spooky::actors
