#include "client_model.hpp"
#include "rules_of.hpp"
#include "surrealql/database/catalog_reader.hpp"
#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/evaluate/map_source.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/calendar.hpp"
#include "surrealql/values/text.hpp"
#include "views/engine/engine.hpp"
#include "views/results/identical.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;
using namespace std::chrono_literals;

/// Views that look at the clock, over records and time that change at random: they equal their
/// queries at every moment, wake when something is due and at no other time.
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr datetime start{1'700'000'000, 0};

datetime after(const datetime& at, std::int64_t nanos) {
  datetime out;
  const auto size = static_cast<std::uint64_t>(nanos < 0 ? -nanos : nanos);
  REQUIRE(surrealql::shift(at,
                           {size / 1'000'000'000, static_cast<std::uint32_t>(size % 1'000'000'000)},
                           nanos < 0, out));
  return out;
}

value event_id(int key) { return value(record_id{"event", value(key)}); }

value event(int key, const datetime& at, object more = {}) {
  more.set("id", event_id(key));
  more.set("at", value(at));
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

/// Events with times around now, and notes on them.
class timed_world {
 public:
  explicit timed_world(unsigned seed) : random_(seed) {
    for (const char* table : {"event", "note"}) source_.define_table(table);
  }

  const surrealql::map_source& source() const { return source_; }
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }

  change next(sequence_number seq, const datetime& now) {
    const bool note = below(3) == 0;
    const record_id id{note ? "note" : "event", value(static_cast<int>(below(note ? 12 : 16)))};
    change c;
    c.seq = seq;
    c.id = id;
    const bool exists = !source_.get(id)->is_none();
    if (exists && below(4) == 0) {
      c.op = change_op::erase;
      source_.erase(id);
      return c;
    }
    c.op = exists ? change_op::update : change_op::create;
    object row{{"id", value(id)}, {"n", value(static_cast<int>(below(5)))}};
    row.set("at", time_near(now));
    if (note)
      row.set("of", event_id(static_cast<int>(below(16))));
    else if (below(4) != 0)
      row.set("until", time_near(now));
    c.record = value(std::move(row));
    REQUIRE(source_.put(c.record).ok());
    return c;
  }

 private:
  value time_near(const datetime& now) {
    if (below(12) == 0) return below(2) == 0 ? value::none() : value("soon");
    // Mostly on whole seconds, so that rows flip at once and exactly at a moment.
    const std::int64_t whole = static_cast<std::int64_t>(below(40)) - 12;
    return value(after(now, whole * second + (below(3) == 0 ? static_cast<int>(below(3)) : 0)));
  }

  std::mt19937 random_;
  surrealql::map_source source_;
};

struct watched {
  std::string id;
  std::string text;
  surrealql::select_ptr select;
  std::optional<client_model> client;
};

const object parameters{{"for", value(duration{3, 0})}, {"n", value(2)}};

/// An engine with views over a world, and the clock that both follow.
class timed_views {
 public:
  timed_views(const std::vector<std::string>& queries, unsigned seed) : world_(seed) {
    for (const char* table : {"event", "note"}) REQUIRE(engine_.load(table, {}, 0).ok());
    follow(engine_.advance_to(now_));
    for (int i = 0; i < 10; ++i) write();
    for (const std::string& text : queries) {
      CAPTURE(text);
      auto parsed = surrealql::parse_select(text);
      REQUIRE(parsed.ok());
      watched view{"v" + std::to_string(views_.size()), text, *parsed, {}};
      auto first = engine_.register_view(view.id, text, parameters);
      if (!first.ok()) FAIL(first.failure().message);
      view.client.emplace(*first);
      views_.push_back(std::move(view));
    }
  }

  void write() {
    std::vector<change> batch;
    for (unsigned i = world_.below(3); i < 3; ++i) batch.push_back(world_.next(++seq_, now_));
    follow(engine_.step(batch));
  }

  std::size_t advance_to(const datetime& now) {
    now_ = now;
    auto deltas = engine_.advance_to(now);
    const std::size_t told = deltas.size();
    follow(std::move(deltas));
    return told;
  }

