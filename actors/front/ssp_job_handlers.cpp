#include "actors/front/ssp_handlers.hpp"
#include "protocol/job_codec.hpp"

namespace spooky::actors {

void take_job(ssp_front_ptr self, const exchange& request) {
  auto& state = self->state;
  const auto job = read_assignment(request.body);
  if (!job.ok()) return refuse(self, request, job.failure());
  ask_and_answer<ack>(
      self, request, state.parts.jobs,
      [id = state.config.id](const ack&) {
        return json_answer(202, value{object{{"ssp_id", value{id}}}});
      },
      assign_job_atom_v, *job);
}

}  // namespace spooky::actors
