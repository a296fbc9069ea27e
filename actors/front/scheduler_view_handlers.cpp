#include "actors/front/each_of_many.hpp"
#include "actors/front/scheduler_handlers.hpp"
#include "actors/front/stream_door.hpp"

#include <utility>

namespace spooky::actors {

namespace {

net::http_response assignment_answer(const front_config& config, const query_key& query,
                                     const view_assignment& where) {
  object answer = where.answer.is_object() ? where.answer.as_object() : object{};
  if (config.passes_streams) answer.set("stream_url", value{stream_url(config.url, where.view)});
  answer.set("query_id", value{query.raw()});
  answer.set("ssp_id", value{where.ssp.raw()});
  answer.set("ssp_url", value{where.ssp_url});
  return json_answer(200, value{std::move(answer)});
}

net::http_response owner_answer(const view_assignment& where) {
  return json_answer(
      200, value{object{{"ssp_id", value{where.ssp.raw()}}, {"ssp_url", value{where.ssp_url}}}});
}

void place_view(scheduler_front_ptr self, const exchange& request,
                const result<registration_ptr>& view) {
  if (!view.ok()) return refuse(self, request, view.failure());
  if (const auto said = says_who_asks(*request.request, request.body); !said.ok())
    return refuse(self, request, said.failure());
  if (const auto fit = names_no_epoch(request.body); !fit.ok())
    return refuse(self, request, fit.failure());
  if (const auto& queries = self->state.config.queries)
    if (const auto allowed = queries->may_be_registered(**view); !allowed.ok())
      return forbid(self, request, allowed.failure().message);
  ask_and_answer<view_assignment>(
      self, request, self->state.parts.registry,
      [self, query = (*view)->query](const view_assignment& where) {
        return assignment_answer(self->state.config, query, where);
      },
      register_view_atom_v, *view);
}

}  // namespace

void register_query(scheduler_front_ptr self, const exchange& request) {
  place_view(self, request,
             read_query_registration(request.body, self->state.config.system_prefix));
}

void register_view(scheduler_front_ptr self, const exchange& request) {
  if (request.body.is_array()) return serve_each(self, request, register_view);
  place_view(self, request, read_registration(request.body, self->state.config.system_prefix));
}

void unregister_view(scheduler_front_ptr self, const exchange& request) {
  const auto claim = read_claim(request.body, self->state.config.system_prefix);
  if (!claim.ok()) return refuse(self, request, claim.failure());
  if (const auto fit = names_no_epoch(request.body); !fit.ok())
    return refuse(self, request, fit.failure());
  ask_and_answer<ack>(
      self, request, self->state.parts.registry, [](const ack&) { return done_answer(); },
      unregister_view_atom_v, *claim);
}

void show_owner(scheduler_front_ptr self, const exchange& request) {
  const auto id = path_view(self, request);
  if (!id.ok()) return refuse(self, request, id.failure());
  ask_and_answer<view_assignment>(self, request, self->state.parts.registry, owner_answer,
                                  owner_atom_v, *id);
}

}  // namespace spooky::actors