  void check() {
    CAPTURE(surrealql::to_text(now_));
    for (watched& w : views_) {
      CAPTURE(w.text);
      const auto shown = engine_.snapshot(w.id);
      REQUIRE(shown.ok());
      surrealql::moment at(now_);
      surrealql::eval_context context;
      context.source = &world_.source();
      context.params = &parameters;
      context.at = &at;
      const auto wanted = surrealql::run(*w.select, context);
      if (!wanted.ok()) {
        CAPTURE(wanted.failure().message);
        REQUIRE(shown->failed);
      } else {
        CAPTURE(surrealql::to_text(*wanted));
        CAPTURE(surrealql::to_text(shown->result));
        if (shown->failed) CAPTURE(shown->failed->message);
        REQUIRE_FALSE(shown->failed);
        REQUIRE(identical(shown->result, *wanted));
      }
      REQUIRE(w.client->compare(*shown) == "");
    }
  }

  void leave() {
    for (const watched& w : views_) REQUIRE(engine_.unregister_view(w.id));
    CHECK_FALSE(engine_.next_moment());
    CHECK(engine_.dependencies()["moments"] == value(0));
    CHECK(engine_.dependencies()["reads"] == value(0));
  }

  timed_world& world() { return world_; }
  views::engine& engine() { return engine_; }
  const datetime& now() const { return now_; }

 private:
  void follow(std::vector<view_delta> deltas) {
    for (const view_delta& delta : deltas) {
      const auto view = std::find_if(views_.begin(), views_.end(),
                                     [&](const watched& w) { return w.id == delta.view_id; });
      REQUIRE(view != views_.end());
      CAPTURE(view->text);
      REQUIRE(delta.seq == seq_);
      REQUIRE(view->client->apply(delta) == "");
    }
  }

  timed_world world_;
  views::engine engine_;
  datetime now_ = start;
  sequence_number seq_ = 0;
  std::vector<watched> views_;
};

unsigned seeds() {
  const char* given = std::getenv("SPOOKY_DIFFERENTIAL_SEEDS");
  return given == nullptr ? 2 : static_cast<unsigned>(std::atoi(given));
}

const std::vector<std::string> compared{
    "SELECT * FROM event WHERE at < time::now()",
    "SELECT * FROM event WHERE at >= time::now() - 10s",
    "SELECT * FROM event WHERE at > time::now() - $for AND n = $n",
    "SELECT * FROM event WHERE n = $n AND at <= time::now() + 5s",
    "SELECT * FROM event WHERE at <= time::now() AND until > time::now()",
    "SELECT * FROM event WHERE at > time::now() OR until < time::now() - 2s",
    "SELECT * FROM event WHERE !(at < time::now()) AND n != 3",
    "SELECT * FROM event WHERE at <= time::now() ORDER BY at DESC LIMIT 3",
    "SELECT * FROM event WHERE at <= time::now() ORDER BY at LIMIT 2 START 1",
    "SELECT * FROM event WHERE at > time::now() ORDER BY n, at LIMIT 4",
    "SELECT * FROM event WHERE at > time::now() - 10s LIMIT 3",
    "SELECT * FROM event WHERE at <= time::now() ORDER BY at DESC",
    "SELECT *, at < time::now() AS past FROM event",
    "SELECT *, IF until < time::now() THEN 'over' ELSE 'open' END AS state FROM event ORDER BY "
    "state, id",
    "SELECT VALUE id FROM event WHERE at < time::now() - 1s",
    "SELECT count() FROM event WHERE at < time::now() GROUP ALL",
    "SELECT n, count() AS c, count(at < time::now()) AS past FROM event GROUP BY n",
    "SELECT at < time::now() AS past, count() AS c FROM event GROUP BY past",
    "SELECT *, (SELECT * FROM note WHERE of = $parent.id AND at < time::now()) AS notes FROM event",
    "SELECT *, (SELECT * FROM note WHERE of = $parent.id AND at >= time::now() ORDER BY at LIMIT "
    "2) AS notes FROM event WHERE at < time::now()",
    "SELECT *, count((SELECT id FROM note WHERE at > time::now())) AS coming FROM event",
    "SELECT * FROM note WHERE of.at < time::now()",
    "SELECT * FROM note WHERE of.at < time::now() FETCH of",
    "SELECT *, of.until > time::now() AS open FROM note",
    "SELECT * FROM event:3..12 WHERE at < time::now()",
    "SELECT * FROM event, note WHERE at < time::now()",
    "SELECT * FROM [event:1, event:2, event:9] WHERE at < time::now()",
    "SELECT * FROM (SELECT * FROM event WHERE at < time::now()) WHERE n > 1",
    "SELECT * FROM ONLY event WHERE at > time::now() ORDER BY at LIMIT 1",
    "SELECT * FROM event WHERE type::is_datetime(at) AND type::is_datetime(until) AND "
    "time::now() < until AND until - time::now() < 8s",
    "SELECT * FROM event WHERE type::is_datetime(at) AND at < time::now() AND time::now() - at < "
    "4s",
    "SELECT * FROM event WHERE time::now() - at < 4s",
    "SELECT id, [at < time::now()].map(|$x| !$x) AS x FROM event",
};

