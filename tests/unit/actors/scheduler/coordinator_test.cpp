#include "actors/scheduler/coordinator.hpp"

#include "tests/unit/actors/det.hpp"
#include "tests/unit/machines/samples.hpp"

#include <deque>
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

using held_freezes = std::deque<caf::typed_response_promise<frozen_snapshot>>;
using fake_replica = replica_keeper_actor::extend<runs_steps>;
using fake_log = log_reader_actor::extend<runs_steps>;

/// A link that was opened for an SSP.
struct opened_link {
  ssp_id id;
  sequence_number seq = 0;
  std::vector<log_slice> heard;  ///< what it was opened with, then what it was sent
  ssp_link_actor link;
  registration_epoch epoch = 0;
  bool resumed = false;
  bool stopped = false;
};
using opened_ptr = std::shared_ptr<opened_link>;

/// The coordinator between a log, a replica that pins when told to, and links that listen.
struct centre : det {
  explicit centre(coordinator_config config = {}) {
    replica = spawn([this](fake_replica::pointer self) { return replica_behaviour(self); });
    log = spawn([this](fake_log::pointer self) -> fake_log::behavior_type {
      return {[this, self](read_atom, sequence_number after,
                           sequence_number last) -> caf::result<log_slice> {
                reads.emplace_back(after, last);
                read_promises.push_back(self->make_response_promise<log_slice>());
                return read_promises.back();
              },
              run_step()};
    });
    auto wal = spawn([this](wal_writer_actor::pointer) { return wal_behaviour(); });
    auto database = spawn([](database_actor::pointer) -> database_actor::behavior_type {
      return {[](query_atom, const db_query&) { return unexpected<answer>("a query"); },
              [](follow_database_atom, const database_listener&) { unexpected_note("a listener"); },
              [](follow_version_atom, const version_listener&) {},
              [](start_live_atom, const watch_table&, const database_listener&) {
                return unexpected<value>("a LIVE query");
              },
              [](database_status_atom) -> caf::result<bool, std::string> {
                return {false, std::string{"refused"}};
              }};
    });
    coordinator_parts parts{wal,
                            log,
                            replica,
                            database,
                            [this](const ssp_registration& who, const ssp_admission& admission,
                                   const std::vector<log_slice>& since, const coordinator_actor&) {
                              return open(who, admission, since);
                            },
                            [] { return std::string{"fresh"}; }};
    hub = spawn(coordinator, parts, config, sequence_number{0}, false);
    run();
  }

  wal_writer_actor::behavior_type wal_behaviour() {
    return {[this](append_atom, const change_batches& batches) {
              appended.push_back(batches);
              return committed{1, 1};
            },
            [](follow_log_atom, const log_listener&) {},
            [this](truncate_atom, sequence_number seq) { truncated = seq; },
            [](last_durable_atom) { return sequence_number{0}; },
            [this](disk_status_atom) { return disk; },
            [](sync_atom) { unexpected_note("a sync"); },
            [](sync_tick_atom) { unexpected_note("a flush"); }};
  }

  fake_replica::behavior_type replica_behaviour(fake_replica::pointer self) {
    return {[](follow_replica_atom, const coordinator_actor&) {},
            [this](apply_atom, const log_slice& slice) { applied.push_back(slice); },
            [](clear_replica_atom) { return unexpected<ack>("a reset"); },
            [](load_page_atom, const table_rows_ptr&, const std::string&, const value&) {
              return unexpected<ack>("a load");
            },
            [this, self](freeze_atom) -> caf::result<frozen_snapshot> {
              freezes.push_back(self->make_response_promise<frozen_snapshot>());
              return freezes.back();
            },
            [](checkpoint_atom) { return sequence_number{42}; },
            [this](caf::put_atom, const std::string& family, const std::string& key,
                   const value& note) {
              notes[family + "/" + key] = note;
              return ack{};
            },
            [](caf::delete_atom, const std::string&, const std::string&) {
              return unexpected<ack>("a note's end");
            },
            [](caf::get_atom, const std::string&) { return unexpected<value>("a look at notes"); },
            [](apply_again_atom) { unexpected_note("a retry"); },
            [](last_applied_atom) { return sequence_number{0}; },
            [](disk_status_atom) { return std::string{}; },
            run_step()};
  }

