#include "machines/capture/posted_events.hpp"

#include "machines/capture/left_events.hpp"
#include "tests/unit/machines/samples.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;

namespace {

using texts = std::vector<std::string>;

change event(std::int64_t key, std::uint64_t version, int a, const std::string& table = "t") {
  auto c = put(0, table, key, {{"a", value{a}}});
  c.version = version;
  return c;
}

std::string text(const record_id& id) { return id.table + std::to_string(id.key.as_integer()); }

/// `t1@3=30`: a record with its version and what it holds; `-` is a delete.
std::string text(const change& c) {
  auto shown = text(c.id);
  if (c.version) shown += "@" + std::to_string(*c.version);
  return shown +
         (c.op == change_op::erase ? "-" : "=" + std::to_string(c.record["a"].as_integer()));
}

struct shown {
  texts& out;
  void operator()(const post_effect::read_records& effect) const {
    std::string line = "read";
    for (const auto& id : effect.ids) line += " " + text(id);
    out.push_back(line);
  }
  void operator()(const post_effect::pass& effect) const {
    auto line = "pass " + std::to_string(effect.number) + ":";
    for (const auto& batch : effect.batches)
      for (const auto& c : batch.changes) line += " " + text(c);
    out.push_back(line);
  }
  void operator()(const post_effect::known& effect) const {
    out.push_back("known " + std::to_string(effect.number));
  }
  void operator()(const post_effect::refuse& effect) const {
    out.push_back("refuse " + std::to_string(effect.number));
  }
};

texts text(const post_effects& effects) {
  texts out;
  for (const auto& effect : effects) std::visit(shown{out}, effect);
  return out;
}

struct posting {
  posted_events events{100, 2};
  std::uint64_t number = 0;

  posting() { events.adopt("t", false); }
  texts post(std::vector<change> changes) {
    change_batch batch;
    batch.changes = std::move(changes);
    return text(events.on(post_event::posted{++number, {batch}}));
  }
  texts read(std::vector<change> found) {
    return text(events.on(post_event::read{std::move(found)}));
  }
  /// Posts the first event of a record that nothing else is known of.
  void learn(const change& c, std::uint64_t committed) {
    CHECK(post({c}) == texts{"read " + text(c.id)});
    auto found = c;
    found.version = committed;
    read({found});
  }
};

change nothing(std::int64_t key) { return erase(0, "t", key); }

}  // namespace

TEST_CASE("the first event of a record waits until the database has said what it has committed") {
  posting world;
  CHECK(world.post({event(1, 3, 30)}) == texts{"read t1"});
  SUBCASE("it is from a transaction that has not ended: it passes") {
    CHECK(world.read({event(1, 2, 20)}) == texts{"pass 1: t1@3=30"});
  }
  SUBCASE("of a record that the database knows nothing of: it passes") {
    CHECK(world.read({nothing(1)}) == texts{"pass 1: t1@3=30"});
  }
  SUBCASE("it is late: what is there now takes its place") {
    CHECK(world.read({event(1, 5, 50)}) == texts{"pass 1: t1@5=50"});
    CHECK(world.post({event(1, 4, 40)}) == texts{"known 2"});
    CHECK(world.post({event(1, 5, 49)}) == texts{"known 3"});
    CHECK(world.post({event(1, 6, 60)}) == texts{"pass 4: t1@6=60"});
  }
  SUBCASE("its record, or its table, is gone") {
    auto gone = nothing(1);
    gone.version = 3;
    CHECK(world.read({gone}) == texts{"pass 1: t1@3-"});
  }
  SUBCASE("its record was written again without being counted") {
    CHECK(world.read({event(1, 3, 31)}) == texts{"pass 1: t1@3=31"});
  }
}

