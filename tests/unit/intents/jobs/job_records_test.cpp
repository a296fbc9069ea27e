#include "intents/jobs/job_records.hpp"

#include "tests/unit/intents/answers.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::intents;
using namespace spooky::intents::test;

namespace {

const job_format format{"_spooky_", "a"};
const record_id job{"job", value{7}};

}  // namespace

TEST_CASE("a claim names the job, its lease, who takes it and from whom") {
  const auto vars = render(claim_job{format, job, "b"}).vars;
  CHECK(*vars.find("job") == parsed("job:7"));
  CHECK(*vars.find("lease") == parsed("r'_spooky_job:[\"job\", 7]'"));
  CHECK(*vars.find("ssp") == value{"a"});
  CHECK(*vars.find("from") == value{"b"});
}

TEST_CASE("a claim is read for what came of it") {
  using outcome = job_claim::outcome;
  const claim_job asked{format, job, {}};
  const auto claimed =
      read(asked, {said("{ outcome: 'claimed', attempt: 3, record: { id: job:7 } }")});
  REQUIRE(claimed.ok());
  CHECK(claimed->what == outcome::claimed);
  CHECK(claimed->attempt == 3);
  CHECK(claimed->record == parsed("{ id: job:7 }"));
  const auto held = read(asked, {said("{ outcome: 'held', ssp: 'b' }")});
  REQUIRE(held.ok());
  CHECK(held->what == outcome::held);
  CHECK(held->holder == "b");
  CHECK(read(asked, {said("{ outcome: 'finished' }")})->what == outcome::finished);
  CHECK(read(asked, {said("{ outcome: 'gone' }")})->what == outcome::gone);
  CHECK(read(asked, {refused("conflict", true)}).failure().code == errc::conflict);
  check_corrupt(asked, {said("{ outcome: 'what' }")}, "the claim of job job:7");
  check_corrupt(asked, {said("{ outcome: 'claimed' }")}, "the attempt of job job:7");
}

TEST_CASE("an outcome appends its error, unless the table refuses errors or there is none") {
  settle_job asked{format, job, 3, {"pending", 2, "HTTP_503", "busy"}, true};
  const auto written = render(asked);
  CHECK(written.text.find("errors = array::slice") != std::string::npos);
  CHECK(*written.vars.find("added") == parsed("[{ code: 'HTTP_503', reason: 'busy' }]"));
  CHECK(*written.vars.find("attempt") == value{3});
  CHECK(*written.vars.find("retries") == value{2});
  CHECK(*written.vars.find("status") == value{"pending"});
  SUBCASE("refused") { asked.with_error = false; }
  SUBCASE("none") { asked.outcome.code.clear(); }
  CHECK(render(asked).text.find("errors = ") == std::string::npos);
}

TEST_CASE("a settled job is read for what came of it") {
  using outcome = job_settled::outcome;
  const settle_job asked{format, job, 3, {"success", 0, {}, {}}, true};
  CHECK(read(asked, {said("{ outcome: 'written' }")})->what == outcome::written);
  CHECK(read(asked, {said("{ outcome: 'rejected' }")})->what == outcome::rejected);
  const auto overruled = read(asked, {said("{ outcome: 'overruled', status: 'failed' }")});
  REQUIRE(overruled.ok());
  CHECK(overruled->what == outcome::overruled);
  CHECK(overruled->status == "failed");
  check_corrupt(asked, {said("NONE")}, "the outcome of job job:7");
}

TEST_CASE("a scan tells what waits and who runs the rest") {
  const auto scan =
      read(scan_jobs{format, "job", 10},
           {said("d'2026-01-01T00:00:10Z'"), said("[{ id: job:1, retries: 0 }, { retries: 1 }]"),
            said("[job:5, job:6]"), said("[{ job: job:6, ssp: 'a' }, { job: job:9, ssp: 'b' }]")});
  REQUIRE(scan.ok());
  CHECK(scan->now == parsed("d'2026-01-01T00:00:10Z'"));
  REQUIRE(scan->pending.size() == 1);
  CHECK(scan->pending[0].job == record_id{"job", value{1}});
  CHECK(scan->pending[0].record["retries"] == value{0});
  REQUIRE(scan->processing.size() == 2);
  CHECK(scan->processing[0].ssp.empty());
  CHECK(scan->processing[1].ssp == "a");
}

TEST_CASE("a table that does not exist holds no jobs; any other failure is one") {
  const scan_jobs asked{format, "job", 10};
  const auto none = read(asked, {said("d'2026-01-01T00:00:10Z'"), missing(), missing(), missing()});
  REQUIRE(none.ok());
  CHECK(none->pending.empty());
  CHECK(none->processing.empty());
  const auto now = said("d'2026-01-01T00:00:10Z'");
  check_corrupt(asked, {now, said("[]"), refused("not allowed"), missing()}, "not allowed");
  check_corrupt(asked, {now, said("7"), said("[]"), said("[]")}, "job");
  check_corrupt(asked, {said("[]")}, "the scan of job");
}