const std::vector<std::string> clocked{
    "SELECT *, time::now() AS t FROM event",
    "SELECT id, time::now() - at AS age FROM event WHERE type::is_datetime(at) AND at <= "
    "time::now()",
    "SELECT *, time::second() AS s FROM event ORDER BY s, n, id LIMIT 5",
    "SELECT * FROM event WHERE type::is_datetime(at) AND time::unix(at) < time::unix(time::now())",
    "SELECT * FROM event WHERE at IN (time::now() - 5s)..(time::now() + 5s)",
    "SELECT * FROM event WHERE at >= time::floor(time::now(), 10s)",
    "SELECT *, IF at < time::now() THEN at ELSE time::now() END AS first FROM event ORDER BY "
    "first, id",
    "SELECT count() AS c, time::max(at ?? time::now()) AS t FROM event WHERE at < time::now() "
    "GROUP "
    "ALL",
    "SELECT n, count() AS c, time::now() AS t FROM event GROUP BY n",
    "SELECT *, (SELECT *, time::now() AS t FROM note WHERE of = $parent.id) AS notes FROM event",
    "SELECT * FROM event LIMIT time::second() % 5",
    "SELECT VALUE time::now() FROM [1, 2]",
};

}  // namespace

TEST_CASE("views that compare with the clock equal their queries at every moment") {
  for (unsigned seed = 1; seed <= seeds(); ++seed) {
    CAPTURE(seed);
    timed_views views(compared, seed);
    views.check();
    for (int step = 0; step < 150; ++step) {
      if (views.world().below(3) == 0) {
        views.write();
        views.check();
      }
      const auto next = views.engine().next_moment();
      if (next && views.world().below(3) != 0) {
        // Up to the moment that the engine names nothing happens.
        const datetime before = after(*next, -1);
        if (before > views.now()) {
          CHECK(views.advance_to(before) == 0);
          views.check();
        }
        views.advance_to(*next);
      } else {
        views.advance_to(after(views.now(), views.world().below(3'000) * (second / 1'000) + 1));
      }
      views.check();
    }
    views.leave();
  }
}

TEST_CASE("views into which the clock goes equal their queries at every tick") {
  for (unsigned seed = 1; seed <= seeds(); ++seed) {
    CAPTURE(seed);
    timed_views views(clocked, seed);
    views.check();
    for (int step = 0; step < 120; ++step) {
      if (views.world().below(2) == 0) views.write();
      const std::int64_t seconds = 1 + views.world().below(3);
      views.advance_to(after(start, (views.now().seconds - start.seconds + seconds) * second));
      views.check();
    }
    views.leave();
  }
}

