#include "machines/jobs/job_ledger.hpp"
#include "machines/jobs/outbox_job.hpp"
#include "machines/jobs/retry_policy.hpp"
#include "surrealql/values/text.hpp"

#include <chrono>
#include <set>
#include <string>
#include <tuple>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace std::chrono_literals;

// -- retry_policy -------------------------------------------------------------------------------

TEST_CASE("pauses keep the contract's base, grow as asked and are spread by a tenth at most") {
  std::set<std::int64_t> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    for (const auto& [retry, linear, exponential] : {std::tuple{0, 200ms, 200ms},
                                                     {1, 400ms, 400ms},
                                                     {2, 600ms, 800ms},
                                                     {5, 1'200ms, 6'400ms}}) {
      const auto n = static_cast<std::uint64_t>(retry);
      const auto one = retry_pause(retry_strategy::linear, n, seed);
      CHECK(one >= linear);
      CHECK(one <= linear * 11 / 10);
      const auto two = retry_pause(retry_strategy::exponential, n, seed);
      CHECK(two >= exponential);
      CHECK(two <= exponential * 11 / 10);
    }
    seen.insert(retry_pause(retry_strategy::exponential, 5, seed).count());
  }
  CHECK(seen.size() > 30);
}

TEST_CASE("no pause overflows or grows beyond the limit by more than its spread") {
  for (const std::uint64_t retry : {16ULL, 17ULL, 63ULL, 64ULL, 1ULL << 40, ~0ULL})
    for (const auto strategy : {retry_strategy::linear, retry_strategy::exponential}) {
      const auto pause = retry_pause(strategy, retry, 1);
      CHECK(pause >= 200ms);
      CHECK(pause <= std::chrono::milliseconds{max_retry_pause} * 11 / 10);
    }
}

TEST_CASE("of the client errors only three are worth another try") {
  for (const unsigned status : {200u, 201u, 202u, 204u, 299u})
    CHECK(judge(status) == job_verdict::success);
  for (const unsigned status : {408u, 425u, 429u, 500u, 502u, 503u, 504u, 599u})
    CHECK(judge(status) == job_verdict::retry);
  for (const unsigned status : {301u, 304u, 400u, 401u, 404u, 409u, 422u, 451u})
    CHECK(judge(status) == job_verdict::failure);
}

