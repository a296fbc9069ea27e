#include "actors/jobs/job_runner.hpp"

#include "actors/database_query.hpp"
#include "machines/backoff.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

using namespace std::chrono_literals;
using run = job_runner_state::run;

/// How often in a row a job may be lost with its SSP before it counts as what kills them.
constexpr std::ptrdiff_t max_losses = 5;
/// Until a claim that the database did not answer, or refused, is worth another try.
constexpr std::chrono::milliseconds claim_pause{1'000};

job_runner_actor::behavior_type accepting(job_runner_ptr self);
job_runner_actor::behavior_type draining(job_runner_ptr self);

void start_next(job_runner_ptr self, const std::string& table);
void settle(job_runner_ptr self, std::uint64_t number);

run& run_of(job_runner_ptr self, std::uint64_t number) { return self->state.runs.at(number); }

job_runner_state::lane& lane_of(job_runner_ptr self, const record_id& job) {
  return self->state.lanes.at(job.table);
}

void report(job_runner_ptr self, job_report what) {
  auto& state = self->state;
  if (!state.sink) return;
  self->request(state.sink, state.config.report_timeout, report_job_atom_v, std::move(what))
      .then([](const ack&) {},
            // The record itself says the same, and is captured.
            [](const caf::error& reason) {
              spdlog::debug("a job report was not taken: {}", from_caf(reason).message);
            });
}

/// Forgets a job whose claim failed or whose outcome is written, and lets the next begin.
void end(job_runner_ptr self, std::uint64_t number) {
  auto& state = self->state;
  const auto job = run_of(self, number).job;
  state.numbers.erase(job);
  state.runs.erase(number);
  --lane_of(self, job).active;
  start_next(self, job.table);
  if (!state.runs.empty()) return;
  for (auto& promise : std::exchange(state.stopping, {})) promise.deliver(ack{});
}

// -- the outcome --------------------------------------------------------------------------------

job_state state_named(const std::string& status) {
  if (status == "success") return job_state::completed;
  return status == "pending" ? job_state::pending : job_state::failed;
}

void count(job_figures& counted, job_state how) {
  if (how == job_state::completed) ++counted.succeeded;
  if (how == job_state::failed) ++counted.failed;
  if (how == job_state::pending) ++counted.retried;
}

void settled(job_runner_ptr self, std::uint64_t number, const job_settled& how) {
  auto& state = self->state;
  const auto& done = run_of(self, number);
  auto& counted = lane_of(self, done.job).counted;
  job_report said{done.job, state_named(done.outcome.status), state.config.format.ssp_id,
                  done.outcome.retries, done.pause};
  if (how.what == job_settled::outcome::rejected) {
    ++counted.rejected;
    spdlog::warn("job {}: attempt {} was taken over by another; its outcome is void",
                 surrealql::to_text(done.job), done.attempt);
    // Whoever took it over reports.
    return end(self, number);
  }
  count(counted, said.state);
  if (how.what == job_settled::outcome::overruled) {
    said.state = state_named(how.status);
    said.retry_after = {};
    said.ran = false;
  }
  report(self, std::move(said));
  end(self, number);
}

void not_settled(job_runner_ptr self, std::uint64_t number, const error& why) {
  auto& state = self->state;
  auto& one = run_of(self, number);
  if (why.code == errc::evaluation_error && std::exchange(one.with_error, false)) {
    spdlog::error("job {}: the table refuses its error: {}", surrealql::to_text(one.job),
                  why.message);
    return settle(self, number);
  }
  if (one.failures++ == 0)
    spdlog::warn("job {}: outcome not written: {}; trying again", surrealql::to_text(one.job),
                 why.message);
  self->delayed_send(self,
                     backoff_delay(one.failures, state.config.retry_initial,
                                   state.config.retry_limit, ++state.seed),
                     settle_again_atom_v, number);
}

void settle(job_runner_ptr self, std::uint64_t number) {
  auto& state = self->state;
  const auto& one = run_of(self, number);
  ask_database(self, state.database,
               settle_job{state.config.format, one.job, one.attempt, one.outcome, one.with_error},
               state.config.request_timeout, [self, number](const result<job_settled>& how) {
                 if (how.ok())
                   settled(self, number, *how);
                 else
                   not_settled(self, number, how.failure());
               });
}

void succeeded(job_runner_ptr self, std::uint64_t number) {
  auto& one = run_of(self, number);
  one.outcome = {"success", one.what.retries, {}, {}};
  settle(self, number);
}

void failed(job_runner_ptr self, std::uint64_t number, std::string code, std::string reason) {
  auto& one = run_of(self, number);
  spdlog::warn("job {} failed: {}: {}", surrealql::to_text(one.job), code, reason);
  one.outcome = {"failed", one.what.retries, std::move(code), std::move(reason)};
  settle(self, number);
}

/// Sets the job back to pending, or fails it where its retries are used up.
void failed_for_now(job_runner_ptr self, std::uint64_t number, std::string code, std::string reason,
                    std::optional<std::chrono::milliseconds> asked_pause) {
  auto& one = run_of(self, number);
  if (one.what.retries >= one.what.max_retries)
    return failed(self, number, std::move(code), std::move(reason));
  one.pause =
      asked_pause.value_or(retry_pause(one.what.strategy, one.what.retries, ++self->state.seed));
  one.outcome = {"pending", one.what.retries + 1, std::move(code), std::move(reason)};
  settle(self, number);
}

// -- the attempt --------------------------------------------------------------------------------

void answered(job_runner_ptr self, std::uint64_t number, const job_answer& answer) {
  const auto verdict = judge(answer.status);
  if (verdict == job_verdict::success) return succeeded(self, number);
  auto code = fmt::format("HTTP_{}", answer.status);
  auto reason = answer.excerpt.empty() ? "the backend gave no reason" : answer.excerpt;
  if (verdict == job_verdict::failure)
    return failed(self, number, std::move(code), std::move(reason));
  failed_for_now(self, number, std::move(code), std::move(reason), answer.retry_after);
}

void unanswered(job_runner_ptr self, std::uint64_t number, const error& why) {
  // What cannot be sent now cannot be sent later.
  if (why.code == errc::invalid_argument)
    return failed(self, number, std::string{error_text(why.code)}, why.message);
  failed_for_now(self, number, std::string{error_text(why.code)}, why.message, std::nullopt);
}

void attempt(job_runner_ptr self, std::uint64_t number) {
  const auto& one = run_of(self, number);
  const auto& route = lane_of(self, one.job).route;
  job_call call{one.what.path, one.what.body, idempotency_key(one.job, one.attempt),
                one.what.timeout.value_or(route.timeout)};
  const auto limit = call.timeout + answer_margin;
  self->request(route.service, limit, attempt_job_atom_v, std::move(call))
      .then(
          [self, number](const job_answer& answer) { answered(self, number, answer); },
          [self, number](const caf::error& reason) { unanswered(self, number, from_caf(reason)); });
}

/// How many of the newest attempts were lost with their SSP.
std::ptrdiff_t losses(const value& errors) {
  if (!errors.is_array()) return 0;
  const auto& all = errors.as_array();
  const auto other = std::find_if(
      all.rbegin(), all.rend(), [](const value& one) { return one["code"] != value{"ABANDONED"}; });
  return other - all.rbegin();
}

void claimed(job_runner_ptr self, std::uint64_t number, const job_claim& claim) {
  auto& one = run_of(self, number);
  lane_of(self, one.job).refused = false;
  one.attempt = claim.attempt;
  one.what.retries = read_retries(claim.record);
  auto what = read_outbox_job(claim.record);
  if (!what.ok()) return failed(self, number, "INVALID_JOB", what.failure().message);
  one.what = std::move(what).value();
  if (!lane_of(self, one.job).route.service)
    return failed(self, number, "NO_BACKEND",
                  "no backend has this outbox table; add one with method.table: " + one.job.table);
  if (losses(claim.record["errors"]) > max_losses)
    return failed(self, number, "LOST",
                  fmt::format("{} SSPs in a row were lost with it", max_losses + 1));
  attempt(self, number);
}

/// It does not run here: the dispatcher is told what is known of it instead.
void not_claimed(job_runner_ptr self, std::uint64_t number, job_report said) {
  said.ran = false;
  report(self, std::move(said));
  end(self, number);
}

/// Why the database refuses to let a job be taken, for whoever can mend that.
std::string claim_advice(const std::string& lease_table, const record_id& job, const error& why) {
  const bool no_leases = why.message.find("'" + lease_table + "'") != std::string::npos;
  return fmt::format("job {} cannot be taken: {}; {}", surrealql::to_text(job), why.message,
                     no_leases ? "run spooky schema --apply, or set db.provision"
                               : "its table must take status, errors and updated_at");
}

void claim_failed(job_runner_ptr self, std::uint64_t number, const error& why) {
  const auto& one = run_of(self, number);
  auto& lane = lane_of(self, one.job);
  // Said once per table, for every job of it is refused alike.
  if (why.code == errc::evaluation_error && !std::exchange(lane.refused, true))
    spdlog::error(claim_advice(self->state.config.format.lease_table(), one.job, why));
  not_claimed(self, number,
              {one.job, job_state::pending, self->state.config.format.ssp_id, 0,
               why.code == errc::conflict ? 0ms : claim_pause});
}

void claim(job_runner_ptr self, std::uint64_t number) {
  auto& state = self->state;
  const auto& one = run_of(self, number);
  const auto claimed_or_not = [self, number](const result<job_claim>& found) {
    if (!found.ok()) return claim_failed(self, number, found.failure());
    const auto& job = run_of(self, number).job;
    const auto& own = self->state.config.format.ssp_id;
    switch (found->what) {
      case job_claim::outcome::claimed:
        return claimed(self, number, *found);
      case job_claim::outcome::held:
        return not_claimed(self, number, {job, job_state::running, found->holder});
      case job_claim::outcome::finished:
        return not_claimed(self, number, {job, job_state::completed, own});
      case job_claim::outcome::gone:
        return not_claimed(self, number, {job, job_state::failed, own});
    }
  };
  ask_database(self, state.database, claim_job{state.config.format, one.job, one.from},
               state.config.request_timeout, claimed_or_not);
}

void start_next(job_runner_ptr self, const std::string& table) {
  auto& lane = self->state.lanes.at(table);
  while (lane.active < lane.route.concurrency && !lane.queue.empty()) {
    const auto number = lane.queue.front();
    lane.queue.pop_front();
    ++lane.active;
    claim(self, number);
  }
}

// -- accepting ----------------------------------------------------------------------------------

caf::result<ack> accept(job_runner_ptr self, const job_assignment& job) {
  auto& state = self->state;
  const auto lane = state.lanes.find(job.job.table);
  if (lane == state.lanes.end())
    return to_caf(fail(errc::invalid_argument,
                       "table " + job.job.table +
                           " is no outbox table; name it in backends.<name>.method.table or "
                           "job_tables"));
  if (state.numbers.contains(job.job)) return ack{};
  if (state.runs.size() >= state.config.pending_jobs)
    return to_caf(fail(errc::overloaded, "limits.pending_jobs jobs wait already; send it later"));
  const auto number = ++state.last_number;
  run fresh;
  fresh.job = job.job;
  fresh.from = job.from;
  state.runs.emplace(number, std::move(fresh));
  state.numbers.emplace(job.job, number);
  lane->second.queue.push_back(number);
  start_next(self, job.job.table);
  return ack{};
}

/// What has not begun goes back at once.
void release_queued(job_runner_ptr self) {
  auto& state = self->state;
  for (auto& [table, lane] : state.lanes)
    for (const auto number : std::exchange(lane.queue, {})) {
      const auto& one = run_of(self, number);
      report(self, {one.job, job_state::pending, state.config.format.ssp_id, 0, {}, false});
      state.numbers.erase(one.job);
      state.runs.erase(number);
    }
}

caf::result<ack> stop(job_runner_ptr self) {
  release_queued(self);
  self->become(draining(self));
  if (self->state.runs.empty()) return ack{};
  spdlog::info("waiting for {} jobs to end", self->state.runs.size());
  self->state.stopping.push_back(self->make_response_promise<ack>());
  return self->state.stopping.back();
}

job_totals totals(const job_runner_state& state) {
  job_totals all;
  for (const auto& [table, lane] : state.lanes) {
    auto figures = lane.counted;
    figures.table = table;
    figures.backend = lane.route.backend;
    figures.waiting = lane.queue.size();
    figures.running = lane.active;
    all.push_back(std::move(figures));
  }
  return all;
}

job_runner_actor::behavior_type accepting(job_runner_ptr self) {
  return {
      [self](report_to_atom, const job_sink& sink) { self->state.sink = sink; },
      [self](job_totals_atom) { return totals(self->state); },
      [self](finish_jobs_atom) { return stop(self); },
      [self](settle_again_atom, std::uint64_t number) { settle(self, number); },
      [self](assign_job_atom, const job_assignment& job) { return accept(self, job); },
  };
}

job_runner_actor::behavior_type draining(job_runner_ptr self) {
  return {
      [self](report_to_atom, const job_sink& sink) { self->state.sink = sink; },
      [self](job_totals_atom) { return totals(self->state); },
      [self](finish_jobs_atom) { return stop(self); },
      [self](settle_again_atom, std::uint64_t number) { settle(self, number); },
      [self](assign_job_atom, const job_assignment& job) -> caf::result<ack> {
        if (self->state.numbers.contains(job.job)) return ack{};
        return to_caf(fail(errc::not_ready, "this SSP is stopping and takes no jobs"));
      },
  };
}

}  // namespace

job_runner_actor::behavior_type job_runner(job_runner_ptr self, database_actor database,
                                           std::map<std::string, job_route> routes,
                                           job_runner_config config) {
  auto& state = self->state;
  state.database = std::move(database);
  state.config = std::move(config);
  state.seed = self->id();
  for (auto& [table, route] : routes) state.lanes[table].route = std::move(route);
  self->set_exit_handler([self](caf::exit_msg& message) {
    self->state.sink = job_sink{};
    self->quit(std::move(message.reason));
  });
  return accepting(self);
}

}  // namespace spooky::actors
