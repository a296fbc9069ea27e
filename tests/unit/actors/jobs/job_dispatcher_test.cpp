#include "actors/jobs/job_dispatcher.hpp"

#include "actors/jobs/job_runner.hpp"
#include "tests/unit/actors/det.hpp"
#include "tests/unit/actors/outbox_model.hpp"
#include "tests/unit/machines/samples.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

namespace {

using backend_actor = job_backend::extend<runs_steps>;

/// One SSP as jobs see it: a runner, and the line between it and the scheduler, which can be cut.
struct ssp_side {
  job_runner_actor runner;
  job_peer line;
  bool cut = false;    ///< nothing passes: a paused process
  bool plain = false;  ///< its settings know no outbox table
  bool mute = false;   ///< its reports are lost
  std::size_t dispatched = 0;
};

/// A dispatcher, its SSPs, their one database and one backend.
struct dispatching : det {
  dispatching() : outbox{database} {
    backend = spawn([this](backend_actor::pointer self) -> backend_actor::behavior_type {
      return {[this, self](attempt_job_atom, const job_call& call) -> caf::result<job_answer> {
                calls.push_back(call.idempotency_key);
                if (!hold) return said;
                held.push_back(self->make_response_promise<job_answer>());
                return held.back();
              },
              run_step()};
    });
    config.tables["job"] = {"mail", 3};
    config.pending_jobs = 20;
    config.scan_interval = 10s;
    config.orphan_grace = 5s;
    config.confirm_interval = 20s;
    start();
    database.connect();
  }

  /// Starts the dispatcher; again after stop(): it has forgotten everything.
  void start() {
    job_dispatcher_parts parts;
    parts.database = database.handle;
    parts.open_peer = [this](const link_status& ssp) { return ssps.at(ssp.id)->line; };
    jobs = spawn(job_dispatcher, parts, config);
    run();
  }
  void stop() {
    caf::anon_send_exit(jobs, caf::exit_reason::kill);
    run();
  }

  void add_ssp(const ssp_id& id) {
    auto side = std::make_shared<ssp_side>();
    side->runner = new_runner(id, side);
    side->line = spawn([side](job_peer::pointer self) -> job_peer::behavior_type {
      return {[side, self](assign_job_atom, const job_assignment& job) -> caf::result<ack> {
        ++side->dispatched;
        if (side->cut) return self->make_response_promise<ack>();
        if (side->plain) return to_caf(fail(errc::invalid_argument, "no outbox table"));
        return self->delegate(side->runner, assign_job_atom_v, job);
      }};
    });
    ssps[id] = side;
    join(id);
  }
  job_runner_actor new_runner(const ssp_id& id, const std::shared_ptr<ssp_side>& side) {
    job_runner_config settings;
    settings.format.ssp_id = id;
    std::map<std::string, job_route> routes;
    routes["job"] = {"mail", backend, 10s, 10};
    auto runner = spawn(job_runner, database.handle, routes, settings);
    auto sink = spawn([this, side](job_sink::pointer self) -> job_sink::behavior_type {
      return {[this, side, self](report_job_atom, const job_report& report) -> caf::result<ack> {
        if (side->mute || side->cut) return self->make_response_promise<ack>();
        return self->delegate(jobs, report_job_atom_v, report);
      }};
    });
    send(runner, report_to_atom_v, sink);
    return runner;
  }
  void join(const ssp_id& id, link_state state = link_state::ready) {
    link_status status;
    status.id = id;
    status.state = state;
    status.epoch = state == link_state::gone ? epoch : ++epoch;
    send(jobs, pool_changed_atom_v, status);
  }
  void leave(const ssp_id& id) { join(id, link_state::gone); }
  /// The process dies: what it runs is never heard of again.
  void kill_process(const ssp_id& id) {
    caf::anon_send_exit(ssps.at(id)->runner, caf::exit_reason::kill);
    run();
  }

  /// The application creates a job, and the log shows it.
  record_id create(std::int64_t n) {
    const auto job = outbox.add(n);
    show(job);
    return job;
  }
  void show(const record_id& job) {
    change c;
    c.seq = ++seq;
    c.op = change_op::update;
    c.id = job;
    c.record = value{outbox.rows.at(job)};
    send(jobs, durable_atom_v, slice_of({c}));
  }
  job_figures figures() { return ask<job_totals>(jobs, job_totals_atom_v)->front(); }
  void release() {
    within(backend, [this] {
      auto promise = held.front();
      held.erase(held.begin());
      promise.deliver(said);
    });
  }

  fake_database database{*this};
  outbox_model outbox;
  backend_actor backend;
  job_dispatcher_config config;
  job_dispatcher_actor jobs;
  std::map<ssp_id, std::shared_ptr<ssp_side>> ssps;
  std::vector<std::string> calls;
  std::vector<caf::typed_response_promise<job_answer>> held;
  job_answer said{200, {}, {}};
  bool hold = false;
  registration_epoch epoch = 0;
  sequence_number seq = 0;
};

}  // namespace

