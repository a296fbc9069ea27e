#include "actors/ssp/local_log.hpp"

#include "tests/unit/actors/ssp/ssp_world.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

namespace {

using places = std::vector<std::pair<sequence_number, sequence_number>>;

/// The database's time: seqs begin at 1024 times that.
constexpr std::int64_t database_millis = 1;
constexpr sequence_number first = 1024;

/// An SSP with the log that is in its own process, between a capture that waits to be started and a
/// circuit that is as fast as told.
struct alone : ssp_world {
  static local_log_config log_limits() {
    local_log_config limits;
    limits.max_kept = 10;
    return limits;
  }
  alone() {
    database.execute = [](const intent& asked) -> result<answer> {
      if (!is<read_clock>(asked)) return not_carried_out(asked);
      return answer{std::chrono::milliseconds{database_millis}};
    };
    auto capture = spawn([this](capture_actor::pointer) { return capture_behaviour(); });
    auto jobs = spawn([this](log_listener::pointer) -> log_listener::behavior_type {
      return {[this](durable_atom, const log_slice& slice) { told.push_back(at(slice)); }};
    });
    log = spawn(local_log, local_log_parts{database.handle, capture, jobs}, log_limits());
    spawn_ssp(scheduler_peer{log}, true);
    send(log, follow_log_atom_v, ssp);
  }

  capture_actor::behavior_type capture_behaviour() {
    return {[this](start_capture_atom, const feed_start&, const change_sink&) { ++starts; },
            [](source_caught_up_atom, const std::string&) { unexpected_note("a source's end"); },
            [](table_compared_atom, const compared_table&) { unexpected_note("a comparison"); },
            [](source_trouble_atom, const std::string&, const std::string&) {
              unexpected_note("a trouble");
            },
            [](rows_left_out_atom, const left_out_rows&) { unexpected_note("a row left out"); },
            [](uncaptured_atom, const std::string&, const std::string&) {
              unexpected_note("a table that is not captured");
            },
            [](look_now_atom) { unexpected_note("a look"); },
            [](captured_tables_atom) { return unexpected<std::vector<std::string>>("a question"); },
            [](flush_atom, const std::string&) { return unexpected<sequence_number>("a flush"); },
            [](doubt_rows_atom, const std::string&, const std::vector<record_id>&) {
              unexpected_note("a doubt");
            },
            [](look_later_atom) { unexpected_note("a look"); },
            [this](load_table_atom, const table_name& table, sequence_number least) {
              loads.emplace_back(table, least);
              return table_rows_ptr{std::make_shared<table_rows>()};
            },
            [](connected_atom) {},
            [](disconnected_atom, const std::string&) {},
            [](live_fired_atom, const db_notification&) {}};
  }

  static std::pair<sequence_number, sequence_number> at(const log_slice& slice) {
    return {slice.first - first.raw(), slice.last - first.raw()};
  }
  static change_batches changes(std::size_t count) {
    change_batch batch;
    for (std::size_t i = 0; i < count; ++i)
      batch.changes.push_back(put(0, "t", static_cast<std::int64_t>(i)));
    return {std::move(batch)};
  }
  reply<committed> offer(std::size_t count) {
    return ask_later<committed>(log, ingest_changes_atom_v, changes(count));
  }
  void become_ready() {
    database.connect();
    REQUIRE(state() == "ready");
  }

  places given() const {
    places out;
    for (const auto& one : slices) out.push_back(at(one));
    return out;
  }

  local_log_actor log;
  unsigned starts = 0;
  std::vector<std::pair<table_name, sequence_number>> loads;
  places told;
};

}  // namespace

TEST_CASE("alone: an SSP waits for the database, and is ready with the views it knows of") {
  alone world;
  world.stored = {view_of("v"), view_of("w")};
  world.advance(3s, 100ms);
  CHECK(world.state() == "bootstrapping");
  CHECK(world.resets.empty());
  CHECK(code_of(world.offer(1)) == errc::not_ready);
  world.hold_resets = true;
  world.database.connect();
  CHECK(world.starts == 1);
  CHECK(world.resets == std::vector<sequence_number>{first});
  CHECK(world.restored == names{"v", "w"});
  CHECK(world.state() == "bootstrapping");
  world.finish_reset();
  CHECK(world.state() == "ready");
  CHECK(world.status().views == 2);
  CHECK(world.status().applied == first);
  CHECK_FALSE(world.status().scheduler_connected.has_value());
}

TEST_CASE(
    "alone: producers are answered when the circuit has applied what they offered, in order") {
  alone world;
  world.become_ready();
  world.hold_slices = true;
  const auto one = world.offer(2);
  const auto two = world.offer(1);
  const auto three = world.offer(1);
  CHECK(world.given() == places{{1, 2}});
  CHECK(world.told == places{{1, 2}, {3, 3}, {4, 4}});
  CHECK_FALSE(one->has_value());
  world.take_held(first + 2);
  REQUIRE(one->has_value());
  CHECK((*one)->value().first == first + 1);
  CHECK((*one)->value().last == first + 2);
  CHECK_FALSE(two->has_value());
  CHECK(world.given() == places{{1, 2}, {3, 4}});
  world.take_held(first + 4);
  CHECK(code_of(two) == errc::none);
  CHECK(code_of(three) == errc::none);
  CHECK(world.status().applied == first + 4);
  CHECK(world.ask<committed>(world.log, ingest_changes_atom_v, change_batches{}).ok());
}

