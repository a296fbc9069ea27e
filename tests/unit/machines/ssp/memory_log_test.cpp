#include "machines/ssp/memory_log.hpp"

#include "tests/unit/machines/samples.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

namespace {

/// As capture offers them: without seqs.
change_batches offered(std::size_t changes) {
  change_batch batch;
  for (std::size_t i = 0; i < changes; ++i)
    batch.changes.push_back(put(0, "t", static_cast<std::int64_t>(i)));
  return {std::move(batch)};
}

std::string text(const log_slice& slice) {
  return std::to_string(slice.first.raw()) + ".." + std::to_string(slice.last.raw()) + " for " +
         std::to_string(slice.epoch.raw());
}
std::string next(memory_log& log) {
  const auto slice = log.next();
  return slice ? text(*slice) : "nothing";
}

memory_log opened(std::size_t limit = 100) {
  memory_log log{limit, 10};
  log.open(1ms);
  return log;
}

}  // namespace

TEST_CASE("numbers begin at the database's time and never go back") {
  memory_log log{100, 10};
  CHECK_FALSE(log.is_open());
  log.open(2ms);
  CHECK(log.is_open());
  CHECK(log.last() == 2048);
  log.open(1ms);
  CHECK(log.last() == 2048);
}

TEST_CASE("each change has its own number, whatever transaction it is of") {
  auto log = opened();
  auto batches = offered(2);
  batches.push_back(offered(1).front());
  const auto slice = log.append(std::move(batches));
  CHECK(text(slice) == "1025..1027 for 0");
  CHECK((*slice.batches)[0].changes[0].seq == 1025);
  CHECK((*slice.batches)[0].changes[1].seq == 1026);
  CHECK((*slice.batches)[1].changes[0].seq == 1027);
  CHECK(log.append({}).span() == 0);
  CHECK(log.last() == 1027);
}

TEST_CASE("an SSP is given what came since its registration, when it can take it, and only once") {
  auto log = opened();
  log.append(offered(3));
  const auto admission = log.admit();
  CHECK(admission.seq == 1027);
  CHECK_FALSE(admission.resumed);
  CHECK_MESSAGE(admission.log_id.empty(), "it is sent all tables' changes");
  CHECK(admission.epoch == 1);
  log.append(offered(2));
  CHECK(next(log) == "nothing");
  log.start_reading();
  CHECK(next(log) == "1028..1029 for 1");
  log.append(offered(1));
  CHECK_MESSAGE(next(log) == "nothing", "one delivery at a time");
  log.applied(1029);
  CHECK(next(log) == "1030..1030 for 1");
  log.applied(1030);
  CHECK(next(log) == "nothing");
}

TEST_CASE("what did not arrive is given again; a new registration has it already") {
  auto log = opened();
  log.admit();
  log.append(offered(2));
  log.start_reading();
  CHECK(next(log) == "1025..1026 for 1");
  log.stop_reading();
  CHECK(next(log) == "nothing");
  SUBCASE("again") {
    log.start_reading();
    CHECK(next(log) == "1025..1026 for 1");
  }
  SUBCASE("anew") {
    CHECK(log.admit().seq == 1026);
    log.start_reading();
    CHECK(next(log) == "nothing");
    log.append(offered(1));
    CHECK(next(log) == "1027..1027 for 2");
  }
}

TEST_CASE("who registers again is given nothing until it says that it can take it") {
  auto log = opened();
  log.admit();
  log.append(offered(2));
  log.start_reading();
  CHECK(next(log) == "1025..1026 for 1");
  log.admit();
  log.append(offered(1));
  CHECK_FALSE(log.reading());
  CHECK(next(log) == "nothing");
  log.start_reading();
  CHECK(next(log) == "1027..1027 for 2");
}

TEST_CASE("a reader that is behind holds its producers up; one that bootstraps must start over") {
  auto log = opened(4);
  log.admit();
  SUBCASE("behind") {
    log.start_reading();
    CHECK_FALSE(log.full(9));
    log.append(offered(9));
    CHECK(log.full(1));
    CHECK(next(log) == "1025..1033 for 1");
    log.applied(1033);
    CHECK_FALSE(log.full(4));
    CHECK_FALSE(log.overflowed());
  }
  SUBCASE("bootstrapping") {
    log.append(offered(4));
    CHECK_FALSE(log.full(1));
    CHECK_FALSE(log.overflowed());
    log.append(offered(1));
    CHECK(log.overflowed());
    log.start_reading();
    CHECK(next(log) == "nothing");
    CHECK(log.admit().seq == 1029);
    CHECK_FALSE(log.overflowed());
  }
}