TEST_CASE_FIXTURE(dispatching, "a job that the log shows runs once, on one SSP") {
  add_ssp("a");
  add_ssp("b");
  const auto job = create(1);
  CHECK(outbox.status(job) == "success");
  CHECK(calls == std::vector<std::string>{"job:1:1"});
  // What the job's own writes bring through the log changes nothing.
  show(job);
  CHECK(calls.size() == 1);
  CHECK(figures().succeeded == 1);
  CHECK(figures().running == 0);
}

TEST_CASE_FIXTURE(dispatching, "jobs wait for a ready SSP; overflow is found by scans") {
  for (int n = 1; n <= 30; ++n) create(n);
  CHECK(figures().waiting == 20);
  CHECK(calls.empty());
  add_ssp("a");
  advance(1s);
  CHECK(calls.size() == 30);
  for (int n = 1; n <= 30; ++n) CHECK(outbox.status({"job", value{n}}) == "success");
}

TEST_CASE_FIXTURE(dispatching, "jobs spread over the SSPs, within the backend's concurrency") {
  hold = true;
  add_ssp("a");
  add_ssp("b");
  for (int n = 1; n <= 5; ++n) create(n);
  CHECK(calls.size() == 3);
  CHECK(ssps["a"]->dispatched == 2);
  CHECK(ssps["b"]->dispatched == 1);
  CHECK(figures().running == 3);
  release();
  CHECK(calls.size() == 4);
  CHECK(ssps["a"]->dispatched + ssps["b"]->dispatched == 4);
}

TEST_CASE_FIXTURE(dispatching, "what was pending before the scheduler started is found by scan") {
  stop();
  outbox.add(1);
  start();
  add_ssp("a");
  advance(1s);
  CHECK(outbox.status({"job", value{1}}) == "success");
}

TEST_CASE_FIXTURE(dispatching, "a retry comes after its pause, and not before") {
  add_ssp("a");
  said.status = 500;
  const auto job = create(1);
  show(job);
  CHECK(outbox.status(job) == "pending");
  advance(190ms);
  CHECK(calls.size() == 1);
  said.status = 200;
  advance(40ms);
  CHECK(calls == std::vector<std::string>{"job:1:1", "job:1:2"});
  CHECK(outbox.status(job) == "success");
}

TEST_CASE_FIXTURE(dispatching, "a retry is on time also while other tables' jobs find no SSP") {
  stop();
  config.tables["bill"] = {"bill", 3};
  start();
  add_ssp("a");
  const auto bill = outbox.add(1, {}, "bill");
  show(bill);
  CHECK(outbox.status(bill) == "pending");
  said.status = 500;
  create(1);
  said.status = 200;
  advance(230ms);
  CHECK(outbox.status({"job", value{1}}) == "success");
}

