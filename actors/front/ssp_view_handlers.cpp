#include "actors/front/each_of_many.hpp"
#include "actors/front/ssp_handlers.hpp"
#include "actors/front/stream_door.hpp"
#include "machines/ssp/view_answer.hpp"
#include "protocol/stream_codec.hpp"
#include "protocol/tree_codec.hpp"
#include "surrealql/values/text.hpp"

#include <set>
#include <string>
#include <utility>

namespace spooky::actors {

namespace {

/// `what`: the view, for this verb.
template <class Verb, class What>
void end_view(ssp_front_ptr self, const exchange& request, Verb verb, const What& what) {
  ask_and_answer<ack>(
      self, request, self->state.parts.ssp, [](const ack&) { return done_answer(); }, verb, what);
}

/// An epoch is taken from the scheduler; the database's functions ask for inline errors, it does
/// not.
result<void> may_name_epoch(ssp_front_ptr self, const exchange& request) {
  if (self->state.config.takes_log && !wants_inline_errors(*request.request)) return {};
  return names_no_epoch(request.body);
}

/// Says in a registration's answer where its stream is, and what lets in to it.
void offer_stream(ssp_front_ptr self, const view_id& view, object& answer) {
  const auto& config = self->state.config;
  answer.set("stream_url", value{stream_url(config.url, view)});
  const auto& terms = config.streams;
  if (terms.tokens.asked())
    answer.set("stream_token", value{terms.tokens.issue(view.raw(), terms.wall_clock())});
}

/// The rows that were asked for, of what the view shows.
void add_rows(tree_answer& answer, const std::set<std::string>& wanted,
              const views::view_snapshot& shown) {
  for (const auto& member : shown.members)
    if (!member.parent && wanted.contains(surrealql::to_text(member.id)))
      answer.rows.emplace_back(member.id, member.version, member.row);
}

net::http_response shown_answer(const value& shown) { return json_answer(200, shown); }

}  // namespace

void register_view(ssp_front_ptr self, const exchange& request) {
  if (request.body.is_array()) return serve_each(self, request, register_view);
  auto& state = self->state;
  const auto view = read_registration(request.body, state.config.system_prefix);
  if (!view.ok()) return refuse(self, request, view.failure());
  if (const auto said = says_who_asks(*request.request, request.body); !said.ok())
    return refuse(self, request, said.failure());
  if (const auto fit = may_name_epoch(self, request); !fit.ok())
    return refuse(self, request, fit.failure());
  if (const auto& queries = self->state.config.queries)
    if (const auto allowed = queries->may_be_registered(**view); !allowed.ok())
      return forbid(self, request, allowed.failure().message);
  ask_and_answer<snapshot_result_ptr>(
      self, request, state.parts.ssp,
      [self, view = *view](const snapshot_result_ptr& shown) {
        auto answer = to_body(answer_of(*view, *shown)).as_object();
        offer_stream(self, view->id, answer);
        return json_answer(200, value{std::move(answer)});
      },
      register_view_atom_v, *view);
}

void unregister_view(ssp_front_ptr self, const exchange& request) {
  const auto claim = read_claim(request.body, self->state.config.system_prefix);
  if (!claim.ok()) return refuse(self, request, claim.failure());
  if (const auto fit = may_name_epoch(self, request); !fit.ok())
    return refuse(self, request, fit.failure());
  end_view(self, request, unregister_view_atom_v, *claim);
}

void release_view(ssp_front_ptr self, const exchange& request) {
  const auto release = read_release(request.body, self->state.config.system_prefix);
  if (!release.ok()) return refuse(self, request, release.failure());
  if (const auto fit = may_name_epoch(self, request); !fit.ok())
    return refuse(self, request, fit.failure());
  end_view(self, request, release_view_atom_v, *release);
}

void keep_view(ssp_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto id = read_view_id(request.body["id"], state.config.system_prefix);
  if (!id.ok()) return refuse(self, request, id.failure());
  ask_and_answer<ack>(
      self, request, state.parts.edges, [](const ack&) { return done_answer(); }, touch_view_atom_v,
      *id);
}

void show_view(ssp_front_ptr self, const exchange& request) {
  const auto named = path_view(self, request);
  if (!named.ok()) return refuse(self, request, named.failure());
  ask_and_answer<snapshot_result_ptr>(
      self, request, self->state.parts.circuit,
      [id = *named](const snapshot_result_ptr& shown) {
        view_registration view;
        view.id = id;
        view.query = query_of(id);
        return json_answer(200, to_body(answer_of(view, *shown)));
      },
      read_view_atom_v, *named);
}

void compare_view(ssp_front_ptr self, const exchange& request) {
  const auto& state = self->state;
  const auto id = path_view(self, request);
  if (!id.ok()) return refuse(self, request, id.failure());
  if (!may_see(request, *id, state.config, now(self))) return refuse(self, request, needs_token());
  auto asked = read_tree_question(request.body);
  if (!asked.ok()) return refuse(self, request, asked.failure());
  const auto tell = [self, request](const tree_answer& answer) {
    self->state.pending.done();
    request.respond->send(value_answer(*request.request, 200, to_body(answer)));
  };
  ask_and_go_on<tree_nodes>(
      self, request, state.parts.edges,
      [self, request, id = *id, rows = asked->rows, tell](const tree_nodes& tree) {
        if (rows.empty()) return tell({tree, {}});
        ask_and_go_on<snapshot_result_ptr>(
            self, request, self->state.parts.circuit,
            [tree, rows, tell](const snapshot_result_ptr& shown) {
              tree_answer answer{tree, {}};
              add_rows(answer, rows, *shown);
              tell(answer);
            },
            read_view_atom_v, id);
      },
      read_tree_atom_v, *id, std::move(asked->paths));
}

void explain_view(ssp_front_ptr self, const exchange& request) {
  const auto id = path_view(self, request);
  if (!id.ok()) return refuse(self, request, id.failure());
  ask_and_answer<value>(self, request, self->state.parts.circuit, shown_answer, explain_view_atom_v,
                        *id);
}

void explain_tables(ssp_front_ptr self, const exchange& request) {
  ask_and_answer<value>(self, request, self->state.parts.circuit, shown_answer,
                        explain_tables_atom_v);
}

void reset(ssp_front_ptr self, const exchange& request) {
  ask_and_answer<ack>(
      self, request, self->state.parts.ssp, [](const ack&) { return done_answer(); },
      reset_ssp_atom_v);
}

}  // namespace spooky::actors
