#include "surrealql/values/budget.hpp"

#include "tests/unit/peak_memory.hpp"
#include "views/engine/engine.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;

namespace {

constexpr std::size_t mib = 1024 * 1024;

value row(int key, int a, object more = {}) {
  more.set("id", value(record_id{"t", value(key)}));
  more.set("a", value(a));
  return value(std::move(more));
}

change put(const value& record, sequence_number seq) {
  change c;
  c.seq = seq;
  c.op = change_op::update;
  c.id = record["id"].as_record();
  c.record = record;
  return c;
}

change erase(int key, sequence_number seq) {
  change c;
  c.seq = seq;
  c.op = change_op::erase;
  c.id = {"t", value(key)};
  return c;
}

engine_options tight() {
  engine_options options;
  options.max_view_bytes = 2 * mib;
  options.max_view_steps = 200'000;
  return options;
}

engine with_rows(int count, const engine_options& options = tight(), const object& more = {}) {
  engine e(options);
  std::vector<value> rows;
  for (int i = 0; i < count; ++i) rows.push_back(row(i, i, more));
  REQUIRE(e.load("t", rows, 1).ok());
  return e;
}

const view_delta* delta_of(const std::vector<view_delta>& deltas, std::string_view id) {
  const auto found = std::find_if(deltas.begin(), deltas.end(),
                                  [&](const view_delta& d) { return d.view_id == id; });
  return found == deltas.end() ? nullptr : &*found;
}

const char* const bombs[] = {
    "SELECT *, array::map(array::range(0, 10000), |$x| array::map(array::range(0, 10000), |$y| "
    "array::map(array::range(0, 10000), |$z| $x))) AS m FROM t",
    "SELECT * FROM t WHERE a = array::len(array::map(array::range(0, 10000), |$x| "
    "array::map(array::range(0, 10000), |$y| $y)))",
    "SELECT *, (SELECT * FROM t WHERE a > $parent.a) AS more FROM t",
    "SELECT *, (SELECT VALUE id FROM t WHERE a > $parent.a) AS more FROM t",
    "SELECT *, (SELECT count() FROM t WHERE a > $parent.a GROUP ALL) AS more FROM t",
    "SELECT string::repeat('a', 1000000) AS s FROM t",
    "SELECT VALUE string::repeat('a', 1000000) FROM t",
    "SELECT string::repeat('a', 100000) AS s, a FROM t ORDER BY s",
    "SELECT array::fold(array::range(0, 33), 'a', |$s, $x| $s + $s) AS s FROM t",
    "SELECT array::fold(array::range(0, 33), 1, |$s, $x| [$s, $s]) AS s FROM t",
    "SELECT list FROM t SPLIT list",
    "SELECT list, other, third FROM t SPLIT list, other, third",
    "SELECT array::group(string::repeat('a', 100000)) AS s FROM t GROUP ALL",
    "SELECT array::join(a, string::repeat('a', 100000)) AS s FROM t GROUP ALL",
    "SELECT count(), string::repeat(<string> a, 10000) AS s FROM t GROUP BY s",
    "SELECT * FROM array::map(array::range(0, 10000), |$x| array::map(array::range(0, 10000), "
    "|$y| $y))",
    "SELECT * FROM (SELECT *, (SELECT * FROM t) AS all FROM t)",
    "SELECT *, (SELECT * FROM t) AS all FROM t LIMIT 10",
};

}  // namespace

