#include "protocol/job_codec.hpp"

#include "tests/unit/protocol/bodies.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::test;
using namespace std::chrono_literals;

TEST_CASE("a job is named by its whole id, or by its key beside the table") {
  CHECK(read_assignment(body("{ job_id: 'job:7', table: 'job', payload: {} }"))->job ==
        record_id{"job", value{7}});
  CHECK(read_assignment(body("{ job_id: 'abc', table: 'job' }"))->job ==
        record_id{"job", value{"abc"}});
  CHECK(read_report(body("{ job_id: 'job:7', status: 'failed', error: 'x' }"))->job ==
        record_id{"job", value{7}});
  const auto refused = [](const char* text) {
    return !read_assignment(body(text)).ok() || !read_report(body(text)).ok();
  };
  CHECK(refused("{ table: 'job' }"));
  CHECK(refused("{ job_id: '', table: 'job', status: 'running' }"));
  CHECK(refused("{ job_id: 'user:1', table: 'job', status: 'running' }"));
  CHECK(refused("{ job_id: 'job:1..5', table: 'job', status: 'running' }"));
  CHECK(refused("{ job_id: 'abc', status: 'running' }"));
  CHECK(refused("{ job_id: 'job:1', table: 'job', status: 'done' }"));
  CHECK(refuses(read_assignment(body("{ job_id: 'job:1' }")), "table"));
  CHECK(refuses(read_assignment(body("{ job_id: 3, table: 'job' }")), "job_id"));
  CHECK(refuses(read_report(body("{ job_id: 'job:1', status: 'done' }")), "status"));
}

TEST_CASE("assignments and reports survive the wire") {
  const job_assignment given{{"job", value{array{value{"a"}, value{1}}}}, "ssp-1"};
  const auto same = read_assignment(through_json(to_body(given)));
  REQUIRE(same.ok());
  CHECK(same->job == given.job);
  CHECK(same->from == "ssp-1");
  const job_report said{{"job", value{1}}, job_state::pending, "a", 2, 1'500ms, false};
  const auto read_back = read_report(through_json(to_body(said)));
  REQUIRE(read_back.ok());
  CHECK(read_back->job == said.job);
  CHECK(read_back->state == said.state);
  CHECK(read_back->ssp == "a");
  CHECK(read_back->retries == 2);
  CHECK(read_back->retry_after == 1'500ms);
  CHECK_FALSE(read_back->ran);
}
