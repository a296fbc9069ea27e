#include "tests/unit/actors/ssp/ssp_world.hpp"

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

/// An SSP between a scheduler that answers as told and a circuit that is as fast as told.
struct attached : ssp_world {
  attached() {
    spawn_ssp(spawn([this](scheduler_peer::pointer) { return scheduler_behaviour(); }), false);
  }

  scheduler_peer::behavior_type scheduler_behaviour() {
    return {[this](register_ssp_atom, const ssp_registration& who) -> caf::result<ssp_admission> {
              joins.push_back(who);
              if (join_refusal) return to_caf(*join_refusal);
              const bool resumed = resumes && who.log_id == "log";
              return ssp_admission{resumed ? who.applied : seq, resumed, "log",
                                   registration_epoch{joins.size()}, "surrealdb-3.0.2"};
            },
            [this](heartbeat_atom, const ssp_heartbeat& beat) -> caf::result<ack> {
              beats.push_back(beat);
              if (beat_refusal) return to_caf(*std::exchange(beat_refusal, std::nullopt));
              return ack{};
            },
            [this](unregister_view_atom, const view_id& id) -> caf::result<ack> {
              unregistered.push_back(id);
              if (end_refusal) return to_caf(*end_refusal);
              return ack{};
            },
            [this](drain_ssp_atom, const ssp_id&) -> caf::result<drain_progress> {
              if (drain_refusal) return to_caf(*drain_refusal);
              return drain;
            },
            [this](leave_atom, const ssp_id& id) {
              left.push_back(id);
              return ack{};
            },
            [](flush_atom, const std::string&) { return unexpected<sequence_number>("a flush"); },
            [](load_table_atom, const table_name&, sequence_number) {
              return unexpected<table_rows_ptr>("a load");
            },
            [](interest_atom, const ssp_interest&) {
              return unexpected<sequence_number>("an interest");
            }};
  }

  errc ingest(sequence_number first) {
    return code_of(ask<sequence_number>(ssp, ingest_log_atom_v, slice(first, first)));
  }

  std::vector<ssp_registration> joins;
  std::vector<ssp_heartbeat> beats;
  names unregistered;
  std::optional<error> end_refusal;
  std::vector<ssp_id> left;
  drain_progress drain;
  std::optional<error> drain_refusal;
  std::optional<error> join_refusal;
  std::optional<error> beat_refusal;
  sequence_number seq = 7;
  bool resumes = false;
};

}  // namespace

TEST_CASE("an SSP joins, loads at the snapshot's position, says so, and takes work only then") {
  attached world;
  world.hold_resets = true;
  world.run();
  CHECK(world.state() == "bootstrapping");
  CHECK(world.resets == std::vector<sequence_number>{7});
  CHECK(world.enroll("v") == errc::not_ready);
  CHECK(world.ingest(8) == errc::not_ready);
  CHECK(world.beats.empty());
  world.finish_reset();
  CHECK(world.state() == "ready");
  REQUIRE(world.beats.size() == 1);
  CHECK(world.beats[0].applied == 7);
  CHECK(world.ingest(8) == errc::none);
  CHECK(world.status().applied == 8);
  CHECK(world.enroll("v") == errc::none);
  world.advance(3s, 100ms);
  CHECK(world.beats.size() == 4);
  CHECK(world.beats.back().views == 1);
}

TEST_CASE("I10: a scheduler that is absent at the start is waited for") {
  attached world;
  world.join_refusal = fail(errc::unavailable, "connection refused");
  world.advance(30s, 100ms);
  CHECK(world.state() == "bootstrapping");
  CHECK(world.status().reason == "connection refused");
  CHECK(world.joins.size() > 5);
  CHECK(world.joins.size() < 30);
  world.join_refusal.reset();
  world.advance(6s, 100ms);
  CHECK(world.state() == "ready");
  CHECK(world.status().reason.empty());
}

TEST_CASE("an SSP that the scheduler forgot or left behind joins again with the views it holds") {
  attached world;
  world.run();
  CHECK(world.enroll("v") == errc::none);
  world.seq = 20;
  SUBCASE("404") { world.beat_refusal = fail(errc::not_found, "register again"); }
  SUBCASE("409") { world.beat_refusal = fail(errc::conflict, "bootstrap again"); }
  world.hold_resets = true;
  world.advance(1s, 100ms);
  CHECK(world.state() == "bootstrapping");
  REQUIRE(world.joins.size() == 2);
  CHECK(world.joins[1].views == names{"v"});
  CHECK(world.resets == std::vector<sequence_number>{7, 20});
  world.finish_reset();
  CHECK(world.state() == "ready");
  world.advance(5s, 100ms);
  CHECK(world.joins.size() == 2);
}

