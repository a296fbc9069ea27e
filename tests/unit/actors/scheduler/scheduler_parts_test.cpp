#include "actors/errors.hpp"
#include "actors/scheduler/load_balancer.hpp"
#include "actors/scheduler/ssp_link.hpp"
#include "actors/scheduler/view_registry.hpp"
#include "actors/scheduler/wal_writer.hpp"
#include "machines/backoff.hpp"
#include "machines/pool/freeze_ledger.hpp"
#include "machines/pool/view_note.hpp"
#include "tests/unit/machines/samples.hpp"

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

// -- delivery_queue
// -----------------------------------------------------------------------------------

TEST_CASE("a delivery joins slices up to its size and keeps transactions whole") {
  delivery_queue queue{100};
  CHECK(queue.front(10).span() == 0);
  for (sequence_number first = 1; first <= 13; first += 3)
    REQUIRE(queue.push(slice(first, first + 2)));
  CHECK(queue.changes() == 15);
  const auto two = queue.front(6);
  CHECK(two.first == 1);
  CHECK(two.last == 6);
  CHECK(two.batches->size() == 2);
  CHECK(queue.front(7).last == 6);
  CHECK(queue.front(1).last == 3);
  CHECK(queue.front(1'000).last == 15);
}

TEST_CASE("only whole slices leave the queue when acknowledged") {
  delivery_queue queue{100};
  REQUIRE(queue.push(slice(1, 3)));
  REQUIRE(queue.push(slice(4, 6)));
  queue.acknowledge(4);
  CHECK(queue.front(100).first == 4);
  CHECK(queue.changes() == 3);
  queue.acknowledge(6);
  CHECK(queue.empty());
  CHECK(queue.changes() == 0);
}

TEST_CASE("a full queue closes for good; one transaction larger than it passes an empty one") {
  delivery_queue queue{5};
  REQUIRE(queue.push(slice(1, 9)));
  queue.acknowledge(9);
  REQUIRE(queue.push(slice(10, 14)));
  CHECK_FALSE(queue.push(slice(15, 15)));
  CHECK(queue.empty());
  CHECK_FALSE(queue.push(slice(16, 16)));
}

// -- freeze_ledger
// ------------------------------------------------------------------------------------

namespace {
const caf::timestamp start{};
}

TEST_CASE("what is delivered from the request for a snapshot on is kept for newcomers") {
  freeze_ledger ledger{10};
  ledger.delivered(slice(1, 1));
  ledger.begin(1);
  ledger.delivered(slice(2, 2));
  ledger.pinned({1, nullptr}, start);
  ledger.delivered(slice(3, 4));
  REQUIRE(ledger.shareable());
  REQUIRE(ledger.since().size() == 2);
  CHECK(ledger.since()[0].first == 2);
  CHECK(ledger.since()[1].last == 4);
}

TEST_CASE("a snapshot with too much behind it is not shared any more, nor is more kept") {
  freeze_ledger ledger{2};
  ledger.begin(0);
  ledger.pinned({0, nullptr}, start);
  ledger.delivered(slice(1, 3));
  CHECK_FALSE(ledger.shareable());
  ledger.delivered(slice(4, 5));
  CHECK(ledger.since().size() == 1);
}

TEST_CASE("the last SSP out releases the snapshot") {
  freeze_ledger ledger{10};
  ledger.begin(0);
  ledger.pinned({0, nullptr}, start);
  ledger.enter("a");
  ledger.enter("b");
  ledger.leave("a");
  ledger.leave("a");
  CHECK(ledger.current().has_value());
  ledger.leave("stranger");
  ledger.leave("b");
  CHECK_FALSE(ledger.current().has_value());
}

TEST_CASE("a snapshot pinned too long is released, but not under one on its way") {
  freeze_ledger ledger{10};
  CHECK_FALSE(ledger.expire(start + 1h, 1min));
  ledger.begin(0);
  ledger.pinned({0, nullptr}, start);
  CHECK_FALSE(ledger.expire(start + 59s, 1min));
  SUBCASE("released") {
    CHECK(ledger.expire(start + 60s, 1min));
    CHECK_FALSE(ledger.shareable());
  }
  SUBCASE("a newer one was asked for: what came since stays") {
    ledger.begin(0);
    ledger.delivered(slice(8, 9));
    CHECK_FALSE(ledger.expire(start + 60s, 1min));
    ledger.pinned({7, nullptr}, start + 61s);
    REQUIRE(ledger.since().size() == 1);
    CHECK(ledger.since()[0].first == 8);
  }
}

TEST_CASE("a snapshot that could not be had leaves nothing behind") {
  freeze_ledger ledger{10};
  ledger.begin(0);
  ledger.delivered(slice(1, 1));
  ledger.abandon();
  CHECK_FALSE(ledger.pending());
  CHECK_FALSE(ledger.shareable());
  CHECK(ledger.since().empty());
}

// -- load balancing
// -----------------------------------------------------------------------------------

namespace {

pool_entry entry(link_state state, std::size_t views, double cpu = 0, std::uint64_t memory = 0,
                 std::size_t chosen = 0) {
  pool_entry e;
  e.status.state = state;
  e.load = {views, static_cast<double>(views)};
  e.status.cpu = cpu;
  e.status.memory = memory;
  e.chosen = chosen;
  return e;
}

}  // namespace

TEST_CASE("only ready SSPs are chosen") {
  using enum config::load_balance;
  const std::vector<pool_entry> none{entry(link_state::bootstrapping, 0),
                                     entry(link_state::overflowed, 0)};
  const std::vector<pool_entry> one{entry(link_state::replaying, 0),
                                    entry(link_state::ready, 9, 8)};
  for (const auto strategy : {least_queries, round_robin, least_load}) {
    CHECK_FALSE(choose(none, strategy, 0).has_value());
    CHECK_FALSE(choose({}, strategy, 0).has_value());
    CHECK(choose(one, strategy, 0) == 1);
    CHECK(choose(one, strategy, 7) == 1);
  }
}

TEST_CASE("the strategies choose by turn, by views or by load") {
  using enum config::load_balance;
  const std::vector<pool_entry> pool{entry(link_state::ready, 3, 0.5, 10),
                                     entry(link_state::ready, 2, 0.9, 10),
                                     entry(link_state::ready, 5, 0.5, 5)};
  CHECK(choose(pool, round_robin, 0) == 0);
  CHECK(choose(pool, round_robin, 1) == 1);
  CHECK(choose(pool, round_robin, 5) == 2);
  CHECK(choose(pool, least_queries, 9) == 1);
  CHECK(choose(pool, least_load, 9) == 2);
}

TEST_CASE("views chosen for an SSP count before they are placed there") {
  const std::vector<pool_entry> pool{entry(link_state::ready, 3),
                                     entry(link_state::ready, 0, 0, 0, 4)};
  CHECK(choose(pool, config::load_balance::least_queries, 0) == 0);
}

// -- event_memory
// -------------------------------------------------------------------------------------

TEST_CASE("event ids are remembered up to the capacity, the oldest forgotten first") {
  event_memory memory{2};
  memory.remember("a", 1);
  memory.remember("b", 2);
  memory.remember("a", 9);
  CHECK(memory.find("a") == 1);
  memory.remember("c", 3);
  CHECK(memory.find("a") == 0);
  CHECK(memory.find("b") == 2);
  CHECK(memory.find("c") == 3);
}

TEST_CASE("an event id taken back is unknown and frees its place") {
  event_memory memory{2};
  memory.remember("a", 1);
  memory.remember("b", 2);
  memory.forget("b");
  memory.forget("never seen");
  CHECK(memory.find("b") == 0);
  memory.remember("c", 3);
  CHECK(memory.find("a") == 1);
  event_memory off{0};
  off.remember("a", 1);
  CHECK(off.find("a") == 0);
}

// -- backoff
// ------------------------------------------------------------------------------------------

TEST_CASE("pauses double up to the limit and are jittered down by less than half") {
  std::set<std::int64_t> seen;
  for (std::uint64_t seed = 0; seed < 60; ++seed)
    for (unsigned attempt = 0; attempt < 20; ++attempt) {
      const auto full = attempt <= 1   ? 100ms
                        : attempt <= 5 ? 100ms * (1 << (attempt - 1))
                                       : 2'000ms;
      const auto pause = backoff_delay(attempt, 100ms, 2'000ms, seed);
      CAPTURE(attempt);
      CAPTURE(seed);
      REQUIRE(pause <= std::min(full, 2'000ms));
      REQUIRE(pause >= std::min(full, 2'000ms) / 2);
      if (attempt == 1) seen.insert(pause.count());
    }
  CHECK(seen.size() > 10);
  CHECK(backoff_delay(3, 50ms, 1s, 42) == backoff_delay(3, 50ms, 1s, 42));
}

// -- errors
// -------------------------------------------------------------------------------------------

TEST_CASE("every code and its message survive the way through CAF") {
  for (auto code = static_cast<std::uint8_t>(errc::invalid_argument);
       code <= static_cast<std::uint8_t>(errc::internal); ++code) {
    const auto sent = fail(static_cast<errc>(code), "what happened");
    const auto received = from_caf(to_caf(sent));
    CHECK(received.code == sent.code);
    CHECK(received.message == sent.message);
  }
}

TEST_CASE("CAF's own failures become ours") {
  CHECK(from_caf(caf::make_error(caf::sec::request_timeout)).code == errc::timeout);
  CHECK(from_caf(caf::make_error(caf::sec::request_receiver_down)).code == errc::unavailable);
  CHECK(from_caf(caf::make_error(caf::sec::unexpected_message)).code == errc::internal);
  CHECK(from_caf(caf::make_error(caf::exit_reason::kill)).code == errc::unavailable);
}

// -- view notes
// ---------------------------------------------------------------------------------------

TEST_CASE("a view's note brings it back as it was") {
  view_registration view = *view_of("v", "SELECT * FROM t", {{"a", value{1}}});
  view.ttl = duration{60, 0};
  view.last_active_at = datetime{5, 6};
  view.format = "cbor";
  view.edges = false;
  placement placed;
  placed.registration = std::make_shared<const view_registration>(view);
  placed.state = placement_state::placed;
  placed.ssp_id = "ssp-1";
  placed.epoch = placement_epoch{std::uint64_t{1'795'000'000'123}};
  placed.activity = 77;
  placed.cost = 2.5;
  const auto back = from_note("v", to_note(placed));
  REQUIRE(back.ok());
  CHECK(back->state == placement_state::placed);
  CHECK(back->ssp_id == "ssp-1");
  CHECK(back->epoch == placed.epoch);
  CHECK(back->activity == 77);
  CHECK(back->cost == 2.5);
  placed.state = placement_state::doomed;
  CHECK(from_note("v", to_note(placed))->state == placement_state::doomed);
  const auto& read = *back->registration;
  CHECK(read.id == "v");
  CHECK(read.surql == view.surql);
  CHECK(value{read.params} == value{view.params});
  CHECK(read.client_id == "client");
  CHECK(read.ttl == view.ttl);
  CHECK(read.last_active_at == view.last_active_at);
  CHECK(read.format == "cbor");
  CHECK_FALSE(read.edges);
}

TEST_CASE("a note that lacks what a view needs names the view") {
  const auto broken = from_note("v", value{object{{"surql", value{"SELECT"}}}});
  REQUIRE_FALSE(broken.ok());
  CHECK(broken.failure().code == errc::corrupt);
  CHECK(broken.failure().message.find(" v ") != std::string::npos);
}
