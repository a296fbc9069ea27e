#pragma once

#include <chrono>

/// How long one process waits for another. Who asks gives up last: what it has asked, the call on
/// the wire, ends before that, so that a failure arrives with its reason and no answer is lost
/// between the two. Questions inside a question nest in the same way. What waits for the database
/// alone, for an idle connection or between two attempts is not said here: nothing nests in it.
///
/// | question | from | to | call | who asked |
/// | --- | --- | --- | --- | --- |
/// | health | ssp_link | `GET /health` | 2 s | 3 s, setting `ssp_poll_interval_ms` |
/// | delivery | ssp_link | `POST /ingest/batch` | 25 s | 30 s |
/// | registration | view_registry | `POST /view/register`, `unregister`, `release` | 55 s | 60 s |
/// | to_scheduler | ssp, circuit | `/ssp/...`, `/view/unregister` | 8 s | 10 s |
/// | table_load | circuit | `POST /proxy/query` | 110 s | 120 s |
/// | job | job_dispatcher, job_runner | `/job/dispatch`, `/job/result` | 4.5 s | 5 s |
///
/// A client's registration waits for the registry's, 65 s. Whatever else a front asks of its own
/// process it waits 30 s for.
namespace spooky::deadlines {

using std::chrono::milliseconds;

/// Who asks waits for `asked`; its call on the wire ends after `call`.
struct question {
  milliseconds call;
  milliseconds asked;

  /// Whether the call ends early enough for its failure to be told.
  constexpr bool nests() const { return call > milliseconds{0} && call + told_within <= asked; }

  static constexpr milliseconds told_within{500};
};

inline constexpr question health{milliseconds{2'000}, milliseconds{3'000}};
inline constexpr question delivery{milliseconds{25'000}, milliseconds{30'000}};
inline constexpr question registration{milliseconds{55'000}, milliseconds{60'000}};
inline constexpr question to_scheduler{milliseconds{8'000}, milliseconds{10'000}};
inline constexpr question table_load{milliseconds{110'000}, milliseconds{120'000}};
inline constexpr question job{milliseconds{4'500}, milliseconds{5'000}};

static_assert(health.nests() && delivery.nests() && registration.nests() && to_scheduler.nests() &&
              table_load.nests() && job.nests());

/// What a front waits for its own process, for a client.
inline constexpr milliseconds front_request{30'000};
inline constexpr milliseconds front_registration = registration.asked + milliseconds{5'000};

/// How long a registered view's edges may take to be in the database: its registration, which waits
/// for them, is answered before the scheduler gives its call up.
inline constexpr milliseconds edges = registration.call - milliseconds{5'000};

/// How long an SSP's own circuit may take to start over, tables included.
inline constexpr milliseconds bootstrap{120'000};
static_assert(edges < registration.call && registration.asked < front_registration &&
              table_load.asked <= bootstrap);

}  // namespace spooky::deadlines