TEST_CASE(
    "scheduler restart: the SSP keeps its rows and views if the scheduler's log allows that") {
  attached world;
  world.resumes = true;
  world.run();
  CHECK(world.joins[0].log_id.empty());
  CHECK(world.enroll("v") == errc::none);
  CHECK(world.ingest(8) == errc::none);
  world.beat_refusal = fail(errc::not_found, "register again");
  world.advance(1s, 100ms);
  REQUIRE(world.joins.size() == 2);
  CHECK(world.joins[1].log_id == "log");
  CHECK(world.joins[1].applied == 8);
  CHECK(world.joins[1].views == names{"v"});
  CHECK(world.joins[1].tables == std::vector<table_name>{"t"});
  CHECK(world.joins[1].revision > world.joins[0].revision);
  CHECK(world.resets == std::vector<sequence_number>{7});
  CHECK(world.resumptions == 1);
  CHECK(world.state() == "ready");
  CHECK(world.ingest(9) == errc::none);
}

TEST_CASE("changes sent for an earlier registration are refused") {
  attached world;
  world.run();
  auto late = slice(8, 8);
  late.epoch = 9;
  CHECK(code_of(world.ask<sequence_number>(world.ssp, ingest_log_atom_v, late)) == errc::not_ready);
  late.epoch = 1;
  CHECK(code_of(world.ask<sequence_number>(world.ssp, ingest_log_atom_v, late)) == errc::none);
}

TEST_CASE("two SSPs with one id: the older one stands back until the newer is gone") {
  attached world;
  world.run();
  const auto other = fail(errc::already_exists, "another process has registered");
  for (int beats = 0; beats < 5; ++beats) {
    world.beat_refusal = other;
    world.advance(1s, 100ms);
  }
  CHECK(world.state() == "failed");
  CHECK(world.status().reason == other.message);
  CHECK(world.ingest(8) == errc::not_ready);
  CHECK(world.joins.size() == 1);
  world.beat_refusal = fail(errc::not_found, "register again");
  world.advance(1s, 100ms);
  CHECK(world.joins.size() == 2);
  CHECK(world.joins[1].log_id.empty());
  CHECK(world.state() == "ready");
}

TEST_CASE("a failed bootstrap of a view: it is held no longer, and the scheduler hears so first") {
  attached world;
  world.run();
  CHECK(world.enroll("v") == errc::none);
  CHECK(world.enroll("w") == errc::none);
  world.beat_refusal = fail(errc::conflict, "bootstrap again");
  world.hold_resets = true;
  world.advance(1s, 100ms);
  world.beats.clear();
  world.finish_reset({"v"});
  REQUIRE(world.beats.size() == 2);
  CHECK(world.beats[0].lost == names{"v"});
  CHECK(world.beats[1].lost.empty());
  CHECK(world.beats[1].views == 1);
  CHECK(world.state() == "ready");
}

TEST_CASE("a heartbeat that is not answered changes nothing") {
  attached world;
  world.run();
  world.beat_refusal = fail(errc::unavailable, "connection refused");
  world.advance(1s, 100ms);
  CHECK(world.state() == "ready");
  CHECK(world.status().scheduler_connected == false);
  world.advance(1s, 100ms);
  CHECK(world.status().scheduler_connected == true);
  CHECK(world.joins.size() == 1);
}

TEST_CASE("a bootstrap that takes too long begins again") {
  attached world;
  world.hold_resets = true;
  world.advance(25s, 100ms);
  CHECK(world.resets.size() == 2);
  world.finish_reset();
  CHECK(world.state() == "bootstrapping");
  world.finish_reset();
  CHECK(world.state() == "ready");
}

TEST_CASE("views past their time to live are removed through the scheduler") {
  attached world;
  world.run();
  CHECK(world.enroll("v") == errc::none);
  world.ended = {"v", "of another SSP"};
  world.advance(10s, 100ms);
  CHECK(world.unregistered == names{"v"});
}

TEST_CASE("a view that has ended and that the scheduler does not know is ended by its SSP") {
  attached world;
  world.run();
  CHECK(world.enroll("v") == errc::none);
  world.ended = {"v"};
  SUBCASE("a scheduler that is away says nothing about it") {
    world.end_refusal = fail(errc::unavailable, "away");
    world.advance(10s, 100ms);
    CHECK(world.ended_here.empty());
  }
  SUBCASE("it was ended while the SSP was away") {
    world.end_refusal = fail(errc::not_found, "no view v is registered");
    world.advance(20s, 100ms);
    CHECK(world.ended_here == names{"v"});
    CHECK(world.beats.back().views == 0);
  }
}

