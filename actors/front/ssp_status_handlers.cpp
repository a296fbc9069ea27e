#include "actors/front/metrics.hpp"
#include "actors/front/ssp_handlers.hpp"
#include "actors/front/status_json.hpp"

namespace spooky::actors {

namespace {

template <class Show>
void with_status(ssp_front_ptr self, const exchange& request, Show show) {
  ask_and_answer<ssp_status>(self, request, self->state.parts.ssp, show, ssp_status_atom_v);
}

/// The same, together with what the watchman has found.
template <class Show>
void with_drift(ssp_front_ptr self, const exchange& request, Show show) {
  ask_and_go_on<drift_report>(
      self, request, self->state.parts.watchman,
      [self, request, show](const drift_report& drift) {
        with_status(self, request, [show, drift](ssp_status status) {
          status.drift = drift;
          return show(status);
        });
      },
      drift_report_atom_v);
}

/// Asks all who count something; `show(status, jobs)` makes the answer.
template <class Show>
void with_figures(ssp_front_ptr self, const exchange& request, Show show) {
  ask_and_go_on<edge_status>(
      self, request, self->state.parts.edges,
      [self, request, show](const edge_status& edges) {
        ask_and_go_on<job_totals>(
            self, request, self->state.parts.jobs,
            [self, request, show, edges](const job_totals& jobs) {
              with_drift(self, request, [show, edges, jobs](ssp_status status) {
                status.edges_pending = edges.pending;
                return show(status, jobs);
              });
            },
            job_totals_atom_v);
      },
      edge_status_atom_v);
}

}  // namespace

void show_health(ssp_front_ptr self, const exchange& request) {
  with_drift(self, request, ssp_health_answer);
}

void show_drift(ssp_front_ptr self, const exchange& request) {
  ask_and_answer<drift_report>(
      self, request, self->state.parts.watchman,
      [self](const drift_report& report) { return drift_answer(report, now(self)); },
      seen_drift_atom_v);
}

void show_info(ssp_front_ptr self, const exchange& request) {
  with_status(self, request,
              [self](const ssp_status& status) { return ssp_info(self->state.config.id, status); });
}

void show_metrics(ssp_front_ptr self, const exchange& request) {
  if (request.request->headers.get("Accept").starts_with("text/plain"))
    return show_metrics_text(self, request);
  with_figures(self, request, [self](const ssp_status& status, const job_totals& jobs) {
    return ssp_metrics(self->state.config.id, status, jobs, uptime(self));
  });
}

void show_metrics_text(ssp_front_ptr self, const exchange& request) {
  with_figures(self, request, [self](const ssp_status& status, const job_totals& jobs) {
    return ssp_metrics_text(status, jobs, uptime(self));
  });
}

void show_version(ssp_front_ptr self, const exchange& request) {
  answer_version(self, request, "streaming");
}

}  // namespace spooky::actors