  ssp_link_actor open(const ssp_registration& who, const ssp_admission& admission,
                      const std::vector<log_slice>& since) {
    auto record = std::make_shared<opened_link>();
    record->id = who.id;
    record->seq = admission.seq;
    record->resumed = admission.resumed;
    record->heard = since;
    record->epoch = admission.epoch;
    record->link = spawn([record](ssp_link_actor::pointer) -> ssp_link_actor::behavior_type {
      return {
          [record](durable_atom, const log_slice& slice) { record->heard.push_back(slice); },
          [](heartbeat_atom, const ssp_heartbeat&) { return ack{}; },
          [](register_view_atom, const registration_ptr&) { return unexpected<value>("a view"); },
          [](unregister_view_atom, const view_claim&) { return unexpected<ack>("a view's end"); },
          [](release_view_atom, const view_release&) { return unexpected<ack>("a release"); },
          [](drain_link_atom) { return unexpected<ack>("a drain"); },
          [](leave_atom) { unexpected_note("a leave"); },
          [](link_status_atom) { return link_status{}; },
          [record](close_link_atom) { record->stopped = true; },
          [](tend_link_atom) { unexpected_note("a poll"); },
          [](deliver_again_atom, unsigned) { unexpected_note("a delivery"); },
          [](tell_progress_atom) { unexpected_note("a flush"); },
          [](interest_atom, const ssp_interest& interest) {
            return sequence_number{interest.revision + 100};
          }};
    });
    links.push_back(record);
    return record->link;
  }

  /// As after a restart: the replica holds a clone.
  void recover() { send(hub, caught_up_atom_v); }
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

  reply<ssp_admission> join(const ssp_id& id, const std::string& instance = "",
                            const std::string& log_id = "", sequence_number at = 0) {
    ssp_registration who;
    who.id = id;
    who.url = "http://" + id + instance;
    who.instance = instance;
    who.log_id = log_id;
    who.applied = at;
    return ask_later<ssp_admission>(hub, register_ssp_atom_v, who);
  }

  /// The log gives what was asked for first, or does not have it.
  void give_log(bool held = true) {
    within(log, [this, held] {
      const auto [after, last] = reads.front();
      if (held)
        read_promises.front().deliver(slice(after + 1, last));
      else
        read_promises.front().deliver(to_caf(fail(errc::not_found, "truncated")));
      reads.pop_front();
      read_promises.pop_front();
    });
  }

  void report(const opened_link& from, link_state state, sequence_number acked = 0) {
    link_status status;
    status.acked = acked;
    status.id = from.id;
    status.state = state;
    status.epoch = from.epoch;
    send(hub, link_changed_atom_v, status, from.link);
  }

  result<committed> ingest(bool from_source) {
    change_batch batch;
    batch.changes = {put(0, "t", 1)};
    if (from_source) batch.source = "changefeed/1";
    return ask<committed>(hub, ingest_changes_atom_v, change_batches{batch});
  }

  result<ack> beat(const ssp_id& id, const std::string& instance = "") {
    ssp_heartbeat heartbeat;
    heartbeat.id = id;
    heartbeat.instance = instance;
    return ask<ack>(hub, heartbeat_atom_v, heartbeat);
  }

  std::string state() { return ask<scheduler_status>(hub, scheduler_status_atom_v)->state; }

