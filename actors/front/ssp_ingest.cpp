#include "actors/front/ssp_handlers.hpp"
#include "protocol/fields.hpp"
#include "protocol/log_codec.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace spooky::actors {

namespace {

/// The registration that numbered changes are sent for. Only the scheduler's link knows it: numbers
/// that somebody makes up would take the place of the log's.
std::variant<registration_epoch, net::http_response> sender_of_log(
    const reading& how, const net::http_request& request) {
  if (!how.takes_log)
    return net::error_response(
        fail(errc::invalid_argument,
             "this SSP has no scheduler: 'seq' is not accepted, it numbers changes itself"));
  if ((how.callers & caller::node) == 0)
    return net::forbidden_response("'seq' is taken from nodes only");
  const auto epoch = read_epoch_text(request.headers.get(log_epoch_header));
  if (!epoch.ok()) return net::error_response(epoch.failure());
  if (*epoch == 0)
    return net::error_response(
        fail(errc::invalid_argument, "'seq' is taken from the scheduler only, which says in " +
                                         std::string{log_epoch_header} +
                                         " for which registration it is"));
  return *epoch;
}

void pass_log(const ssp_http_front_actor& front, const reading& how,
              const net::http_request& request, log_slice slice, const responder_ptr& respond) {
  auto sender = sender_of_log(how, request);
  if (auto* refused = std::get_if<net::http_response>(&sender))
    return respond->send(std::move(*refused));
  slice.epoch = std::get<registration_epoch>(sender);
  caf::anon_send(front, exchange_atom_v, log_exchange{std::move(slice), how.time, respond});
}

void pass_on(const ssp_http_front_actor& front, const reading& how,
             const net::http_request& request, result<change_batch> batch, bool single,
             const responder_ptr& respond) {
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
  pass_log(front, how, request, std::move(slice), respond);
}

}  // namespace

void read_change(const ssp_http_front_actor& front, const reading& how,
                 const net::http_request& request, const responder_ptr& respond) {
  const auto types = how.types ? how.types->current() : nullptr;
  pass_on(front, how, request, read_ingest(request, types.get()), true, respond);
}

void read_changes(const ssp_http_front_actor& front, const reading& how,
                  const net::http_request& request, const responder_ptr& respond) {
  if (request.headers.get("Content-Type") == log_media_type) {
    auto slice = decode_slice(request.body);
    if (!slice.ok()) return respond->send(net::error_response(slice.failure()));
    return pass_log(front, how, request, std::move(*slice), respond);
  }
  const auto types = how.types ? how.types->current() : nullptr;
  pass_on(front, how, request, read_ingest_batch(request, how.batch_changes, types.get()), false,
          respond);
}

void ingest(ssp_front_ptr self, ingest_exchange& request) {
  auto& state = self->state;
  const auto known = state.config.types ? state.config.types->current() : nullptr;
  const posting_rules rules{state.config.system_prefix, state.config.is_posted, known.get()};
  if (const auto posted = may_be_posted(request.batches, rules); !posted.ok())
    return request.respond->send(net::error_response(posted.failure()));
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