TEST_CASE("alone: a circuit that is behind holds its producers up") {
  alone world;
  world.become_ready();
  world.hold_slices = true;
  const auto large = world.offer(10);
  CHECK(code_of(world.offer(1)) == errc::overloaded);
  world.take_held(first + 10);
  CHECK(code_of(large) == errc::none);
  world.hold_slices = false;
  CHECK(code_of(world.offer(1)) == errc::none);
  CHECK(world.resets.size() == 1);
}

TEST_CASE(
    "alone: what nobody is said to want ends unless somebody does, or registers it meanwhile") {
  alone world;
  world.become_ready();
  CHECK(world.enroll("v") == errc::none);
  view_claim unwanted{"v", {}, false, true};
  SUBCASE("a view") {}
  SUBCASE("all views of a query") { unwanted.whole_query = true; }
  const auto end = [&] {
    return world.ask_later<ack>(world.ssp, unregister_view_atom_v, unwanted);
  };
  const auto wanted = end();
  world.settle_doubt(true);
  CHECK(code_of(wanted) == errc::conflict);
  const auto outrun = end();
  CHECK(world.enroll("v") == errc::none);
  world.settle_doubt(false);
  CHECK(code_of(outrun) == errc::conflict);
  world.hold_views = true;
  const auto again =
      world.ask_later<snapshot_result_ptr>(world.ssp, register_view_atom_v, view_of("v"));
  CHECK(code_of(end()) == errc::conflict);
  CHECK_MESSAGE(world.doubts.empty(), "the database does not know of it yet");
  world.show_held();
  CHECK(code_of(again) == errc::none);
  CHECK(world.ended_here.empty());
  CHECK(world.status().views == 1);
  const auto last = end();
  world.settle_doubt(false);
  CHECK(code_of(last) == errc::none);
  CHECK(world.ended_here == names{"v"});
  CHECK(world.status().views == 0);
}

TEST_CASE("alone: views answer as the SurrealDB that is there, and again when it is another") {
  alone world;
  world.database.tell_version("surrealdb-3.0.2");
  world.become_ready();
  CHECK(world.versions == std::vector<std::string>{"surrealdb-3.0.2"});
  CHECK(world.enroll("v") == errc::none);
  world.database.disconnect();
  world.database.tell_version("surrealdb-3.0.2");
  world.database.connect();
  CHECK(world.versions.size() == 1);
  world.database.tell_version("surrealdb-3.3.3");
  CHECK(world.versions == std::vector<std::string>{"surrealdb-3.0.2", "surrealdb-3.3.3"});
  CHECK(world.state() == "ready");
}

TEST_CASE("alone: what comes while the tables are loaded does not wait for them, and is not lost") {
  alone world;
  world.hold_resets = true;
  world.database.connect();
  CHECK(code_of(world.offer(2)) == errc::none);
  CHECK(world.ask<table_rows_ptr>(world.log, load_table_atom_v, table_name{"t"}, sequence_number{0})
            .ok());
  CHECK_MESSAGE(world.loads.back().second == first + 2, "its rows contain what was taken before");
  CHECK(code_of(world.offer(1)) == errc::none);
  CHECK(world.slices.empty());
  world.finish_reset();
  CHECK(world.given() == places{{1, 3}});
  CHECK(world.state() == "ready");
}

TEST_CASE("alone: more than is kept during a bootstrap makes another one necessary") {
  alone world;
  world.hold_resets = true;
  world.database.connect();
  CHECK(code_of(world.offer(8)) == errc::none);
  CHECK(code_of(world.offer(8)) == errc::none);
  world.finish_reset();
  CHECK(world.resets == std::vector<sequence_number>{first, first + 16});
  world.finish_reset();
  CHECK(world.state() == "ready");
  CHECK(world.slices.empty());
}

TEST_CASE("alone: changes that nobody can name: all tables are loaded again, at the log's end") {
  alone world;
  world.become_ready();
  CHECK(code_of(world.offer(3)) == errc::none);
  CHECK(world.enroll("v") == errc::none);
  SUBCASE("capture says so") { world.send(world.log, reload_all_atom_v, std::string{"a gap"}); }
  SUBCASE("the circuit could not apply some") {
    world.refusal = fail(errc::internal, "no");
    CHECK(code_of(world.offer(1)) == errc::none);
  }
  CHECK(world.resets.size() == 2);
  CHECK(world.resets.back() >= first + 3);
  CHECK(world.state() == "ready");
  CHECK(world.status().views == 1);
  CHECK(code_of(world.offer(1)) == errc::none);
  CHECK(world.given().back().first ==
        static_cast<sequence_number>(world.resets.back() - first + 1));
}

TEST_CASE("alone: a view past its time to live ends here, for there is no other place") {
  alone world;
  world.become_ready();
  CHECK(world.enroll("v") == errc::none);
  world.ended = {"v"};
  world.advance(10s, 100ms);
  world.settle_doubt(false);
  CHECK(world.ended_here == names{"v"});
  CHECK(world.status().views == 0);
}

TEST_CASE("alone: a reset forgets the views and starts over at the log's end") {
  alone world;
  world.become_ready();
  CHECK(code_of(world.offer(3)) == errc::none);
  CHECK(world.enroll("v") == errc::none);
  CHECK(world.ask<ack>(world.ssp, reset_ssp_atom_v).ok());
  CHECK(world.resets == std::vector<sequence_number>{first, first + 3});
  CHECK(world.status().views == 0);
  CHECK(world.starts == 1);
}

TEST_CASE("alone: how capture fares is part of the SSP's status") {
  alone world;
  world.become_ready();
  capture_report report;
  report.tables = 3;
  world.send(world.log, report_capture_atom_v, report);
  CHECK(world.status().capture.tables == 3);
}