TEST_CASE("of a known record only what is newer passes, and nobody is asked") {
  posting world;
  world.learn(event(1, 3, 30), 2);
  CHECK(world.post({event(1, 3, 30)}) == texts{"known 2"});
  CHECK(world.post({event(1, 2, 20)}) == texts{"known 3"});
  CHECK(world.post({event(1, 5, 50)}) == texts{"pass 4: t1@5=50"});
  CHECK(world.post({event(1, 4, 40)}) == texts{"known 5"});
  // A write that was rolled back has used the number before.
  CHECK(world.post({event(1, 5, 51)}) == texts{"pass 6: t1@5=51"});
  CHECK(world.post({put(0, "t", 1, {{"a", value{7}}})}) == texts{"pass 7: t1=7"});
}

TEST_CASE("one read at a time, of so many; what is certain meanwhile does not wait") {
  posting world;
  world.learn(event(9, 1, 1), 0);
  CHECK(world.post({event(1, 1, 1)}) == texts{"read t1"});
  CHECK(world.post({event(9, 2, 2)}) == texts{"pass 3: t9@2=2"});
  CHECK(world.post({event(1, 2, 2)}).empty());
  CHECK(world.post({event(2, 1, 1), event(3, 1, 1)}).empty());
  CHECK(world.post({event(4, 1, 1)}).empty());
  CHECK(world.read({nothing(1)}) == texts{"pass 2: t1@1=1", "pass 4: t1@2=2", "read t2 t3"});
  CHECK(world.read({nothing(2), nothing(3)}) == texts{"pass 5: t2@1=1 t3@1=1", "read t4"});
  CHECK(world.read({nothing(4)}) == texts{"pass 6: t4@1=1"});
}

TEST_CASE("of one post each record counts by itself, and what was read is given once") {
  posting world;
  CHECK(world.post({event(1, 2, 20), event(2, 1, 10), event(1, 3, 30)}) == texts{"read t1 t2"});
  CHECK(world.read({event(1, 4, 40), nothing(2)}) == texts{"pass 1: t1@4=40 t2@1=10"});
  CHECK(world.post({event(1, 4, 40), event(2, 2, 20)}) == texts{"pass 2: t2@2=20"});
}

TEST_CASE("what was read loses against what has been delivered since") {
  posting world;
  CHECK(world.post({event(1, 4, 40)}) == texts{"read t1"});
  SUBCASE("whoever compares has read it later") { world.events.gate().set(event(1, 6, 60), 6); }
  SUBCASE("a newer event has passed") { CHECK(world.events.gate().admit(event(1, 6, 60))); }
  CHECK(world.read({event(1, 5, 50)}) == texts{"known 1"});
}

TEST_CASE("an answer that does not come refuses all who wait for one") {
  posting world;
  CHECK(world.post({event(1, 1, 1)}) == texts{"read t1"});
  CHECK(world.post({event(2, 1, 1)}).empty());
  CHECK(text(world.events.on(post_event::unread{fail(errc::unavailable, "away")})) ==
        texts{"refuse 1", "refuse 2"});
  CHECK(world.post({event(1, 1, 1)}) == texts{"read t1"});
}

TEST_CASE("what the sink refused is asked about again") {
  posting world;
  world.learn(event(1, 3, 30), 2);
  change_batch batch;
  batch.changes = {event(1, 3, 30)};
  const change_batches refused{batch};
  world.events.on(post_event::refused{&refused});
  CHECK(world.post({event(1, 3, 30)}) == texts{"read t1"});
  CHECK(world.read({event(1, 2, 20)}) == texts{"pass 2: t1@3=30"});
}

