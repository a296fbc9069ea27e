#include "actors/jobs/job_runner.hpp"

#include "tests/unit/actors/det.hpp"
#include "tests/unit/actors/outbox_model.hpp"

#include <deque>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace std::chrono_literals;

namespace {

using backend_actor = job_backend::extend<runs_steps>;

/// A runner, its database, a backend that does as it is told, and whoever is told of jobs.
struct running : det {
  running() : outbox{database} {
    backend = spawn([this](backend_actor::pointer self) -> backend_actor::behavior_type {
      return {[this, self](attempt_job_atom, const job_call& call) -> caf::result<job_answer> {
                calls.push_back(call);
                if (!hold) return answer();
                held.push_back(self->make_response_promise<job_answer>());
                return held.back();
              },
              run_step()};
    });
    sink = spawn([this](job_sink::pointer) -> job_sink::behavior_type {
      return {[this](report_job_atom, const job_report& report) {
        reports.push_back(report);
        return ack{};
      }};
    });
    start();
    database.connect();
  }

  /// Starts the runner; again once it was killed: it has forgotten everything.
  void start() {
    job_runner_config config;
    config.format.ssp_id = "a";
    config.pending_jobs = 5;
    std::map<std::string, job_route> routes;
    routes["job"] = {"mail", backend, 10s, 2};
    routes["lonely"] = {};
    runner = spawn(job_runner, database.handle, routes, config);
    send(runner, report_to_atom_v, sink);
  }

  caf::result<job_answer> answer() const {
    if (failure) return to_caf(*failure);
    return said;
  }
  result<ack> give(const record_id& job, const ssp_id& from = {}) {
    return ask<ack>(runner, assign_job_atom_v, job_assignment{job, from});
  }
  /// The same, and it is taken.
  void run_job(const record_id& job, const ssp_id& from = {}) { REQUIRE(give(job, from).ok()); }
  /// Answers the attempt held first.
  void release() {
    within(backend, [this] {
      auto promise = held.front();
      held.pop_front();
      promise.deliver(said);
    });
  }
  std::string told() const {
    std::string all;
    for (const auto& report : reports)
      all += (all.empty() ? "" : " ") + std::string{to_string(report.state)};
    return all;
  }

  fake_database database{*this};
  outbox_model outbox;
  backend_actor backend;
  job_sink sink;
  job_runner_actor runner;
  std::vector<job_call> calls;
  std::vector<job_report> reports;
  std::deque<caf::typed_response_promise<job_answer>> held;
  job_answer said{200, {}, {}};
  std::optional<error> failure;
  bool hold = false;
};

error refusal(bool retryable, const std::string& text = "refused") {
  return fail(retryable ? errc::conflict : errc::evaluation_error, "SurrealDB: " + text);
}

}  // namespace

TEST_CASE_FIXTURE(running, "a job is claimed, sent with its key, and settled as a success") {
  const auto job =
      outbox.add(1, {{"payload", value{object{{"n", value{1}}}}}, {"path", value{"/x"}}});
  hold = true;
  run_job(job);
  CHECK(outbox.status(job) == "processing");
  CHECK(outbox.leases.at(job).ssp == "a");
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].path == "/x");
  CHECK(*calls[0].body == R"({"n":1})");
  CHECK(calls[0].idempotency_key == "job:1:1");
  CHECK(calls[0].timeout == 10s);
  release();
  CHECK(outbox.status(job) == "success");
  CHECK(outbox.errors(job).empty());
  CHECK(outbox.leases.empty());
  CHECK(told() == "completed");
}

TEST_CASE_FIXTURE(running, "a job's own timeout counts, else the backend's") {
  run_job(outbox.add(1, {{"timeout", value{3}}}));
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].timeout == 3s);
}

TEST_CASE_FIXTURE(running, "a failure that may pass sets the job back to pending with its error") {
  const auto job = outbox.add(1);
  said = {503, {}, "busy"};
  run_job(job);
  CHECK(outbox.status(job) == "pending");
  CHECK(outbox.retries(job) == 1);
  CHECK(outbox.errors(job) == "HTTP_503");
  CHECK(outbox.leases.empty());
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].state == job_state::pending);
  CHECK(reports[0].retries == 1);
  CHECK(reports[0].retry_after >= 200ms);
  CHECK(reports[0].retry_after <= 220ms);
  failure = fail(errc::timeout, "no answer in time");
  run_job(job);
  CHECK(outbox.errors(job) == "HTTP_503 TIMEOUT");
  CHECK(outbox.retries(job) == 2);
  CHECK(reports[1].retry_after >= 400ms);
  CHECK(calls[1].idempotency_key == "job:1:2");
}

TEST_CASE_FIXTURE(running, "retries end; the job has then failed with all its errors") {
  const auto job = outbox.add(1, {{"max_retries", value{1}}});
  said.status = 500;
  run_job(job);
  CHECK(outbox.status(job) == "pending");
  run_job(job);
  CHECK(outbox.status(job) == "failed");
  CHECK(outbox.retries(job) == 1);
  CHECK(outbox.errors(job) == "HTTP_500 HTTP_500");
  CHECK(told() == "pending failed");
}

TEST_CASE_FIXTURE(running, "a client error fails at once; 429 waits as long as it asks") {
  const auto bad = outbox.add(1);
  said = {422, {}, "no such user"};
  run_job(bad);
  CHECK(outbox.status(bad) == "failed");
  CHECK(outbox.errors(bad) == "HTTP_422");
  const auto busy = outbox.add(2);
  said = {429, 7s, {}};
  run_job(busy);
  CHECK(outbox.status(busy) == "pending");
  CHECK(reports.back().retry_after == 7s);
}