TEST_CASE("the next moment is that of the next flip, and there is none where nothing will flip") {
  engine e;
  REQUIRE(e.load("event", {}, 1).ok());
  e.advance_to(start);
  REQUIRE(e.register_view("v", "SELECT * FROM event WHERE at < time::now() - 10s", {}).ok());
  CHECK_FALSE(e.next_moment());
  e.step(std::vector{put(event(1, after(start, second)), 2), put(event(2, after(start, 5)), 3),
                     put(event(3, after(start, -20 * second)), 4)});
  CHECK(e.next_moment() == after(start, 10 * second + 6));
  CHECK(e.advance_to(after(start, 10 * second + 5)).empty());
  const auto deltas = e.advance_to(after(start, 10 * second + 6));
  REQUIRE(deltas.size() == 1);
  REQUIRE(deltas[0].added.size() == 1);
  CHECK(value(deltas[0].added[0].id) == event_id(2));
  CHECK(deltas[0].added[0].version == 3);
  CHECK(deltas[0].seq == 4);
  CHECK(e.next_moment() == after(start, 11 * second + 1));
  e.step(std::vector{put(event(1, after(start, -second)), 5)});
  CHECK_FALSE(e.next_moment());
  CHECK(
      e.explain("v")->operator[]("time") ==
      value(array{value(object{{"expression", "at < time::now() - 10s"}, {"kept", "due-time"}})}));
}

TEST_CASE("a clock that goes into a result is looked at at whole multiples of the granularity") {
  engine_options options;
  options.time_granularity = 250ms;
  engine e(options);
  REQUIRE(e.load("event", std::vector{event(1, start)}, 1).ok());
  e.advance_to(after(start, second / 10));
  REQUIRE(e.register_view("v", "SELECT id, time::now() AS t FROM event", {}).ok());
  CHECK(e.next_moment() == after(start, second / 4));
  CHECK(e.advance_to(after(start, second / 4 - 1)).empty());
  CHECK(e.advance_to(after(start, second / 4 + 7)).size() == 1);
  CHECK(e.next_moment() == after(start, second / 2));
  CHECK(
      e.snapshot("v")->result ==
      value(array{value(object{{"id", event_id(1)}, {"t", value(after(start, second / 4 + 7))}})}));
  CHECK(e.explain("v")->operator[]("time") ==
        value(array{value(object{{"expression", "time::now()"}, {"kept", "clocked"}})}));
}

TEST_CASE(
    "before anybody has said when it is, no view can look at the clock, and it shows nothing") {
  engine e;
  REQUIRE(e.load("event", std::vector{event(1, after(start, second))}, 1).ok());
  const std::string text = "SELECT * FROM event WHERE at > time::now()";
  const auto early = e.register_view("v", text, {});
  REQUIRE_FALSE(early.ok());
  CHECK(early.failure().code == errc::not_ready);
  CHECK_FALSE(e.now());
  e.set_rules(rules({{"event", {{"", "at > time::now()"}}}}));
  const auto hidden = e.register_view("mine", "SELECT * FROM event", {}, user(1));
  CHECK(!hidden.ok());
  e.advance_to(start);
  CHECK(e.register_view("v", text, {})->members.size() == 1);
  CHECK(e.register_view("mine", "SELECT * FROM event", {}, user(1))->members.size() == 1);
}