TEST_CASE("A bomb is refused within its budget, and leaves nothing behind") {
  array list;
  for (int i = 0; i < 200; ++i) list.emplace_back(i);
  const object lists{{"list", value(list)}, {"other", value(list)}, {"third", value(list)}};
  engine e = with_rows(300, tight(), lists);
  REQUIRE(e.register_view("plain", "SELECT * FROM t WHERE a = 7", {}).ok());
  sequence_number seq = 1;
  for (const std::string bomb : bombs) {
    CAPTURE(bomb);
    const peak_memory peak;
    const auto refused = e.register_view("bomb", bomb, {});
    REQUIRE_FALSE(refused.ok());
    CHECK_MESSAGE(refused.failure().code == errc::limit_exceeded, refused.failure().message);
    CHECK_MESSAGE(refused.failure().message.starts_with("line 1, column "),
                  refused.failure().message);
    CHECK(peak.grown() < 128 * mib);
    CHECK_FALSE(e.snapshot("bomb").ok());
    CHECK(e.view_ids().size() == 1);
    // Nothing of it hears of changes, and the neighbour does.
    const auto deltas = e.step(std::vector<change>{put(row(7, 7, lists), ++seq)});
    REQUIRE(deltas.size() == 1);
    CHECK(deltas[0].view_id == "plain");
  }
  CHECK(e.dependencies()["distinct_views"] == value(1));
  CHECK(e.dependencies()["reads"] == value(0));
}

TEST_CASE("A text that is put together never takes more than it may, not even for a moment") {
  engine_options options;
  options.max_view_bytes = 64 * mib;
  engine e = with_rows(1, options);
  const peak_memory peak;
  const auto refused = e.register_view(
      "v", "SELECT array::fold(array::range(0, 33), 'a', |$s, $x| $s + $s) AS s FROM t", {});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.failure().message.find("limits.view_memory_bytes") != std::string::npos);
  CHECK(peak.grown() <= 68 * mib);
}

TEST_CASE("A view that grows over its memory fails, and lives again when it fits") {
  engine e = with_rows(10);
  const char* const query = "SELECT id, string::repeat('a', 20000) AS s FROM t";
  REQUIRE(e.register_view("v", query, {}).ok());
  REQUIRE(e.register_view("w", query, {}).ok());
  REQUIRE(e.register_view("plain", "SELECT * FROM t", {}).ok());
  std::vector<change> more;
  for (int i = 10; i < 300; ++i) more.push_back(put(row(i, i), 2));
  auto deltas = e.step(more);
  for (const char* id : {"v", "w"}) {
    const view_delta* d = delta_of(deltas, id);
    REQUIRE(d != nullptr);
    REQUIRE(d->failed);
    CHECK(d->failed->code == errc::limit_exceeded);
    CHECK(d->failed->message.find("2097152 (limits.view_memory_bytes)") != std::string::npos);
    CHECK(d->added.empty());
  }
  REQUIRE(delta_of(deltas, "plain") != nullptr);
  CHECK(delta_of(deltas, "plain")->added.size() == 290);
  CHECK(e.snapshot("v")->failed);
  CHECK(e.snapshot("v")->halted);
  CHECK(e.snapshot("v")->members.empty());
  CHECK((*e.explain("v"))["bytes"] == value(0));

  // It is no longer looked at, whatever happens.
  deltas = e.step(std::vector<change>{put(row(3, 4), 3)});
  CHECK(deltas.size() == 1);
  CHECK(delta_of(deltas, "v") == nullptr);

  // While it does not fit it stays failed, also under the id of the other.
  CHECK(e.register_view("v", query, {}).failure().code == errc::limit_exceeded);
  CHECK(e.snapshot("v")->halted);
  CHECK(e.register_view("v", "SELECT * FROM t", {}).failure().code == errc::already_exists);

  std::vector<change> fewer;
  for (int i = 10; i < 300; ++i) fewer.push_back(erase(i, 4));
  e.step(fewer);
  const auto again = e.register_view("v", query, {});
  REQUIRE_MESSAGE(again.ok(), again.failure().message);
  CHECK(again->members.size() == 10);
  CHECK_FALSE(again->failed);
  CHECK(e.snapshot("w")->halted);
  deltas = e.step(std::vector<change>{put(row(3, 5), 5)});
  CHECK(delta_of(deltas, "v") != nullptr);
  CHECK(delta_of(deltas, "w") == nullptr);
  REQUIRE(e.register_view("w", query, {}).ok());
  CHECK(delta_of(e.step(std::vector<change>{put(row(3, 6), 6)}), "w") != nullptr);
  CHECK(e.unregister_view("v"));
  CHECK(e.unregister_view("w"));
  CHECK(e.unregister_view("plain"));
  CHECK(e.dependencies()["distinct_views"] == value(0));
}