  fake_replica replica;
  fake_log log;
  coordinator_actor hub;
  std::string disk;  ///< what the log says of its disk
  std::map<std::string, value> notes;
  std::deque<std::pair<sequence_number, sequence_number>> reads;
  std::deque<caf::typed_response_promise<log_slice>> read_promises;
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
  const auto status = world.ask<scheduler_status>(world.hub, scheduler_status_atom_v);
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
  CHECK((**first)->seq == 3);
  CHECK((**second)->seq == 3);
  CHECK(world.state() == "ready+frozen");
  world.durable(6, 6);
  const auto third = world.join("c");
  CHECK((**third)->seq == 3);
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
  CHECK((**late)->seq == 2);
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
  CHECK((**late)->seq == 6);
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
  CHECK((**again)->seq == 2);
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

TEST_CASE("two SSPs with one id: the newer process has it, the older one is told so") {
  centre world;
  world.become_ready();
  world.join("a", "1");
  world.pin(0);
  CHECK(world.beat("a", "1").ok());
  world.join("a", "2");
  const auto told = world.beat("a", "1");
  CHECK(code_of(told) == errc::already_exists);
  CHECK(told.failure().message.find("http://a2") != std::string::npos);
  CHECK(told.failure().message.find("SSP_ID") != std::string::npos);
  CHECK(world.beat("a", "2").ok());
  ssp_interest interest;
  interest.id = "a";
  interest.instance = "1";
  CHECK(code_of(world.ask<sequence_number>(world.hub, interest_atom_v, interest)) ==
        errc::already_exists);
  world.report(*world.links[1], link_state::gone);
  CHECK(code_of(world.beat("a", "1")) == errc::not_found);
}

TEST_CASE("registration again under the same id with another URL replaces the link") {
  centre world;
  world.become_ready();
  world.join("a", "1");
  world.pin(0);
  world.join("a", "2");
  REQUIRE(world.links.size() == 2);
  CHECK(world.links[0]->stopped);
  const auto status = world.ask<scheduler_status>(world.hub, scheduler_status_atom_v);
  REQUIRE(status->links.size() == 1);
  CHECK(status->links[0].url == "http://a2");
}

TEST_CASE("interest goes to the SSP's link") {
  centre world;
  world.become_ready();
  world.join("a");
  world.pin(0);
  ssp_interest interest;
  interest.id = "a";
  interest.revision = 7;
  CHECK(*world.ask<sequence_number>(world.hub, interest_atom_v, interest) == 107);
  interest.id = "b";
  CHECK(code_of(world.ask<sequence_number>(world.hub, interest_atom_v, interest)) ==
        errc::not_found);
}

TEST_CASE("scheduler restart: an SSP of the same log goes on where it is, without a gap") {
  centre world{{.max_buffer_per_ssp = 10, .database = "surrealdb-3.3.3", .log_id = "log"}};
  world.recover();
  world.durable(1, 8);
  const auto answer = world.join("a", "1", "log", 5);
  CHECK_FALSE(answer->has_value());
  REQUIRE(world.reads == std::deque<std::pair<sequence_number, sequence_number>>{{5, 8}});
  // Delivered while the log is read.
  world.durable(9, 11);
  world.give_log();
  REQUIRE(code_of(answer) == errc::none);
  CHECK((**answer)->resumed);
  CHECK((**answer)->seq == 5);
  CHECK((**answer)->log_id == "log");
  CHECK((**answer)->database == "surrealdb-3.3.3");
  CHECK(world.freezes.empty());
  world.durable(12, 12);
  REQUIRE(world.links.size() == 1);
  CHECK(world.links[0]->resumed);
  check_gap_free(*world.links[0], 12);
}

TEST_CASE("an SSP that has everything resumes without a look at the log") {
  centre world{{.log_id = "log"}};
  world.recover();
  world.durable(1, 8);
  const auto answer = world.join("a", "1", "log", 8);
  REQUIRE(code_of(answer) == errc::none);
  CHECK((**answer)->resumed);
  CHECK(world.reads.empty());
  world.durable(9, 9);
  check_gap_free(*world.links[0], 9);
}

TEST_CASE("who is of another log, ahead of it, or too far behind bootstraps from a snapshot") {
  centre world{{.max_buffer_per_ssp = 10, .log_id = "log"}};
  world.recover();
  world.durable(1, 20);
  reply<ssp_admission> answer;
  SUBCASE("another log") { answer = world.join("a", "1", "older log", 20); }
  SUBCASE("ahead of it") { answer = world.join("a", "1", "log", 21); }
  SUBCASE("too far behind") { answer = world.join("a", "1", "log", 9); }
  SUBCASE("it holds no rows") { answer = world.join("a", "1", "", 20); }
  SUBCASE("the log is truncated") {
    answer = world.join("a", "1", "log", 15);
    world.give_log(false);
  }
  CHECK_FALSE(answer->has_value());
  world.pin(20);
  REQUIRE(code_of(answer) == errc::none);
  CHECK_FALSE((**answer)->resumed);
  CHECK((**answer)->seq == 20);
}

TEST_CASE("a clone gives the log a new name: rows of the database before are not taken over") {
  centre world{{.log_id = "log"}};
  world.become_ready();
  CHECK(world.notes["meta/log"] == value{"fresh"});
  const auto answer = world.join("a", "1", "log", 0);
  world.pin(0);
  CHECK_FALSE((**answer)->resumed);
  CHECK((**answer)->log_id == "fresh");
}

TEST_CASE("another SurrealDB: what SSPs hold was computed by other rules, so they begin again") {
  centre world{{.database = "surrealdb-3.0.2", .log_id = "log"}};
  world.recover();
  world.durable(1, 8);
  const auto tell = [&](const char* version) {
    world.send(world.hub, database_version_atom_v, std::string{version});
  };
  tell("surrealdb-3.0.4");
  const auto before = world.join("a", "1", "log", 8);
  REQUIRE(code_of(before) == errc::none);
  CHECK((**before)->resumed);
  CHECK((**before)->database == "surrealdb-3.0.4");
  CHECK(world.beat("a", "1").ok());

  tell("surrealdb-3.3.3");
  CHECK(world.notes.at("meta/database") == value{"surrealdb-3.3.3"});
  CHECK(world.notes.at("meta/log") == value{"fresh"});
  CHECK(world.beat("a", "1").failure().code == errc::conflict);
  const auto after = world.join("a", "1", "log", 8);
  world.pin(8);
  REQUIRE(code_of(after) == errc::none);
  CHECK_FALSE((**after)->resumed);
  CHECK((**after)->log_id == "fresh");
  CHECK((**after)->database == "surrealdb-3.3.3");
  CHECK(world.beat("a", "1").ok());
}

TEST_CASE("another SurrealDB while an SSP resumes: it does not go on where it was") {
  centre world{{.database = "surrealdb-3.0.2", .log_id = "log"}};
  world.recover();
  world.durable(1, 8);
  const auto answer = world.join("a", "1", "log", 5);
  world.send(world.hub, database_version_atom_v, std::string{"surrealdb-3.3.3"});
  world.give_log();
  world.pin(8);
  REQUIRE(code_of(answer) == errc::none);
  CHECK_FALSE((**answer)->resumed);
  CHECK((**answer)->database == "surrealdb-3.3.3");
}

TEST_CASE("I4: a replica that lags behind the log gives no snapshot to begin at") {
  centre world;
  world.become_ready();
  world.durable(1, 5);
  const auto early = world.join("a");
  world.pin(3);
  CHECK(code_of(early) == errc::not_ready);
  CHECK((*early)->failure().message.find("at 3") != std::string::npos);
  CHECK(world.links.empty());
  const auto late = world.join("a");
  world.pin(5);
  CHECK(code_of(late) == errc::none);
  world.durable(6, 6);
  check_gap_free(*world.links[0], 6);
}

TEST_CASE("rows are read from the pinned snapshot, or a fresh one if that is too old") {
  centre world;
  world.become_ready();
  world.durable(1, 5);
  world.join("a");
  world.pin(5);
  world.durable(6, 9);
  CHECK(world.ask<frozen_snapshot>(world.hub, hold_snapshot_atom_v, sequence_number{5})->seq == 5);
  const auto newer =
      world.ask_later<frozen_snapshot>(world.hub, hold_snapshot_atom_v, sequence_number{8});
  CHECK_FALSE(newer->has_value());
  world.pin(9);
  CHECK((**newer)->seq == 9);
}

TEST_CASE("the log is kept for SSPs that have not acknowledged it, within bounds") {
  centre world{{.checkpoint_interval = 10s, .max_log_held = 30}};
  world.become_ready();
  world.join("a");
  world.pin(0);
  world.join("b");
  SUBCASE("for the slowest") {
    world.report(*world.links[0], link_state::ready, 20);
    world.report(*world.links[1], link_state::ready, 42);
    world.advance(10s, 1s);
    CHECK(world.truncated == 20);
  }
  SUBCASE("not for one that will bootstrap again") {
    world.report(*world.links[0], link_state::overflowed, 20);
    world.report(*world.links[1], link_state::ready, 41);
    world.advance(10s, 1s);
    CHECK(world.truncated == 41);
  }
  SUBCASE("not for ever") {
    world.report(*world.links[0], link_state::ready, 1);
    world.report(*world.links[1], link_state::ready, 42);
    world.advance(10s, 1s);
    CHECK(world.truncated == 12);
  }
}