TEST_CASE_FIXTURE(running, "a malformed job and one without a backend fail where one can see it") {
  const auto bad = outbox.add(1, {{"path", value{7}}});
  const auto lonely = outbox.add(1, {}, "lonely");
  run_job(bad);
  run_job(lonely);
  CHECK(outbox.status(bad) == "failed");
  CHECK(outbox.errors(bad) == "INVALID_JOB");
  CHECK(outbox.status(lonely) == "failed");
  CHECK(outbox.errors(lonely) == "NO_BACKEND");
  CHECK(calls.empty());
  CHECK(code_of(give({"user", value{1}})) == errc::invalid_argument);
}

TEST_CASE_FIXTURE(running, "at most `concurrency` jobs are in work, the others follow in order") {
  hold = true;
  for (int n = 1; n <= 5; ++n) REQUIRE(give(outbox.add(n)).ok());
  CHECK(code_of(give(outbox.add(6))) == errc::overloaded);
  CHECK(calls.size() == 2);
  CHECK(ask<job_totals>(runner, job_totals_atom_v)->front().running == 2);
  CHECK(ask<job_totals>(runner, job_totals_atom_v)->front().waiting == 3);
  // Given again, it does not run again.
  REQUIRE(give({"job", value{1}}).ok());
  CHECK(calls.size() == 2);
  release();
  REQUIRE(calls.size() == 3);
  CHECK(calls[2].idempotency_key == "job:3:1");
}

TEST_CASE_FIXTURE(running, "who was taken over from writes nothing") {
  const auto job = outbox.add(1);
  hold = true;
  run_job(job);
  // Another SSP takes it over, as the dispatcher tells it when this one seems gone.
  outbox.leases[job] = {"b", 2};
  release();
  CHECK(outbox.status(job) == "processing");
  CHECK(outbox.leases.at(job).ssp == "b");
  CHECK(told().empty());
  CHECK(ask<job_totals>(runner, job_totals_atom_v)->front().rejected == 1);
}

TEST_CASE_FIXTURE(running, "a lost job is taken over with its attempt counted and noted") {
  const auto job = outbox.add(1, {{"status", value{"processing"}}});
  outbox.leases[job] = {"b", 1};
  run_job(job);
  CHECK(calls.empty());
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].state == job_state::running);
  CHECK(reports[0].ssp == "b");
  run_job(job, "b");
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].idempotency_key == "job:1:2");
  CHECK(outbox.status(job) == "success");
  CHECK(outbox.errors(job) == "ABANDONED");
}

TEST_CASE_FIXTURE(running, "a job that is lost time after time is given up") {
  hold = true;
  const auto job = outbox.add(1, {{"max_retries", value{0}}});
  for (int lives = 1; lives <= 6; ++lives) {
    run_job(job);
    REQUIRE(calls.size() == static_cast<std::size_t>(lives));
    caf::anon_send_exit(runner, caf::exit_reason::kill);
    run();
    start();
  }
  run_job(job);
  CHECK(calls.size() == 6);
  CHECK(outbox.status(job) == "failed");
  CHECK(outbox.errors(job) == "ABANDONED ABANDONED ABANDONED ABANDONED ABANDONED ABANDONED LOST");
}

TEST_CASE_FIXTURE(running, "a job that is over or gone is not run") {
  run_job(outbox.add(1, {{"status", value{"success"}}}));
  run_job({"job", value{9}});
  CHECK(calls.empty());
  CHECK(told() == "completed failed");
  CHECK_FALSE(reports[0].ran);
  CHECK_FALSE(reports[1].ran);
}

TEST_CASE_FIXTURE(running, "the outcome waits for a database that is away, and is not lost") {
  const auto job = outbox.add(1);
  hold = true;
  run_job(job);
  database.disconnect();
  release();
  advance(3s);
  CHECK(outbox.status(job) == "processing");
  database.connect();
  advance(6s);
  CHECK(outbox.status(job) == "success");
  CHECK(calls.size() == 1);
}

TEST_CASE_FIXTURE(running, "a claim that the database does not answer comes back later") {
  const auto job = outbox.add(1);
  outbox.failure = refusal(true);
  run_job(job);
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].state == job_state::pending);
  CHECK_FALSE(reports[0].ran);
  outbox.failure.reset();
  run_job(job);
  CHECK(outbox.status(job) == "success");
}

TEST_CASE_FIXTURE(running, "a table that refuses errors gets the outcome without them") {
  const auto job = outbox.add(1);
  outbox.refuses_errors = refusal(false, "Found field 'errors'");
  said.status = 400;
  run_job(job);
  CHECK(outbox.status(job) == "failed");
}

TEST_CASE_FIXTURE(running, "somebody's own status for a running job stands") {
  const auto job = outbox.add(1);
  hold = true;
  run_job(job);
  outbox.rows[job].set("status", value{"cancelled"});
  release();
  CHECK(outbox.status(job) == "cancelled");
  CHECK(outbox.leases.empty());
  CHECK(told() == "failed");
}

TEST_CASE_FIXTURE(running, "told to stop it takes no more, gives back and ends what runs") {
  hold = true;
  for (int n = 1; n <= 3; ++n) run_job(outbox.add(n));
  const auto stopped = ask_later<ack>(runner, finish_jobs_atom_v);
  CHECK_FALSE(stopped->has_value());
  CHECK(code_of(give(outbox.add(4))) == errc::not_ready);
  CHECK(reports.back().state == job_state::pending);
  CHECK(outbox.status({"job", value{3}}) == "pending");
  release();
  CHECK_FALSE(stopped->has_value());
  release();
  CHECK(stopped->has_value());
  CHECK(outbox.status({"job", value{2}}) == "success");
}
