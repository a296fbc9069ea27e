#include "actors/front/metrics.hpp"
#include "actors/front/scheduler_handlers.hpp"
#include "actors/front/status_json.hpp"

namespace spooky::actors {

namespace {

template <class Show>
void with_status(scheduler_front_ptr self, const exchange& request, Show show) {
  ask_and_answer<scheduler_status>(self, request, self->state.parts.coordinator, show,
                                   scheduler_status_atom_v);
}

/// The same, together with what the watchman has found.
template <class Show>
void with_drift(scheduler_front_ptr self, const exchange& request, Show show) {
  ask_and_go_on<drift_report>(
      self, request, self->state.parts.watchman,
      [self, request, show](const drift_report& drift) {
        with_status(self, request, [show, drift](scheduler_status status) {
          status.drift = drift;
          return show(status);
        });
      },
      drift_report_atom_v);
}

/// Asks all who count something; `show(status, placement, jobs)` makes the answer.
template <class Show>
void with_figures(scheduler_front_ptr self, const exchange& request, Show show) {
  ask_and_go_on<job_totals>(
      self, request, self->state.parts.jobs,
      [self, request, show](const job_totals& jobs) {
        ask_and_go_on<placement_status>(
            self, request, self->state.parts.registry,
            [self, request, show, jobs](const placement_status& placement) {
              with_drift(self, request, [show, jobs, placement](const scheduler_status& status) {
                return show(status, placement, jobs);
              });
            },
            placement_status_atom_v);
      },
      job_totals_atom_v);
}

}  // namespace

void show_health(scheduler_front_ptr self, const exchange& request) {
  with_drift(self, request, scheduler_health);
}

void show_drift(scheduler_front_ptr self, const exchange& request) {
  ask_and_answer<drift_report>(
      self, request, self->state.parts.watchman,
      [self](const drift_report& report) { return drift_answer(report, now(self)); },
      seen_drift_atom_v);
}

void show_info(scheduler_front_ptr self, const exchange& request) {
  with_status(self, request, [self](const scheduler_status& status) {
    return scheduler_info(self->state.config.id, status);
  });
}

void show_metrics(scheduler_front_ptr self, const exchange& request) {
  if (request.request->headers.get("Accept").starts_with("text/plain"))
    return show_metrics_text(self, request);
  with_figures(self, request,
               [self](const scheduler_status& status, const placement_status& placement,
                      const job_totals& jobs) {
                 return scheduler_metrics(status, placement, jobs, uptime(self), now(self));
               });
}

void show_metrics_text(scheduler_front_ptr self, const exchange& request) {
  with_figures(self, request,
               [self](const scheduler_status& status, const placement_status& placement,
                      const job_totals& jobs) {
                 return scheduler_metrics_text(status, placement, jobs, uptime(self), now(self));
               });
}

void show_version(scheduler_front_ptr self, const exchange& request) {
  answer_version(self, request, "scheduler");
}

}  // namespace spooky::actors