TEST_CASE("Retry-After: seconds, or a date against the answer's own clock") {
  CHECK(read_retry_after("7", "") == 7s);
  CHECK(read_retry_after("0", "") == 0ms);
  CHECK(read_retry_after("999999999999999999999", "") == max_retry_pause);
  const auto* date = "Sun, 06 Nov 1994 08:49:37 GMT";
  CHECK(read_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", date) == 30s);
  CHECK(read_retry_after("Mon, 07 Nov 1994 08:49:37 GMT", date) == max_retry_pause);
  CHECK(read_retry_after("Sun, 06 Nov 1994 08:49:00 GMT", date) == 0ms);
  for (const auto* wrong : {"", "soon", "-1", "1.5", "Sun, 31 Feb 1994 08:50:07 GMT",
                            "Sun, 06 Nov 1994 08:50:07", "Sun, 06 Nox 1994 08:50:07 GMT"})
    CHECK_FALSE(read_retry_after(wrong, date));
  CHECK_FALSE(read_retry_after(date, ""));
}

// -- outbox_job ---------------------------------------------------------------------------------

namespace {

result<outbox_job> read(const char* record) {
  const auto row = surrealql::parse_value(record);
  REQUIRE(row.ok());
  return read_outbox_job(*row);
}

std::string problem(const char* record) {
  const auto job = read(record);
  return job.ok() ? "none" : job.failure().message;
}

}  // namespace

TEST_CASE("an outbox record is read with its defaults") {
  const auto job = read("{ path: 'send', payload: { to: user:a, n: 1.5dec } }");
  REQUIRE(job.ok());
  CHECK(job->path == "/send");
  CHECK(*job->body == R"({"n":"1.5","to":"user:a"})");
  CHECK_FALSE(job->timeout);
  CHECK(job->retries == 0);
  CHECK(job->max_retries == 3);
  CHECK(job->strategy == retry_strategy::linear);
}

TEST_CASE("an outbox record is read with all it may hold") {
  const auto job = read(
      "{ path: '/a/b?c=1', payload: '{\"raw\": [1,  2]}', timeout: 30, retries: 2, max_retries: 9,"
      " retry_strategy: 'exponential' }");
  REQUIRE(job.ok());
  CHECK(job->path == "/a/b?c=1");
  CHECK(*job->body == R"({"raw": [1,  2]})");
  CHECK(job->timeout == 30s);
  CHECK(job->retries == 2);
  CHECK(job->max_retries == 9);
  CHECK(job->strategy == retry_strategy::exponential);
  CHECK(read("{ path: '/a', timeout: 1m500ms }")->timeout == 60'500ms);
  CHECK(read("{ path: '/a', timeout: 0.25f }")->timeout == 250ms);
  CHECK(read("{ path: '/a' }")->body == nullptr);
  CHECK(*read("{ path: '/a', payload: NULL }")->body == "null");
  CHECK(*read("{ path: '/a', payload: [1, 'x'] }")->body == R"([1,"x"])");
}

TEST_CASE("a malformed outbox record names the field") {
  const auto names = [](const char* field, const char* record) {
    CHECK_MESSAGE(problem(record).starts_with("field '" + std::string{field} + "' must "), record);
  };
  names("path", "{}");
  names("path", "{ path: 7 }");
  names("path", "{ path: '' }");
  names("path", "{ path: '/a b' }");
  names("path", "{ path: '/a\\r\\nX-Evil: 1' }");
  names("path", "{ path: '/a#b' }");
  names("path", "{ path: '/ä' }");
  names("payload", "{ path: '/a', payload: '{\"a\":' }");
  names("timeout", "{ path: '/a', timeout: 0 }");
  names("timeout", "{ path: '/a', timeout: -1 }");
  names("timeout", "{ path: '/a', timeout: 'soon' }");
  names("timeout", "{ path: '/a', timeout: 2d }");
  names("retries", "{ path: '/a', retries: -1 }");
  names("max_retries", "{ path: '/a', max_retries: '3' }");
  names("retry_strategy", "{ path: '/a', retry_strategy: 'cubic' }");
}

TEST_CASE("a path cannot leave the backend's base address, with which our token goes") {
  for (const auto* path : {"/../admin",
                           "..",
                           "/a/../../b",
                           "/a/./b",
                           "/a/%2e%2e/b",
                           "/a/.%2E/b",
                           "/%2e",
                           "/a\\\\..\\\\b",
                           "/..?x",
                           "/..%2f",
                           "/a/..%2Fb",
                           "/a%2f..%2fb",
                           "/%252e%252e/",
                           "/%25252e%25252E/x",
                           "/..;/",
                           "/..;a=1/b",
                           "/a/%2e%2e%3bx/b",
                           "/..%5cb",
                           "/..%00/b",
                           "/..%3fx"})
    CHECK_MESSAGE(problem(("{ path: '" + std::string{path} + "' }").c_str()) != "none", path);
  for (const auto* path : {"/a..b", "/...", "/.well-known/x", "/a?b=../c", "//a", "/a%2fb",
                           "/a;b=../c", "/100%", "/%zz", "/a%2"})
    CHECK_MESSAGE(problem(("{ path: '" + std::string{path} + "' }").c_str()) == "none", path);
}

TEST_CASE("the idempotency key is the job's id and the attempt, fit for a header") {
  CHECK(idempotency_key({"job", value{"abc"}}, 1) == "job:abc:1");
  CHECK(idempotency_key({"job", value{7}}, 12) == "job:7:12");
  CHECK(idempotency_key({"job", value{"a b%"}}, 2) == "job:`a%20b%25`:2");
  CHECK(idempotency_key({"job", value{"\n"}}, 3).find('\n') == std::string::npos);
}

// -- job_ledger ---------------------------------------------------------------------------------

namespace {

record_id job(std::int64_t n) { return {"job", value{n}}; }
timestamp at(std::chrono::milliseconds t) { return timestamp{t}; }

}  // namespace

TEST_CASE("jobs are due in the order of their time, then of their arrival") {
  job_ledger ledger{10};
  CHECK(ledger.pending(job(1), 0, at(50ms)));
  CHECK(ledger.pending(job(3), 0, at(0ms)));
  CHECK(ledger.pending(job(2), 0, at(0ms)));
  CHECK(ledger.due("job", at(0ms)) == job(3));
  ledger.hand_out(job(3), "a", at(0ms));
  CHECK(ledger.due("job", at(0ms)) == job(2));
  ledger.hand_out(job(2), "a", at(0ms));
  CHECK_FALSE(ledger.due("job", at(49ms)));
  CHECK(ledger.next_due("job") == at(50ms));
  CHECK(ledger.due("job", at(50ms)) == job(1));
  CHECK_FALSE(ledger.due("other", at(50ms)));
  CHECK(ledger.held("job") == 2);
  CHECK(ledger.held("job", "a") == 2);
  CHECK(ledger.held("job", "b") == 0);
  CHECK(ledger.waiting("job") == 1);
}

TEST_CASE("news of a held job that are older than its hand-out change nothing") {
  job_ledger ledger{10};
  ledger.pending(job(1), 0, at(0ms));
  ledger.hand_out(job(1), "a", at(0ms));
  ledger.pending(job(1), 0, at(5ms));
  CHECK(ledger.held("job") == 1);
  // It came back with one retry more: that attempt is over.
  ledger.pending(job(1), 1, at(200ms));
  CHECK(ledger.held("job") == 0);
  CHECK(ledger.next_due("job") == at(200ms));
  ledger.hand_out(job(1), "b", at(200ms));
  ledger.pending(job(1), 1, at(300ms));
  CHECK(ledger.held("job", "b") == 1);
}

TEST_CASE("what a lost SSP held is due at once, to be taken over from it") {
  job_ledger ledger{10};
  for (int n = 1; n <= 3; ++n) {
    ledger.pending(job(n), 0, at(0ms));
    ledger.hand_out(job(n), n == 3 ? "b" : "a", at(0ms));
  }
  CHECK(ledger.lose("a", at(9ms)) == 2);
  CHECK(ledger.lose("a", at(9ms)) == 0);
  CHECK(ledger.held_at("a") == 0);
  CHECK(ledger.held_at("b") == 1);
  const auto first = ledger.due("job", at(9ms));
  REQUIRE(first);
  CHECK(ledger.hand_out(*first, "b", at(10ms)) == "a");
  // Nobody took it: it is still to be taken over from the one that was lost.
  ledger.give_back(*first, 0, at(11ms), "a");
  CHECK(ledger.hand_out(*first, "c", at(12ms)) == "a");
  // Its attempt ended: from nobody.
  ledger.give_back(*first, 1, at(13ms));
  CHECK(ledger.hand_out(*first, "c", at(14ms)).empty());
}

TEST_CASE("a full ledger takes no more, and has room again for each that is over") {
  job_ledger ledger{2};
  CHECK(ledger.pending(job(1), 0, at(0ms)));
  CHECK(ledger.pending(job(2), 0, at(0ms)));
  CHECK_FALSE(ledger.pending(job(3), 0, at(0ms)));
  CHECK(ledger.pending(job(2), 0, at(0ms)));
  ledger.hand_out(job(1), "a", at(0ms));
  CHECK_FALSE(ledger.pending(job(3), 0, at(0ms)));
  CHECK(ledger.finish(job(1)));
  CHECK_FALSE(ledger.finish(job(1)));
  CHECK(ledger.pending(job(3), 0, at(0ms)));
  CHECK(ledger.holders().empty());
}

TEST_CASE("jobs that were not confirmed for long are named once per while") {
  job_ledger ledger{10};
  ledger.held_by(job(1), "a", at(0ms));
  ledger.held_by(job(2), "a", at(100ms));
  CHECK(ledger.unconfirmed("a", at(50ms), at(200ms)) == std::vector{job(1)});
  CHECK(ledger.unconfirmed("a", at(50ms), at(200ms)).empty());
  CHECK(ledger.unconfirmed("b", at(50ms), at(200ms)).empty());
}

TEST_CASE("what is left of a pause counts from the record's last change") {
  const auto left = [](const char* record) {
    return remaining_pause(*surrealql::parse_value(record),
                           *surrealql::parse_value("d'2026-01-01T00:00:10Z'"), 1);
  };
  CHECK(left("{ retries: 0, updated_at: d'2026-01-01T00:00:10Z' }") == 0ms);
  CHECK(left("{ retries: 10, updated_at: d'2026-01-01T00:00:09Z' }") >= 1s);
  CHECK(left("{ retries: 10, updated_at: d'2026-01-01T00:00:09Z' }") <= 1'200ms);
  CHECK(left("{ retries: 3, updated_at: d'2026-01-01T00:00:00Z' }") == 0ms);
  CHECK(left("{ retries: 'x', updated_at: 7, retry_strategy: 7 }") == 0ms);
}
