#include "machines/ssp/claim_queue.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;

namespace {

using ids = std::vector<view_id>;

ids taken(claim_queue& queue, std::size_t bytes = 1) {
  ids all;
  for (const auto& each : queue.take([bytes](const view_id&) { return bytes; }))
    all.push_back(each.view);
  return all;
}

}  // namespace

TEST_CASE("claims that come while one is in flight go together, in the order they came") {
  claim_queue queue;
  queue.add("a", 0);
  CHECK(taken(queue) == ids{"a"});
  for (const char* id : {"c", "b", "c"}) queue.add(view_id{std::string{id}}, 0);
  CHECK(taken(queue).empty());
  CHECK(queue.is_in_flight("a"));
  CHECK_FALSE(queue.is_in_flight("b"));
  queue.done();
  CHECK(taken(queue) == ids{"c", "b"});
  queue.done();
  CHECK(taken(queue).empty());
}

TEST_CASE("one that has failed is claimed alone") {
  claim_queue queue;
  queue.add("a", 0);
  queue.add("bad", 1);
  queue.add("b", 0);
  CHECK(taken(queue) == ids{"a"});
  queue.done();
  CHECK(taken(queue) == ids{"bad"});
  queue.done();
  CHECK(taken(queue) == ids{"b"});
}

TEST_CASE("a transaction is bounded in views and in what they carry") {
  claim_queue queue({2, 100});
  for (const char* id : {"a", "b", "c", "d"}) queue.add(view_id{std::string{id}}, 0);
  CHECK(taken(queue, 10) == ids{"a", "b"});
  queue.done();
  CHECK(taken(queue, 60) == ids{"c"});
  queue.done();
  CHECK(taken(queue, 1'000) == ids{"d"});
}

TEST_CASE("who is removed is not claimed, and can wait again") {
  claim_queue queue;
  queue.add("a", 0);
  queue.add("b", 0);
  queue.remove("a");
  queue.remove("a");
  CHECK(taken(queue) == ids{"b"});
  queue.done();
  queue.add("a", 0);
  CHECK(taken(queue) == ids{"a"});
}