TEST_CASE("a reset forgets the views and bootstraps again") {
  attached world;
  world.run();
  CHECK(world.enroll("v") == errc::none);
  CHECK(world.ask<ack>(world.ssp, reset_ssp_atom_v).ok());
  REQUIRE(world.joins.size() == 2);
  CHECK(world.joins[1].views.empty());
  CHECK(world.state() == "ready");
}

TEST_CASE("changes offered straight to an SSP with a scheduler are refused with the way to go") {
  attached world;
  world.run();
  const auto refused = world.ask<committed>(world.ssp, ingest_changes_atom_v, change_batches{});
  CHECK(code_of(refused) == errc::invalid_argument);
  CHECK(refused.failure().message.find("/ingest") != std::string::npos);
}

// -- views that move ------------------------------------------------------------------------------

namespace {

registration_ptr placed(const view_id& id, placement_epoch epoch) {
  auto view = std::make_shared<view_registration>(*view_of(id));
  view->epoch = epoch;
  return view;
}

}  // namespace

TEST_CASE("what arrives late of an older placement does not touch a newer one") {
  attached world;
  world.run();
  const auto enroll = [&world](placement_epoch epoch) {
    return code_of(
        world.ask<snapshot_result_ptr>(world.ssp, register_view_atom_v, placed("v", epoch)));
  };
  CHECK(enroll(5) == errc::none);
  CHECK(enroll(4) == errc::conflict);
  const auto end = [&world](placement_epoch epoch) {
    return code_of(world.ask<ack>(world.ssp, unregister_view_atom_v, view_claim{"v", epoch}));
  };
  CHECK(end(4) == errc::conflict);
  CHECK(code_of(world.ask<ack>(world.ssp, release_view_atom_v, view_release{{"v", 4}, {}})) ==
        errc::none);
  CHECK(world.released.empty());
  CHECK(world.ended_here.empty());
  SUBCASE("a release of this one drops it") {
    CHECK(code_of(world.ask<ack>(world.ssp, release_view_atom_v, view_release{{"v", 5}, {}})) ==
          errc::none);
    CHECK(world.released == names{"v"});
    CHECK(world.status().views == 0);
  }
  SUBCASE("an end of this one ends it") {
    CHECK(end(5) == errc::none);
    CHECK(world.ended_here == names{"v"});
    // Ended once more, for nobody else can: edges and record go though it is not held.
    CHECK(end(9) == errc::none);
    CHECK(world.erased == names{"v"});
  }
}

TEST_CASE("a view that another SSP has claimed is dropped; one whose record is gone ends") {
  attached world;
  world.run();
  CHECK(code_of(world.ask<snapshot_result_ptr>(world.ssp, register_view_atom_v, placed("v", 5))) ==
        errc::none);
  SUBCASE("unless it has been placed here again since") {
    world.send(world.ssp, fenced_atom_v, view_claim{"v", 4}, false);
    CHECK(world.released.empty());
    CHECK(world.status().views == 1);
  }
  SUBCASE("claimed") {
    world.send(world.ssp, fenced_atom_v, view_claim{"v", 5}, false);
    CHECK(world.released == names{"v"});
    CHECK(world.status().views == 0);
    CHECK(world.unregistered.empty());
  }
  SUBCASE("deleted") {
    world.send(world.ssp, fenced_atom_v, view_claim{"v", 5}, true);
    CHECK(world.unregistered == names{"v"});
    CHECK(world.released.empty());
  }
}

TEST_CASE("an SSP that is told to leave goes when its views have gone") {
  attached world;
  world.run();
  CHECK(world.enroll("v") == errc::none);
  world.drain = {1, {}};
  const auto drained = world.ask_later<ack>(world.ssp, retire_atom_v, caf::timespan{8s});
  CHECK(world.state() == "draining");
  CHECK(world.enroll("w") == errc::not_ready);
  CHECK(world.ingest(8) == errc::none);
  world.advance(2s);
  CHECK(world.left.empty());
  SUBCASE("at once when none is left") {
    world.drain = {0, {}};
    world.advance(200ms);
  }
  SUBCASE("at once when nobody could take them") {
    world.drain = {1, "no other SSP is in the pool"};
    world.advance(200ms);
  }
  SUBCASE("when its time is over") {
    world.advance(5s);
    CHECK(world.left.empty());
    world.advance(2s);
  }
  SUBCASE("when the scheduler does not know it any more") {
    world.drain_refusal = fail(errc::not_found, "no SSP a");
    world.advance(200ms);
  }
  CHECK(world.left == std::vector<ssp_id>{"a"});
  CHECK(code_of(drained) == errc::none);
  const auto joins = world.joins.size();
  world.beat_refusal = fail(errc::not_found, "register again");
  world.advance(10s, 100ms);
  CHECK_MESSAGE(world.joins.size() == joins, "it does not come back");
}