TEST_CASE("permissions that look at the clock show a row as long as they hold") {
  engine e;
  e.advance_to(start);
  REQUIRE(
      e.load("event", std::vector{event(1, after(start, 5 * second)), event(2, start)}, 1).ok());
  REQUIRE(e.load("open", std::vector{value(object{{"id", value(record_id{"open", value(1)})}})}, 1)
              .ok());
  e.set_rules(rules({{"event", {{"", "at > time::now() - 1s"}, {"n", "at > time::now() + 2s"}}},
                     {"open", {{"", "FULL"}}}}));
  REQUIRE(e.register_view("all", "SELECT * FROM event", {}, user(1))->members.size() == 2);
  REQUIRE(e.register_view("first", "SELECT * FROM event ORDER BY at LIMIT 1", {}, user(1)).ok());
  REQUIRE(e.register_view("count", "SELECT count() FROM event GROUP ALL", {}, user(1)).ok());
  REQUIRE(
      e.register_view("below", "SELECT *, (SELECT * FROM event) AS events FROM open", {}, user(1))
          .ok());
  REQUIRE(e.register_view("literal", "SELECT * FROM [{ id: event:1 }]", {}, user(1)).ok());
  REQUIRE(e.register_view("everything", "SELECT * FROM event", {}).ok());
  std::vector<std::string> told;
  for (const auto& delta : e.advance_to(after(start, second))) told.push_back(delta.view_id);
  std::sort(told.begin(), told.end());
  CHECK(told == std::vector<std::string>{"all", "below", "count", "first"});
  CHECK(e.snapshot("all")->members.size() == 1);
  CHECK(e.snapshot("count")->result == value(array{value(object{{"count", value(1)}})}));
  CHECK(value(e.snapshot("first")->members[0].id) == event_id(1));
  told.clear();
  for (const auto& delta : e.advance_to(after(start, 6 * second))) told.push_back(delta.view_id);
  std::sort(told.begin(), told.end());
  CHECK(told == std::vector<std::string>{"all", "below", "count", "first", "literal"});
  CHECK(e.snapshot("all")->members.empty());
  CHECK(e.snapshot("everything")->members.size() == 2);
  CHECK_FALSE(e.next_moment());
}

TEST_CASE("computed fields and functions of the database follow the clock") {
  std::vector<std::string> unread;
  auto defined = std::make_shared<surrealql::catalog>();
  defined->tables["event"] = surrealql::read_catalog_table(
      value(
          object{{"kind", value(object{{"kind", value("NORMAL")}})},
                 {"fields", value(array{value(object{{"name", value("past")},
                                                     {"computed", value("at < time::now()")}})})}}),
      {}, unread);
  defined->functions["is_past"] = surrealql::read_catalog_function(
      value(object{{"args", value(array{value(array{value("t"), value("any")})})},
                   {"block", value("{ $t < time::now() }")}}),
      {}, unread);
  REQUIRE(unread.empty());
  engine e;
  e.advance_to(start);
  e.set_definitions(defined, nullptr);
  REQUIRE(e.load("event", std::vector{event(1, after(start, second))}, 1).ok());
  REQUIRE(e.load("note",
                 std::vector{value(
                     object{{"id", value(record_id{"note", value(1)})}, {"of", event_id(1)}})},
                 1)
              .ok());
  const std::vector<std::string> texts{
      "SELECT VALUE id FROM event WHERE past", "SELECT VALUE id FROM event WHERE fn::is_past(at)",
      "SELECT VALUE id FROM note WHERE of.past",
      "SELECT VALUE id FROM event WHERE past ORDER BY past LIMIT 1"};
  for (const auto& text : texts) {
    CAPTURE(text);
    CHECK(e.register_view(text, text, {})->result == value(array{}));
  }
  CHECK(e.next_moment() == after(start, second + 1));
  CHECK(e.advance_to(after(start, second)).empty());
  CHECK(e.advance_to(after(start, second + 1)).size() == texts.size());
  for (const auto& text : texts) CHECK(e.snapshot(text)->result.as_array().size() == 1);
  CHECK_FALSE(e.next_moment());
}

TEST_CASE("time that has passed does not come back") {
  engine e;
  REQUIRE(e.load("event", std::vector{event(1, start)}, 1).ok());
  e.advance_to(after(start, second));
  REQUIRE(e.register_view("v", "SELECT * FROM event WHERE at < time::now()", {}).ok());
  CHECK(e.advance_to(after(start, -second)).empty());
  CHECK(e.now() == after(start, second));
  CHECK(e.snapshot("v")->members.size() == 1);
}

