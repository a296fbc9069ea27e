#include "actors/scheduler/coordinator.hpp"

#include "det.hpp"
#include "samples.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace std::chrono_literals;

namespace {

using held_freezes = std::deque<caf::typed_response_promise<frozen_snapshot>>;
using fake_replica = replica_keeper_actor::extend<runs_steps>;

/// A link that was opened for an SSP.
struct opened_link {
  std::string id;
  sequence_number seq = 0;
  std::vector<log_slice> heard;  ///< what it was opened with, then what it was sent
  ssp_link_actor link;
  std::uint64_t epoch = 0;
  bool stopped = false;
};
using opened_ptr = std::shared_ptr<opened_link>;

/// The coordinator between a log, a replica that pins when told to, and links that listen.
struct centre : det {
  explicit centre(coordinator_config config = {}) {
    replica = spawn([this](fake_replica::pointer self) { return replica_behaviour(self); });
    auto wal = spawn([this](wal_writer_actor::pointer) { return wal_behaviour(); });
    auto database = spawn([](database_actor::pointer) -> database_actor::behavior_type {
      return {[](query_atom, const db_query&) { return unexpected<db_answer>("a query"); },
              [](subscribe_atom, const database_listener&) { unexpected_note("a listener"); },
              [](subscribe_atom, const std::string&, const database_listener&) {
                return unexpected<value>("a LIVE query");
              },
              [](status_atom) -> caf::result<bool, std::string> {
                return {false, std::string{"refused"}};
              }};
    });
    coordinator_parts parts{
        wal, replica, database,
        [this](const ssp_registration& who, sequence_number seq,
               const std::vector<log_slice>& since, std::uint64_t epoch,
               const coordinator_actor&) { return open(who, seq, since, epoch); }};
    hub = spawn(coordinator, parts, config, sequence_number{0}, false);
    run();
  }

  wal_writer_actor::behavior_type wal_behaviour() {
    return {[this](append_atom, const change_batches& batches) {
              appended.push_back(batches);
              return committed{1, 1};
            },
            [](subscribe_atom, const log_listener&) {},
            [this](truncate_atom, sequence_number seq) { truncated = seq; },
            [](status_atom) { return sequence_number{0}; },
            [](sync_atom) { unexpected_note("a sync"); },
            [](flush_atom) { unexpected_note("a flush"); }};
  }

  fake_replica::behavior_type replica_behaviour(fake_replica::pointer self) {
    return {[](subscribe_atom, const coordinator_actor&) {},
            [this](apply_atom, const log_slice& slice) { applied.push_back(slice); },
            [](reset_atom) { return unexpected<ack>("a reset"); },
            [](load_atom, const table_rows_ptr&, const std::string&, const value&) {
              return unexpected<ack>("a load");
            },
            [this, self](freeze_atom) -> caf::result<frozen_snapshot> {
              freezes.push_back(self->make_response_promise<frozen_snapshot>());
              return freezes.back();
            },
            [](checkpoint_atom) { return sequence_number{42}; },
            [](caf::put_atom, const std::string&, const std::string&, const value&) {
              return unexpected<ack>("a note");
            },
            [](caf::delete_atom, const std::string&, const std::string&) {
              return unexpected<ack>("a note's end");
            },
            [](caf::get_atom, const std::string&) { return unexpected<value>("a look at notes"); },
            [](retry_atom) { unexpected_note("a retry"); },
            [](status_atom) { return sequence_number{0}; },
            run_step()};
  }

  ssp_link_actor open(const ssp_registration& who, sequence_number seq,
                      const std::vector<log_slice>& since, std::uint64_t epoch) {
    auto record = std::make_shared<opened_link>();
    record->id = who.id;
    record->seq = seq;
    record->heard = since;
    record->epoch = epoch;
    record->link = spawn([record](ssp_link_actor::pointer) -> ssp_link_actor::behavior_type {
      return {[record](durable_atom, const log_slice& slice) { record->heard.push_back(slice); },
              [](heartbeat_atom, const ssp_heartbeat&) { return ack{}; },
              [](register_atom, const registration_ptr&) { return unexpected<value>("a view"); },
              [](unregister_atom, const view_claim&) { return unexpected<ack>("a view's end"); },
              [](release_atom, const view_claim&) { return unexpected<ack>("a release"); },
              [](drain_atom) { return unexpected<ack>("a drain"); },
              [](leave_atom) { unexpected_note("a leave"); },
              [](status_atom) { return link_status{}; },
              [record](stop_atom) { record->stopped = true; },
              [](poll_atom, unsigned) { unexpected_note("a poll"); }};
    });
    links.push_back(record);
    return record->link;
  }