TEST_CASE("A halted view can be unregistered, and its tables are not held for it") {
  engine e = with_rows(10);
  REQUIRE(e.register_view("v", "SELECT string::repeat('a', 20000) AS s FROM t", {}).ok());
  std::vector<change> more;
  for (int i = 10; i < 300; ++i) more.push_back(put(row(i, i), 2));
  e.step(more);
  REQUIRE(e.snapshot("v")->halted);
  CHECK(e.unused_tables() == std::vector<std::string>{"t"});
  CHECK(e.unregister_view("v"));
  CHECK_FALSE(e.snapshot("v").ok());
  CHECK(e.register_view("v", "SELECT * FROM t", {}).ok());
}

TEST_CASE("Each kind of view is halted in its own way and closes cleanly") {
  const char* const queries[] = {
      "SELECT id, string::repeat('a', 20000) AS s FROM t",
      "SELECT id, a, string::repeat('a', 20000) AS s FROM t ORDER BY a LIMIT 500",
      "SELECT id, string::repeat('a', 20000) AS s FROM t WHERE a >= 0 ORDER BY s",
      "SELECT count(), string::repeat(<string> a, 20000) AS s FROM t GROUP BY s",
      "SELECT array::group(string::repeat('a', 20000)) AS s FROM t GROUP ALL",
      "SELECT id, string::repeat('a', 20000) AS s, [1, 2] AS l FROM t SPLIT l",
      "SELECT * FROM (SELECT id, string::repeat('a', 20000) AS s FROM t)",
      "SELECT id, (SELECT id, string::repeat('a', 20000) AS s FROM t WHERE a = $parent.a) AS x "
      "FROM t",
  };
  for (const std::string query : queries) {
    CAPTURE(query);
    engine e = with_rows(10);
    const auto opened = e.register_view("v", query, {});
    REQUIRE_MESSAGE(opened.ok(), opened.failure().message);
    std::vector<change> more;
    for (int i = 10; i < 300; ++i) more.push_back(put(row(i, i), 2));
    const auto deltas = e.step(more);
    REQUIRE(deltas.size() == 1);
    CHECK(deltas[0].failed);
    CHECK(e.snapshot("v")->halted);
    CHECK(e.dependencies()["reads"] == value(0));
    CHECK(e.step(std::vector<change>{put(row(1, 2), 3)}).empty());
    CHECK(e.unregister_view("v"));
  }
}

TEST_CASE("Time is a limit by the caller's clock, which cheap views never ask") {
  engine_options options = tight();
  options.max_view_steps = surrealql::run_limits::unbounded;
  options.max_view_time = std::chrono::milliseconds(50);
  std::chrono::microseconds now{0};
  int asked = 0;
  options.clock = [&] {
    ++asked;
    return now += std::chrono::milliseconds(20);
  };
  engine e = with_rows(100, options);
  REQUIRE(e.register_view("plain", "SELECT * FROM t WHERE a > 3", {}).ok());
  e.step(std::vector<change>{put(row(3, 4), 2)});
  CHECK(asked == 0);
  const auto refused = e.register_view(
      "v", "SELECT array::map(array::range(0, 10000), |$x| $x + 1) AS l FROM t", {});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.failure().code == errc::limit_exceeded);
  CHECK(refused.failure().message.find("limits.view_time_ms") != std::string::npos);
  CHECK(asked == 4);
}

