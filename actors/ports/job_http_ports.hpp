#pragma once

#include "actors/interfaces.hpp"
#include "actors/ports/http_call.hpp"

#include <memory>
#include <string>

namespace spooky::actors {

/// A job_peer over an SSP's `/job/dispatch`. It ends when its last handle is dropped.
job_peer spawn_job_http_peer(caf::actor_system& system, http_peer where);

/// A job_sink over the scheduler's `/job/result`.
job_sink spawn_job_http_sink(caf::actor_system& system, http_peer where);

/// A job_backend: posts to `where.base` plus the job's path, with `where.bearer` as its token. The
/// token is kept out of what it answers, also where the backend repeats it.
job_backend spawn_http_backend(caf::actor_system& system, http_peer where);

}  // namespace spooky::actors