  void become_ready() {
    send(hub, cloned_atom_v);
    send(hub, caught_up_atom_v);
  }

  /// The log has a new stretch; it becomes durable.
  void durable(sequence_number first, sequence_number last) {
    send(hub, durable_atom_v, slice(first, last));
  }

  void pin(sequence_number seq) {
    within(replica, [this, seq] {
      freezes.front().deliver(frozen_snapshot{seq, nullptr});
      freezes.pop_front();
    });
  }

  reply<sequence_number> join(const std::string& id) {
    return ask_later<sequence_number>(hub, register_atom_v,
                                      ssp_registration{id, "http://" + id, "1", {}});
  }

  void report(const opened_link& from, link_state state) {
    link_status status;
    status.id = from.id;
    status.state = state;
    status.epoch = from.epoch;
    send(hub, notify_atom_v, status, from.link);
  }

  result<committed> ingest(bool from_source) {
    change_batch batch;
    batch.changes = {put(0, "t", 1)};
    if (from_source) batch.source = "changefeed/1";
    return ask<committed>(hub, ingest_atom_v, change_batches{batch});
  }

  result<ack> beat(const std::string& id) {
    return ask<ack>(hub, heartbeat_atom_v, ssp_heartbeat{id, 0, 0, 0, {}});
  }

  std::string state() { return ask<scheduler_status>(hub, status_atom_v)->state; }

  fake_replica replica;
  coordinator_actor hub;
  held_freezes freezes;
  std::vector<log_slice> applied;
  std::vector<change_batches> appended;
  std::vector<opened_ptr> links;
  sequence_number truncated = 0;
};

/// I2, I4: what a link hears follows its snapshot without gap or repetition.
void check_gap_free(const opened_link& link, sequence_number last) {
  auto next = link.seq + 1;
  for (const auto& slice : link.heard) {
    if (slice.last < next) continue;
    CHECK(slice.first == next);
    next = slice.last + 1;
  }
  CHECK(next == last + 1);
}

}  // namespace

TEST_CASE("while cloning SSPs and webhooks are refused, the source only until the copy is done") {
  centre world;
  CHECK(world.state() == "cloning");
  CHECK(code_of(world.join("a")) == errc::not_ready);
  CHECK(code_of(world.ingest(false)) == errc::not_ready);
  CHECK(code_of(world.ingest(true)) == errc::not_ready);

  world.send(world.hub, cloned_atom_v);
  CHECK(code_of(world.ingest(true)) == errc::none);
  CHECK(code_of(world.ingest(false)) == errc::not_ready);
  CHECK(code_of(world.join("a")) == errc::not_ready);

  world.send(world.hub, caught_up_atom_v);
  CHECK(world.state() == "ready");
  CHECK(code_of(world.ingest(false)) == errc::none);
  CHECK(world.appended.size() == 2);
  CHECK(world.applied.empty());
}

TEST_CASE("the database's trouble is part of the status") {
  centre world;
  const auto status = world.ask<scheduler_status>(world.hub, status_atom_v);
  CHECK_FALSE(status->database_connected);
  CHECK(status->detail.find("refused") != std::string::npos);
}

