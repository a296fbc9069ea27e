#include "actors/ssp/view_watchman.hpp"

#include "actors/database_query.hpp"
#include "actors/watching.hpp"
#include "machines/ssp/view_drift.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spooky::actors {

namespace {

/// One look at a view: what the database says is read first, then what is shown here, so that
/// nothing that the database has is still on its way.
struct view_look {
  std::uint64_t step = 0;
  view_id id;
  registration_ptr registration;
  std::vector<std::string> to_flush;
  sequence_number delivered = 0;  ///< what was committed before the look is in the log up to there
  comparable how = comparable::no;
  std::optional<value> answered;
  standing_view standing;
  std::size_t reads = 1;
};
using view_look_ptr = std::shared_ptr<view_look>;

bool concerns_result(const drift& found) { return found.kind == drift_kind::view; }

struct view_runner {
  view_watchman_ptr self;

  const view_watchman_parts& parts() const { return self->state.parts; }
  std::chrono::milliseconds limit() const { return self->state.config.request_timeout; }

  void tell(const watch_event::any& event) const;
  void failed(std::uint64_t step, const error& why) const { tell(watch_event::failed{step, why}); }
  auto on_failure(std::uint64_t step) const {
    return [r = *this, step](const caf::error& why) { r.failed(step, from_caf(why)); };
  }

  void operator()(const watch_effect::list_subjects& effect) const {
    self->request(parts().circuit, limit(), list_views_atom_v, self->state.config.view_rows)
        .then(
            [r = *this, step = effect.step](const std::vector<view_id>& views) {
              std::vector<std::string> names;
              names.reserve(views.size());
              for (const auto& id : views) names.push_back(id.raw());
              r.tell(watch_event::subjects{step, std::move(names)});
            },
            on_failure(effect.step));
  }

  // -- a look -------------------------------------------------------------------------------------

  void operator()(const watch_effect::look& effect) const {
    const auto look = std::make_shared<view_look>();
    look->step = effect.step;
    look->id = view_id{effect.at.name};
    self->request(parts().circuit, limit(), watched_view_atom_v, look->id)
        .then(
            [r = *this, look, again = effect.again](const watched_view& view) {
              look->registration = view.registration;
              if (view.sees_all) look->how = how_comparable(*view.registration);
              if (again) look->to_flush = view.tables;
              r.flush_next(look);
            },
            on_failure(effect.step));
  }

  void flush_next(const view_look_ptr& look) const {
    if (look->to_flush.empty()) return ask_answer(look);
    const auto table = look->to_flush.back();
    look->to_flush.pop_back();
    self->request(parts().scheduler, limit(), flush_atom_v, table)
        .then(
            [r = *this, look](sequence_number delivered) {
              look->delivered = std::max(look->delivered, delivered);
              r.flush_next(look);
            },
            on_failure(look->step));
  }

  void ask_answer(const view_look_ptr& look) const {
    if (look->how == comparable::no) return read_edges(look);
    ++look->reads;
    ask_database(self, parts().database,
                 answer_select{look->registration->surql, look->registration->params}, limit(),
                 [r = *this, look](result<value> said) mutable {
                   if (!said.ok()) return r.failed(look->step, said.failure());
                   look->answered = std::move(said).value();
                   r.read_edges(look);
                 });
  }

  void read_edges(const view_look_ptr& look) const {
    self->request(parts().edges, limit() + answer_margin, standing_view_atom_v, look->id)
        .then(
            [r = *this, look](const standing_view& standing) {
              look->standing = standing;
              r.compare(look);
            },
            on_failure(look->step));
  }

  void compare(const view_look_ptr& look) const {
    self->request(parts().circuit, limit(), watched_view_atom_v, look->id)
        .then([r = *this, look](const watched_view& view) { r.compared(look, view); },
              on_failure(look->step));
  }

  void compared(const view_look_ptr& look, const watched_view& view) const {
    if (view.registration != look->registration)
      return failed(look->step, fail(errc::conflict, "it was registered again"));
    if (view.shown->seq < look->delivered)
      return failed(look->step, fail(errc::not_ready, "the log has not been applied so far"));
    watch_event::looked told{look->step, {}, std::nullopt, look->reads};
    if (look->answered) {
      const auto table = view.tables.empty() ? std::string{} : view.tables.front();
      told.found =
          result_drift(*view.registration, look->how, table, view.shown->result, *look->answered);
    }
    auto edges =
        edge_drift(self->state.config.format, *view.registration, *view.shown, look->standing);
    std::move(edges.begin(), edges.end(), std::back_inserter(told.found));
    tell(told);
  }

  // -- a repair -----------------------------------------------------------------------------------

  void operator()(const watch_effect::repair& effect) const {
    const view_id id{effect.at.name};
    const auto& found = effect.confirmed;
    const bool reload = std::any_of(found.begin(), found.end(), concerns_result);
    auto keys = keys_of_edges(found);
    if (keys.empty()) return mend(effect.step, id, reload);
    self->request(parts().edges, limit() + answer_margin, remove_edges_atom_v, id,
                  array(std::make_move_iterator(keys.begin()), std::make_move_iterator(keys.end())))
        .then([r = *this, step = effect.step, id, reload](const ack&) { r.mend(step, id, reload); },
              on_failure(effect.step));
  }

  void mend(std::uint64_t step, const view_id& id, bool reload) const {
    self->request(parts().circuit, 4 * limit(), mend_view_atom_v, id, reload)
        .then([r = *this, step](const ack&) { r.tell(watch_event::repaired{step}); },
              on_failure(step));
  }
};

void view_runner::tell(const watch_event::any& event) const {
  watch_step<view_runner>(self, event);
}

}  // namespace

watchman_actor::behavior_type view_watchman(view_watchman_ptr self, view_watchman_parts parts,
                                            view_watchman_config config) {
  self->state.parts = std::move(parts);
  self->state.config = std::move(config);
  self->state.cycle = watch_cycle{self->state.config.pace};
  return watch<view_runner>(self);
}

}  // namespace spooky::actors