TEST_CASE_FIXTURE(dispatching, "a retry waits as long as the backend asked") {
  add_ssp("a");
  said = {429, 5s, {}};
  const auto job = create(1);
  show(job);
  advance(4'900ms);
  CHECK(calls.size() == 1);
  said.status = 200;
  advance(200ms);
  CHECK(outbox.status(job) == "success");
}

TEST_CASE_FIXTURE(dispatching, "an SSP dies with a job: another repeats it, the attempt counted") {
  hold = true;
  add_ssp("a");
  const auto job = create(1);
  add_ssp("b");
  kill_process("a");
  hold = false;
  leave("a");
  CHECK(calls == std::vector<std::string>{"job:1:1", "job:1:2"});
  CHECK(outbox.status(job) == "success");
  CHECK(outbox.errors(job) == "ABANDONED");
}

TEST_CASE_FIXTURE(dispatching, "a paused SSP's outcome is void once another has the job") {
  hold = true;
  add_ssp("a");
  const auto job = create(1);
  ssps["a"]->cut = true;
  add_ssp("b");
  leave("a");
  REQUIRE(held.size() == 2);
  // The first attempt fails now, after it was taken over.
  said.status = 400;
  release();
  CHECK(outbox.status(job) == "processing");
  said.status = 200;
  release();
  CHECK(outbox.status(job) == "success");
  CHECK(outbox.errors(job) == "ABANDONED");
}

TEST_CASE_FIXTURE(dispatching, "an SSP that registers again keeps what it runs") {
  hold = true;
  add_ssp("a");
  create(1);
  join("a", link_state::bootstrapping);
  join("a");
  CHECK(calls.size() == 1);
  release();
  CHECK(outbox.status({"job", value{1}}) == "success");
}

TEST_CASE_FIXTURE(dispatching, "an SSP restarted under its id takes its own lost jobs over") {
  hold = true;
  add_ssp("a");
  create(1);
  kill_process("a");
  hold = false;
  ssps["a"]->runner = new_runner("a", ssps["a"]);
  join("a", link_state::bootstrapping);
  CHECK(calls == std::vector<std::string>{"job:1:1", "job:1:2"});
  CHECK(outbox.status({"job", value{1}}) == "success");
}

TEST_CASE_FIXTURE(dispatching, "the scheduler restarts: running jobs are left alone") {
  hold = true;
  add_ssp("a");
  create(1);
  create(2);
  stop();
  start();
  join("a");
  advance(8s);
  CHECK(calls.size() == 2);
  CHECK(figures().running == 2);
  release();
  release();
  CHECK(outbox.status({"job", value{2}}) == "success");
  CHECK(figures().running == 0);
}

TEST_CASE_FIXTURE(dispatching, "scheduler and SSP die: after a while the job goes to another") {
  hold = true;
  add_ssp("a");
  create(1);
  kill_process("a");
  stop();
  hold = false;
  start();
  add_ssp("b");
  advance(4s);
  CHECK(calls.size() == 1);
  advance(3s);
  CHECK(calls == std::vector<std::string>{"job:1:1", "job:1:2"});
  CHECK(outbox.status({"job", value{1}}) == "success");
}

TEST_CASE_FIXTURE(dispatching, "with all reports lost the log tells what becomes of jobs") {
  add_ssp("a");
  ssps["a"]->mute = true;
  for (int n = 1; n <= 4; ++n) create(n);
  CHECK(calls.size() == 3);
  show({"job", value{1}});
  CHECK(calls.size() == 4);
  said.status = 500;
  const auto job = create(5);
  show({"job", value{2}});
  REQUIRE(outbox.status(job) == "pending");
  said.status = 200;
  show(job);
  advance(300ms);
  CHECK(outbox.status(job) == "success");
}

TEST_CASE_FIXTURE(dispatching, "an SSP that does not answer gets no more; its job goes elsewhere") {
  add_ssp("a");
  ssps["a"]->cut = true;
  const auto job = create(1);
  add_ssp("b");
  advance(5'100ms);
  CHECK(outbox.status(job) == "success");
  CHECK(calls == std::vector<std::string>{"job:1:1"});
  create(2);
  CHECK(ssps["a"]->dispatched == 1);
}

TEST_CASE_FIXTURE(dispatching,
                  "an SSP that does not have the table is asked once, until it is another") {
  add_ssp("a");
  ssps["a"]->plain = true;
  create(1);
  advance(3s);
  CHECK(ssps["a"]->dispatched == 1);
  add_ssp("b");
  CHECK(outbox.status({"job", value{1}}) == "success");
  create(2);
  CHECK(ssps["a"]->dispatched == 1);
  leave("b");
  create(3);
  CHECK(outbox.status({"job", value{3}}) == "pending");
  ssps["a"]->plain = false;
  join("a");
  CHECK(outbox.status({"job", value{3}}) == "success");
}

TEST_CASE_FIXTURE(dispatching,
                  "an SSP restarted without its outbox tables loses its jobs to others") {
  hold = true;
  add_ssp("a");
  create(1);
  add_ssp("b");
  kill_process("a");
  hold = false;
  ssps["a"]->plain = true;
  join("a");
  CHECK(calls == std::vector<std::string>{"job:1:1", "job:1:2"});
  CHECK(outbox.status({"job", value{1}}) == "success");
}

TEST_CASE_FIXTURE(dispatching, "a job asked for by hand goes out at once and is answered") {
  CHECK(code_of(ask<ssp_id>(jobs, assign_job_atom_v, job_assignment{outbox.add(1), {}})) ==
        errc::not_ready);
  add_ssp("a");
  hold = true;
  const auto first = ask<ssp_id>(jobs, assign_job_atom_v, job_assignment{outbox.add(2), {}});
  REQUIRE(first.ok());
  CHECK(*first == "a");
  // Again: it is the same job.
  CHECK(*ask<ssp_id>(jobs, assign_job_atom_v, job_assignment{{"job", value{2}}, {}}) == "a");
  CHECK(calls.size() == 1);
  CHECK(code_of(ask<ssp_id>(jobs, assign_job_atom_v, job_assignment{{"user", value{1}}, {}})) ==
        errc::invalid_argument);
}

TEST_CASE_FIXTURE(dispatching,
                  "reports of unknown jobs and of SSPs that lost the job are refused") {
  const auto tell = [this](const record_id& job, const ssp_id& ssp) {
    return ask<ack>(jobs, report_job_atom_v, job_report{job, job_state::completed, ssp});
  };
  CHECK(code_of(tell({"job", value{9}}, "")) == errc::not_found);
  hold = true;
  add_ssp("a");
  const auto job = create(1);
  CHECK(code_of(tell(job, "b")) == errc::conflict);
  CHECK(figures().running == 1);
  CHECK(tell(job, "a").ok());
  CHECK(figures().running == 0);
}

TEST_CASE_FIXTURE(dispatching, "a deleted job is forgotten") {
  const auto job = create(1);
  outbox.rows.erase(job);
  send(jobs, durable_atom_v, slice_of({erase(++seq, "job", 1)}));
  CHECK(figures().waiting == 0);
  add_ssp("a");
  advance(1s);
  CHECK(calls.empty());
}
