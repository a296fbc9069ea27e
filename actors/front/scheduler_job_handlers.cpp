#include "actors/front/scheduler_handlers.hpp"
#include "protocol/job_codec.hpp"
#include "protocol/pool_codec.hpp"

namespace spooky::actors {

void dispatch_job(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto job = read_assignment(request.body);
  if (!job.ok()) return refuse(self, request, job.failure());
  ask_and_answer<ssp_id>(
      self, request, state.parts.jobs,
      [](const ssp_id& ssp) { return json_answer(200, to_body(ssp)); }, assign_job_atom_v, *job);
}

void take_job_result(scheduler_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto report = read_report(request.body);
  if (!report.ok()) return refuse(self, request, report.failure());
  ask_and_answer<ack>(
      self, request, state.parts.jobs, [](const ack&) { return done_answer(); }, report_job_atom_v,
      *report);
}

}  // namespace spooky::actors