TEST_CASE("I2, I4: SSPs that share a snapshot hear everything after it, once") {
  centre world;
  world.become_ready();
  world.durable(1, 3);
  const auto first = world.join("a");
  CHECK_FALSE(first->has_value());
  // Asked for after 3 and before 4: the replica's mailbox makes the snapshot exactly 3.
  world.durable(4, 5);
  const auto second = world.join("b");
  REQUIRE(world.freezes.size() == 1);
  world.pin(3);
  CHECK(***first == 3);
  CHECK(***second == 3);
  CHECK(world.state() == "ready+frozen");
  world.durable(6, 6);
  const auto third = world.join("c");
  CHECK(***third == 3);
  world.durable(7, 9);
  REQUIRE(world.links.size() == 3);
  for (const auto& link : world.links) check_gap_free(*link, 9);
  CHECK(world.applied.size() == 4);
}

TEST_CASE("a snapshot is kept until the last SSP has bootstrapped, then a newer one is made") {
  centre world;
  world.become_ready();
  world.join("a");
  world.join("b");
  world.pin(0);
  world.report(*world.links[0], link_state::replaying);
  CHECK(world.state() == "ready+frozen");
  world.report(*world.links[1], link_state::gone);
  CHECK(world.state() == "ready");
  world.durable(1, 2);
  const auto late = world.join("c");
  REQUIRE(world.freezes.size() == 1);
  world.pin(2);
  CHECK(***late == 2);
  world.durable(3, 3);
  check_gap_free(*world.links[2], 3);
}

TEST_CASE("too much behind a snapshot: a newcomer gets a newer one") {
  centre world{{.max_buffer_per_ssp = 5}};
  world.become_ready();
  world.join("a");
  world.pin(0);
  world.durable(1, 6);
  const auto late = world.join("b");
  CHECK_FALSE(late->has_value());
  world.durable(7, 8);
  world.pin(6);
  CHECK(***late == 6);
  check_gap_free(*world.links[0], 8);
  check_gap_free(*world.links[1], 8);
}

TEST_CASE("when no snapshot can be had all that wait are told, and the next one asks again") {
  centre world;
  world.become_ready();
  const auto first = world.join("a");
  const auto second = world.join("b");
  SUBCASE("refused") {
    world.within(world.replica, [&] {
      world.freezes.front().deliver(to_caf(fail(errc::io_error, "no space")));
      world.freezes.pop_front();
    });
    CHECK(code_of(first) == errc::io_error);
  }
  SUBCASE("never answered") {
    world.advance(11s, 1s);
    world.freezes.clear();
    CHECK(code_of(first) == errc::timeout);
  }
  CHECK_FALSE((*second)->ok());
  CHECK(world.links.empty());
  world.durable(1, 2);
  const auto again = world.join("a");
  REQUIRE(world.freezes.size() == 1);
  world.pin(2);
  CHECK(***again == 2);
  world.durable(3, 4);
  check_gap_free(*world.links[0], 4);
}

TEST_CASE("while the replica lags too far ingest is refused as overloaded") {
  centre world{{.max_replica_lag = 5}};
  world.become_ready();
  world.durable(1, 10);
  CHECK(code_of(world.ingest(false)) == errc::overloaded);
  world.send(world.hub, applied_atom_v, sequence_number{5});
  CHECK(code_of(world.ingest(false)) == errc::none);
}

TEST_CASE("heartbeats go to the SSP's link; who is not registered must register") {
  centre world;
  world.become_ready();
  CHECK(code_of(world.beat("a")) == errc::not_found);
  world.join("a");
  world.pin(0);
  CHECK(code_of(world.beat("a")) == errc::none);
  world.report(*world.links[0], link_state::gone);
  CHECK(code_of(world.beat("a")) == errc::not_found);
}

TEST_CASE("a new registration replaces the SSP's link, whose late reports count no more") {
  centre world;
  world.become_ready();
  world.join("a");
  world.pin(0);
  world.join("a");
  REQUIRE(world.links.size() == 2);
  CHECK(world.links[0]->stopped);
  CHECK(world.links[1]->epoch > world.links[0]->epoch);
  world.report(*world.links[0], link_state::gone);
  CHECK(code_of(world.beat("a")) == errc::none);
}

TEST_CASE("after a checkpoint the log below it goes") {
  centre world{{.checkpoint_interval = 10s}};
  world.advance(10s, 1s);
  CHECK(world.truncated == 42);
}