TEST_CASE("whatever is known of a table ends when somebody else has it, or when it is gone") {
  posting world;
  world.learn(event(1, 3, 30), 2);
  SUBCASE("events of a table that another source has say nothing") {
    world.events.cede("t");
    CHECK(world.post({event(1, 4, 40)}) == texts{"known 2"});
    CHECK(world.post({event(1, 4, 40), event(1, 1, 10, "u")}) == texts{"read u1"});
    CHECK(world.read({erase(0, "u", 1)}) == texts{"pass 3: u1@1=10"});
    // It may have been written without being counted.
    world.events.adopt("t", true);
    CHECK(world.post({event(1, 4, 40)}) == texts{"read t1"});
    CHECK(world.read({event(1, 4, 44)}) == texts{"pass 4: t1@4=44"});
  }
  SUBCASE("not even those whose records are being read") {
    CHECK(world.post({event(2, 1, 10)}) == texts{"read t2"});
    world.events.cede("t");
    CHECK(world.read({nothing(2)}) == texts{"known 2"});
  }
  SUBCASE("a late event of a table that is gone brings no row back") {
    world.events.retract("t");
    CHECK(world.post({event(1, 3, 30)}) == texts{"read t1"});
    auto gone = nothing(1);
    gone.version = 3;
    CHECK(world.read({gone}) == texts{"pass 2: t1@3-"});
  }
  SUBCASE("it was defined again: its rows may have changed without being counted") {
    world.events.adopt("t", true);
    CHECK(world.post({event(1, 3, 30)}) == texts{"read t1"});
  }
  SUBCASE("a look that finds nothing new changes nothing") {
    world.events.adopt("t", false);
    CHECK(world.post({event(1, 3, 30)}) == texts{"known 2"});
  }
}

TEST_CASE("of more records than are remembered the one known longest is asked about again") {
  posting world;
  world.events = posted_events{2, 10};
  for (std::int64_t key = 1; key <= 3; ++key) world.learn(event(key, 1, 1), 0);
  CHECK(world.post({event(3, 1, 1)}) == texts{"known 4"});
  CHECK(world.post({event(1, 1, 1)}) == texts{"read t1"});
}

namespace {

intents::outbox_row left(std::int64_t row, std::int64_t key, const std::string& table = "t") {
  return {{"_spooky_outbox", value{row}}, surrealql::ingest_event{event(key, 1, 1, table), {}}};
}

/// `t1 | 5 6`: the records to be read again, and the rows to be removed.
std::string text(const outbox_plan& plan) {
  std::string shown;
  for (const auto& id : plan.records) shown += text(id) + " ";
  shown += "|";
  for (const auto& id : plan.rows) shown += " " + std::to_string(id.key.as_integer());
  return shown;
}

}  // namespace

TEST_CASE("events in the outbox name records to be read, two looks later; at the start at once") {
  posted_events tables{100, 2};
  tables.adopt("t", false);
  left_events outbox;
  const std::vector rows{left(5, 1), left(6, 1), left(7, 2)};
  CHECK(text(outbox.look(rows, tables, false)) == "|");
  // Another look before a while has passed finds them as they were.
  CHECK(text(outbox.look(rows, tables, false)) == "|");
  outbox.begin_round();
  CHECK(text(outbox.look({left(5, 1), left(6, 1), left(8, 3)}, tables, false)) == "t1 | 5 6");
  outbox.begin_round();
  CHECK(text(outbox.look({left(8, 3)}, tables, false)) == "t3 | 8");
  CHECK(text(outbox.look({left(9, 4)}, tables, true)) == "t4 | 9");
}

TEST_CASE("events of a table that another source has go at once, and its name is told once") {
  posted_events tables{100, 2};
  tables.cede("fed");
  left_events outbox;
  const auto plan = outbox.look({left(1, 1, "fed"), left(2, 2, "fed")}, tables, false);
  CHECK(text(plan) == "| 1 2");
  CHECK(plan.strangers == texts{"fed"});
  CHECK(outbox.look({left(3, 1, "fed")}, tables, false).strangers.empty());
  // Of a table that nobody has, it is waited whether somebody gets it.
  CHECK(text(outbox.look({left(4, 1, "late")}, tables, true)) == "|");
  outbox.begin_round();
  CHECK(text(outbox.look({left(4, 1, "late")}, tables, true)) == "| 4");
}

TEST_CASE("a row of the outbox that holds no event stays") {
  posted_events tables{100, 2};
  left_events outbox;
  const intents::outbox_row row{{"_spooky_outbox", value{1}}, fail(errc::corrupt, "no event")};
  CHECK(outbox.look({row}, tables, false).unreadable.empty());
  outbox.begin_round();
  const auto plan = outbox.look({row}, tables, false);
  CHECK(plan.unreadable == texts{"no event"});
  CHECK(plan.rows.empty());
}