TEST_CASE("equal views wait for the same moments, and views without the clock for none") {
  engine e;
  REQUIRE(e.load("event", std::vector{event(1, after(start, second))}, 1).ok());
  e.advance_to(start);
  const std::string text = "SELECT * FROM event WHERE at < time::now()";
  REQUIRE(e.register_view("a", text, {}).ok());
  const auto reads = e.dependencies()["reads"];
  REQUIRE(e.register_view("b", text, {}).ok());
  REQUIRE(e.register_view("plain", "SELECT * FROM event WHERE n > 3", {}).ok());
  CHECK(e.dependencies()["reads"] == reads);
  CHECK(e.advance_to(after(start, 2 * second)).size() == 2);
  CHECK(e.dependencies()["moments"] == value(0));
}

TEST_CASE("a view waits for the rows that time has not passed by, or by another condition") {
  engine e;
  std::vector<value> events;
  for (int i = 0; i < 200; ++i)
    events.push_back(event(i, after(start, (i - 100) * second), {{"owner", value(i % 50)}}));
  REQUIRE(e.load("event", events, 1).ok());
  e.advance_to(start);
  REQUIRE(e.register_view("late", "SELECT * FROM event WHERE at > time::now() - 10s", {}).ok());
  CHECK(e.explain("late")->operator[]("interest") ==
        value(array{value("event.at > " + surrealql::to_text(value(after(start, -10 * second))))}));
  const object params{{"for", value(duration{10, 0})}};
  REQUIRE(e.register_view("own", "SELECT * FROM event WHERE at > time::now() - $for AND owner = 7",
                          params)
              .ok());
  CHECK(e.explain("own")->operator[]("interest") == value(array{value("event.owner = 7")}));
  REQUIRE(e.register_view("early", "SELECT * FROM event WHERE at < time::now() AND owner = 7", {})
              .ok());
  CHECK(e.explain("early")->operator[]("interest") == value(array{value("event.owner = 7")}));
}

TEST_CASE("the first rows of a long table are kept with those that are still to come") {
  engine e;
  std::vector<value> events;
  for (int i = 0; i < 2'000; ++i) events.push_back(event(i, after(start, (i - 1'990) * second)));
  REQUIRE(e.load("event", events, 1).ok());
  e.advance_to(start);
  REQUIRE(e.register_view(
               "v", "SELECT * FROM event WHERE at <= time::now() ORDER BY at DESC LIMIT 3", {})
              .ok());
  const auto explained = e.explain("v");
  CHECK((*explained)["operators"].as_array().back()["operator"] == value("top_k"));
  CHECK((*explained)["rows"].as_integer() < 100);
  for (int passed = 1; passed <= 9; ++passed) {
    CHECK(e.next_moment() == after(start, passed * second));
    const auto deltas = e.advance_to(after(start, passed * second));
    REQUIRE(deltas.size() == 1);
    REQUIRE(deltas[0].added.size() == 1);
    CHECK(value(deltas[0].added[0].id) == event_id(1'990 + passed));
    REQUIRE(deltas[0].removed.size() == 1);
    CHECK(value(deltas[0].removed[0].id) == event_id(1'987 + passed));
  }
  CHECK_FALSE(e.next_moment());
}

TEST_CASE("a view that time alone makes too dear is halted, and the others are not held up") {
  engine_options options;
  options.max_turn_steps = 400;
  engine e(options);
  std::vector<value> events;
  for (int i = 0; i < 100; ++i) events.push_back(event(i, after(start, i < 20 ? second : 0)));
  REQUIRE(e.load("event", events, 1).ok());
  e.advance_to(start);
  REQUIRE(
      e.register_view("cheap", "SELECT * FROM event WHERE n = 3 AND at < time::now()", {}).ok());
  REQUIRE(e.register_view("dear",
                          "SELECT * FROM event:0..20 WHERE at < time::now() AND "
                          "array::len(array::range(0, 20).filter(|$x| $x > 3)) > 1",
                          {})
              .ok());
  const auto deltas = e.advance_to(after(start, second + 1));
  REQUIRE(deltas.size() == 1);
  CHECK(deltas[0].view_id == "dear");
  REQUIRE(deltas[0].failed);
  CHECK(deltas[0].failed->cause == error_cause::took_too_long);
  CHECK(e.snapshot("dear")->halted);
  CHECK_FALSE(e.next_moment());
}