TEST_CASE("What needs more than a turn is halted as that, and an engine of its own takes it") {
  engine_options options = tight();
  options.max_turn_steps = 1'000;
  engine e = with_rows(100, options);
  REQUIRE(e.register_view("plain", "SELECT * FROM t WHERE a > 3", {}).ok());
  const char* const dear =
      "SELECT id, array::len(array::map(array::range(0, 100), |$x| $x)) AS n "
      "FROM t WHERE a < 1000";
  const auto refused = e.register_view("dear", dear, {});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.failure().code == errc::limit_exceeded);
  CHECK(refused.failure().cause == error_cause::took_too_long);
  // Memory is no matter of time: it would not help to try elsewhere.
  const auto large = e.register_view("large", "SELECT string::repeat('a', 100000) AS s FROM t", {});
  REQUIRE_FALSE(large.ok());

  const table_copy rows = e.rows_of("t");
  REQUIRE(rows.records.size() == 100);
  REQUIRE(rows.versions.size() == 100);
  engine own(tight());
  REQUIRE(own.load("t", rows.records, e.applied(), rows.versions).ok());
  const auto shown = own.register_view("dear", dear, {});
  REQUIRE_MESSAGE(shown.ok(), shown.failure().message);
  CHECK(shown->members.size() == 100);
  CHECK(shown->members[7].version == 1);
  CHECK(e.rows_of("nothing").records.empty());

  // A long batch has more to spend, so that it does not stop what is cheap.
  std::vector<change> many;
  for (int i = 100; i < 2'000; ++i) many.push_back(put(row(i, i), 2));
  const auto deltas = e.step(many);
  REQUIRE(deltas.size() == 1);
  CHECK_FALSE(deltas[0].failed);
  CHECK((*e.explain("plain"))["cost"]["last_steps"] > value(1'000));
}

TEST_CASE("What takes a good part of a turn for each single change needs more than a turn") {
  engine_options options = tight();
  options.max_turn_steps = 1'000;
  engine e = with_rows(10, options);
  REQUIRE(e.register_view("plain", "SELECT * FROM t WHERE a > 3", {}).ok());
  REQUIRE(e.register_view("dear",
                          "SELECT array::len(array::map(array::range(0, 100), |$x| $x + a)) AS n "
                          "FROM t:1",
                          {})
              .ok());
  sequence_number seq = 1;
  const auto halted_after = [&](std::size_t others) -> std::size_t {
    for (std::size_t round = 1; round < 50; ++round) {
      std::vector<change> changes{put(row(1, static_cast<int>(round)), ++seq)};
      for (std::size_t i = 0; i < others; ++i)
        changes.push_back(put(row(2, static_cast<int>(10 * round + i)), ++seq));
      for (const view_delta& delta : e.step(changes)) {
        if (!delta.failed) continue;
        CHECK(delta.view_id == "dear");
        CHECK(delta.failed->cause == error_cause::took_too_long);
        return round;
      }
    }
    return 0;
  };
  SUBCASE("which it has not") {
    const auto rounds = halted_after(0);
    CHECK(rounds > 1);
    CHECK(rounds < 10);
  }
  SUBCASE("unless enough else changes meanwhile") { CHECK(halted_after(99) == 0); }
}

TEST_CASE("A turn's time is by the caller's clock") {
  engine_options options = tight();
  options.max_view_steps = surrealql::run_limits::unbounded;
  options.max_view_time = std::chrono::milliseconds(1'000);
  options.max_turn_time = std::chrono::milliseconds(50);
  std::chrono::microseconds now{0};
  options.clock = [&] { return now += std::chrono::milliseconds(20); };
  engine e = with_rows(100, options);
  const auto refused = e.register_view(
      "v", "SELECT array::map(array::range(0, 10000), |$x| $x + 1) AS l FROM t", {});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.failure().cause == error_cause::took_too_long);
  CHECK(now == std::chrono::milliseconds(80));
}

TEST_CASE("An engine takes no view above its memory") {
  engine_options options;
  options.max_bytes = 2 * mib;
  engine e = with_rows(1000, options);
  REQUIRE(e.register_view("plain", "SELECT * FROM t", {}).ok());
  const auto large = e.register_view("large", "SELECT string::repeat('a', 10000) AS s FROM t", {});
  REQUIRE_FALSE(large.ok());
  CHECK(large.failure().code == errc::limit_exceeded);
  CHECK(large.failure().message.find("limits.memory_bytes") != std::string::npos);

  std::vector<value> rows;
  for (int i = 0; i < 3; ++i)
    rows.push_back(value(
        object{{"id", value(record_id{"u", value(i)})}, {"text", value(std::string(mib, 'x'))}}));
  REQUIRE(e.load("u", rows, 1).ok());
  const auto full = e.register_view("one", "SELECT * FROM t WHERE a = 1", {});
  REQUIRE_FALSE(full.ok());
  CHECK(full.failure().message.find("limits.memory_bytes") != std::string::npos);
  // Who is known already is answered.
  CHECK(e.register_view("plain", "SELECT * FROM t", {}).ok());
  CHECK(e.unload("u"));
  CHECK(e.register_view("one", "SELECT * FROM t WHERE a = 1", {}).ok());
}

TEST_CASE("What another engine keeps counts against the memory of both") {
  engine_options options;
  options.max_bytes = 2 * mib;
  engine e = with_rows(1000, options);
  const std::size_t before = e.bytes();
  CHECK(before > 0);
  REQUIRE(e.register_view("plain", "SELECT id, string::repeat('a', 100) AS s FROM t", {}).ok());
  CHECK(e.bytes_of("plain") > 100'000);
  CHECK(e.bytes() == before + e.bytes_of("plain"));
  CHECK(e.bytes_of("unknown") == 0);
  e.share_memory(2 * mib);
  const auto full = e.register_view("one", "SELECT * FROM t WHERE a = 1", {});
  REQUIRE_FALSE(full.ok());
  CHECK(full.failure().message.find("limits.memory_bytes") != std::string::npos);
  e.share_memory(2 * mib - e.bytes() - 10'000);
  const auto large = e.register_view("large", "SELECT string::repeat('a', 50) AS s FROM t", {});
  REQUIRE_FALSE(large.ok());
  CHECK(large.failure().message.find("limits.memory_bytes") != std::string::npos);
  e.share_memory(0);
  CHECK(e.register_view("large", "SELECT string::repeat('a', 50) AS s FROM t", {}).ok());
}

TEST_CASE("Related rows count as rows of the view, and so do rows that come later") {
  engine_options options;
  options.max_result_rows = 100;
  engine e = with_rows(20, options);
  const auto related =
      e.register_view("r", "SELECT *, (SELECT * FROM t WHERE a > $parent.a) AS more FROM t", {});
  REQUIRE_FALSE(related.ok());
  CHECK(related.failure().code == errc::limit_exceeded);
  CHECK(related.failure().message.find("limits.view_rows") != std::string::npos);
  REQUIRE(e.register_view("v", "SELECT * FROM t", {}).ok());
  std::vector<change> more;
  for (int i = 20; i < 101; ++i) more.push_back(put(row(i, i), 2));
  const auto deltas = e.step(more);
  REQUIRE(deltas.size() == 1);
  REQUIRE(deltas[0].failed);
  CHECK(deltas[0].failed->message.find("limits.view_rows") != std::string::npos);
}

TEST_CASE("What a view keeps is counted when it grows and when it shrinks") {
  engine e = with_rows(10);
  for (const std::string query :
       {"SELECT id, string::repeat('a', a) AS s FROM t", "SELECT * FROM t ORDER BY a LIMIT 3",
        "SELECT a % 3 AS k, count(), math::sum(a) AS s FROM t GROUP BY k",
        "SELECT id, (SELECT id FROM t WHERE a = $parent.a) AS x FROM t"}) {
    CAPTURE(query);
    REQUIRE(e.register_view("v", query, {}).ok());
    const value before = (*e.explain("v"))["bytes"];
    CHECK(before > value(0));
    const auto seq = e.applied();
    for (int i = 10; i < 40; ++i) e.step(std::vector<change>{put(row(i, i), seq + 1)});
    e.step(std::vector<change>{put(row(50, 50), seq + 2)});
    for (int i = 10; i < 40; ++i) e.step(std::vector<change>{erase(i, 0)});
    e.step(std::vector<change>{erase(50, seq + 3)});
    CHECK((*e.explain("v"))["bytes"] == before);
    CHECK((*e.explain("v"))["cost"]["evaluations"] > value(1));
    CHECK((*e.explain("v"))["cost"]["steps"] > value(0));
    CHECK(e.unregister_view("v"));
  }
}
