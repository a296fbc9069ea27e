#include "machines/feed/delta_feed.hpp"

#include "surrealql/codec/json.hpp"
#include "surrealql/values/text.hpp"
#include "tests/unit/machines/samples.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

namespace {

constexpr timestamp start{};
constexpr stream_shape with_rows{true, stream_format::json};
constexpr stream_shape ids_only{false, stream_format::json};

views::member row(std::int64_t key, std::uint64_t version) {
  auto one = member("t", key, version);
  one.row = record("t", key, object{{"v", value{static_cast<std::int64_t>(version)}}});
  return one;
}

/// What the engine would say: a view whose rows are put and removed one by one.
struct engine_side {
  std::map<std::int64_t, std::uint64_t> rows;
  sequence_number seq = 0;

  std::shared_ptr<const views::view_delta> put(std::int64_t key) {
    auto delta = std::make_shared<views::view_delta>();
    delta->view_id = "v";
    delta->seq = ++seq;
    const auto version = seq.raw();
    (rows.contains(key) ? delta->updated : delta->added).push_back(row(key, version));
    rows[key] = version;
    return delta;
  }
  std::shared_ptr<const views::view_delta> drop(std::int64_t key) {
    auto delta = std::make_shared<views::view_delta>();
    delta->view_id = "v";
    delta->seq = ++seq;
    delta->removed.push_back(member("t", key));
    rows.erase(key);
    return delta;
  }
  std::shared_ptr<const views::view_snapshot> snapshot() const {
    auto shown = std::make_shared<views::view_snapshot>();
    shown->view_id = "v";
    shown->seq = seq;
    array result;
    for (const auto& [key, version] : rows) {
      shown->members.push_back(row(key, version));
      result.push_back(shown->members.back().row);
    }
    shown->result = value{std::move(result)};
    return shown;
  }
};

/// A client that knows what it was sent and nothing else.
struct client {
  std::map<std::string, std::string> rows;  ///< id -> row
  std::optional<stream_place> place;
  std::vector<std::string> types;

  void take(const std::string& message) {
    const auto parsed = surrealql::parse_json(message);
    REQUIRE(parsed.ok());
    const auto& said = *parsed;
    const std::string type{said["type"].as_string()};
    types.push_back(type);
    const auto at = read_place(said["at"].as_string());
    REQUIRE(at.has_value());
    if (type == "snapshot") {
      rows.clear();
    } else {
      REQUIRE(place.has_value());
      CHECK(at->feed == place->feed);
      CHECK(at->deltas > place->deltas);  // nothing twice
    }
    place = at;
    const auto each = [&](const char* name, auto apply) {
      if (said[name].is_array())
        for (const auto& item : said[name].as_array()) apply(item);
    };
    each("removed", [&](const value& id) { CHECK(rows.erase(std::string{id.as_string()}) == 1); });
    for (const char* name : {"items", "added", "updated"})
      each(name, [&](const value& item) {
        rows[std::string{item.as_array()[0].as_string()}] =
            surrealql::to_json(item.as_array().at(2));
      });
  }
  bool equals(const engine_side& engine) const {
    std::map<std::string, std::string> expected;
    for (const auto& [key, version] : engine.rows)
      expected["t:" + std::to_string(key)] = surrealql::to_json(row(key, version).row);
    return rows == expected;
  }
};

/// Sends a subscriber all there is for it.
std::size_t serve(delta_feed& feed, subscriber_id who, client& to, timestamp now = start) {
  std::size_t sent = 0;
  while (const auto message = feed.next(who, now)) {
    to.take(*message);
    feed.taken(who);
    ++sent;
  }
  return sent;
}

struct fixture {
  explicit fixture(feed_limits limits = {}) : feed("f1", limits) {
    for (std::int64_t key = 1; key <= 3; ++key) feed.change(engine.put(key));
  }
  void join(subscriber_id who, client& as, const stream_shape& shape = with_rows,
            timestamp now = start) {
    feed.join(who, shape, as.place, now);
    if (feed.lacks_snapshot(now)) feed.show(engine.snapshot());
    serve(feed, who, as, now);
  }

  engine_side engine;
  delta_feed feed;
  client ann;
};

}  // namespace

TEST_SUITE("machines.feed") {
  TEST_CASE_FIXTURE(fixture, "a stream begins with a snapshot and goes on with deltas") {
    feed.join(1, with_rows, {}, start);
    CHECK(feed.lacks_snapshot(start));
    CHECK(feed.next(1, start) == nullptr);
    feed.show(engine.snapshot());
    CHECK_FALSE(feed.lacks_snapshot(start));
    CHECK(serve(feed, 1, ann) == 1);
    feed.change(engine.put(2));
    feed.change(engine.drop(1));
    CHECK(serve(feed, 1, ann) == 2);
    CHECK(ann.types == std::vector<std::string>{"snapshot", "delta", "delta"});
    CHECK(ann.equals(engine));
    CHECK(serve(feed, 1, ann) == 0);
  }

  TEST_CASE_FIXTURE(fixture, "deltas that come before the snapshot does are contained in it") {
    feed.join(1, with_rows, {}, start);
    feed.change(engine.put(7));
    feed.show(engine.snapshot());
    CHECK(serve(feed, 1, ann) == 1);
    CHECK(ann.equals(engine));
  }

  TEST_CASE_FIXTURE(fixture, "a delta is encoded once for all in one shape") {
    client bob;
    join(1, ann);
    join(2, bob);
    feed.join(3, ids_only, {}, start);
    feed.show(engine.snapshot());
    feed.next(3, start);
    feed.taken(3);
    feed.change(engine.put(9));
    const auto first = feed.next(1, start);
    REQUIRE(first != nullptr);
    CHECK(first == feed.next(2, start));
    const auto ids = feed.next(3, start);
    CHECK(ids != first);
    CHECK(ids->find("\"v\":") == std::string::npos);
    CHECK(first->find("\"v\":4") != std::string::npos);
  }

  TEST_CASE_FIXTURE(fixture, "who joins soon after another needs no snapshot of its own") {
    client bob;
    join(1, ann);
    feed.change(engine.put(4));
    feed.join(2, with_rows, {}, start);
    CHECK_FALSE(feed.lacks_snapshot(start));
    CHECK(serve(feed, 2, bob) == 2);
    CHECK(bob.equals(engine));
    // With more changed than there is, the next snapshot is cheaper.
    for (int i = 0; i < 20; ++i) feed.change(engine.put(4));
    client eve;
    feed.join(3, with_rows, {}, start);
    CHECK(feed.lacks_snapshot(start));
  }

  TEST_CASE_FIXTURE(fixture, "who comes back goes on where it was, if that is still kept") {
    join(1, ann);
    feed.change(engine.put(4));
    serve(feed, 1, ann);
    feed.leave(1);
    feed.change(engine.put(5));
    feed.change(engine.drop(4));
    join(2, ann);
    CHECK(ann.types == std::vector<std::string>{"snapshot", "delta", "delta", "delta"});
    CHECK(ann.equals(engine));

    feed.leave(2);
    feed.forget();
    feed.change(engine.put(6));
    join(3, ann);
    CHECK(ann.types.back() == "snapshot");
    CHECK(ann.equals(engine));
    // Nothing has happened since: there is nothing to send.
    feed.leave(3);
    feed.forget();
    const auto sent = ann.types.size();
    join(4, ann);
    CHECK(ann.types.size() == sent);
  }

  TEST_CASE("behind the ring there is a snapshot") {
    fixture f{feed_limits{2, 1 << 20, 2'000ms}};
    f.join(1, f.ann);
    f.feed.leave(1);
    for (std::int64_t key = 10; key < 12; ++key) f.feed.change(f.engine.put(key));
    f.join(2, f.ann);
    CHECK(f.ann.types == std::vector<std::string>{"snapshot", "delta", "delta"});
    f.feed.leave(2);
    for (std::int64_t key = 12; key < 15; ++key) f.feed.change(f.engine.put(key));
    f.join(3, f.ann);
    CHECK(f.ann.types.back() == "snapshot");
    CHECK(f.ann.equals(f.engine));
  }

  TEST_CASE("the ring is bounded in bytes, but for the newest delta") {
    fixture f{feed_limits{100, 300, 2'000ms}};
    f.join(1, f.ann);
    f.feed.leave(1);
    f.feed.change(f.engine.put(10));
    f.join(2, f.ann);
    CHECK(f.ann.types.back() == "delta");
    f.feed.leave(2);
    for (std::int64_t key = 11; key < 16; ++key) f.feed.change(f.engine.put(key));
    f.join(3, f.ann);
    CHECK(f.ann.types.back() == "snapshot");
  }

  TEST_CASE("a slow one holds up nobody and is shown the view as it is when it is ready") {
    fixture f{feed_limits{3, 1 << 20, 2'000ms}};
    client bob;
    f.join(1, f.ann);
    f.join(2, bob);
    f.feed.change(f.engine.put(4));
    REQUIRE(f.feed.next(2, start) != nullptr);
    f.feed.refused(2);
    CHECK(f.feed.next(2, start) == nullptr);
    serve(f.feed, 1, f.ann);
    for (int i = 0; i < 5; ++i) {
      f.feed.change(f.engine.put(5));
      serve(f.feed, 1, f.ann);
    }
    // Nobody is asked for a snapshot for who would not take it.
    CHECK_FALSE(f.feed.lacks_snapshot(start));
    CHECK(f.ann.equals(f.engine));
    f.feed.drained(2);
    CHECK(f.feed.lacks_snapshot(start));
    f.feed.show(f.engine.snapshot());
    CHECK(serve(f.feed, 2, bob) == 1);
    CHECK(bob.equals(f.engine));
    // A short pause costs no snapshot.
    f.feed.change(f.engine.put(6));
    f.feed.refused(2);
    f.feed.change(f.engine.put(7));
    f.feed.drained(2);
    CHECK(serve(f.feed, 2, bob) == 2);
    CHECK(bob.equals(f.engine));
  }

  TEST_CASE_FIXTURE(fixture, "a view that was opened anew is shown anew to everybody") {
    join(1, ann);
    engine.rows.erase(1);
    engine.rows[8] = 1;
    feed.begin_anew("f2", start);
    CHECK(feed.next(1, start) == nullptr);
    CHECK(feed.lacks_snapshot(start));
    feed.show(engine.snapshot());
    CHECK(serve(feed, 1, ann) == 1);
    CHECK(ann.equals(engine));
    CHECK(ann.place->feed == "f2");
    feed.change(engine.put(2));
    CHECK(serve(feed, 1, ann) == 1);
    CHECK(ann.equals(engine));
  }

  TEST_CASE_FIXTURE(fixture,
                    "opened anew at an older place, a view waits until it is as far again") {
    join(1, ann);
    engine.seq = 1;
    feed.begin_anew("f2", start);
    feed.show(engine.snapshot());
    CHECK(feed.next(1, start) == nullptr);
    CHECK(feed.lacks_snapshot(start));
    engine.seq = 3;
    feed.show(engine.snapshot());
    CHECK(serve(feed, 1, ann) == 1);
    // Another log has lower places, and its own are told.
    engine.seq = 0;
    feed.begin_anew("f3", start);
    feed.show(engine.snapshot());
    CHECK(feed.next(1, start + 1'999ms) == nullptr);
    CHECK(serve(feed, 1, ann, start + 2s) == 1);
    feed.change(engine.put(2));
    CHECK(serve(feed, 1, ann, start + 2s) == 1);
    CHECK(ann.place->seq == 1);
  }

  TEST_CASE_FIXTURE(fixture, "two deltas of one step are two") {
    join(1, ann);
    feed.change(engine.put(4));
    serve(feed, 1, ann);
    feed.leave(1);
    engine.seq = engine.seq - 1;
    feed.change(engine.put(5));
    join(2, ann);
    CHECK(ann.types.back() == "delta");
    CHECK(ann.equals(engine));
  }

  TEST_CASE_FIXTURE(fixture, "who has been further elsewhere is not taken back at once") {
    ann.place = stream_place{"elsewhere", 50, 6};
    feed.join(1, with_rows, ann.place, start);
    feed.show(engine.snapshot());
    CHECK(feed.next(1, start) == nullptr);
    CHECK(feed.lacks_snapshot(start));
    for (std::int64_t key = 4; key <= 6; ++key) feed.change(engine.put(key));
    feed.show(engine.snapshot());
    CHECK(serve(feed, 1, ann) == 1);
    CHECK(ann.equals(engine));

    client bob;
    bob.place = stream_place{"elsewhere", 50, 1'000};
    feed.join(2, with_rows, bob.place, start);
    CHECK(feed.next(2, start + 1'999ms) == nullptr);
    CHECK(serve(feed, 2, bob, start + 2s) == 1);
    CHECK(bob.equals(engine));
  }

  TEST_CASE_FIXTURE(fixture, "places that nobody was given are answered by a snapshot") {
    for (const auto& since :
         {stream_place{"f1", 4, 3}, stream_place{"f1", 2, 3}, stream_place{"f", 3, 0}}) {
      client anybody;
      feed.join(1, with_rows, since, start);
      feed.show(engine.snapshot());
      CHECK(serve(feed, 1, anybody) == 1);
      CHECK(anybody.types.front() == "snapshot");
      feed.leave(1);
    }
  }

  TEST_CASE_FIXTURE(fixture, "a delta that only tells a position is sent to nobody") {
    join(1, ann);
    auto position = std::make_shared<views::view_delta>();
    position->seq = 90;
    feed.change(position);
    CHECK(serve(feed, 1, ann) == 0);
    engine.seq = 90;
    feed.change(engine.put(4));
    serve(feed, 1, ann);
    CHECK(ann.place->seq == 91);
  }

  TEST_CASE("whatever happens, who follows ends with what the view shows") {
    for (unsigned seed = 1; seed <= 300; ++seed) {
      CAPTURE(seed);
      std::mt19937 random{seed};
      const auto chance = [&](unsigned percent) { return random() % 100 < percent; };
      engine_side engine;
      delta_feed feed{"f0", feed_limits{1 + random() % 6, 200 + random() % 2'000, 50ms}};
      struct follower {
        client knows;
        subscriber_id as = 0;
        bool here = false;
        bool stalled = false;
      };
      std::vector<follower> followers(3);
      subscriber_id last_id = 0;
      unsigned lives = 0;
      timestamp now = start;
      bool asked = false;
      const auto deliver = [&](follower& f) {
        while (f.here && !f.stalled) {
          const auto message = feed.next(f.as, now);
          if (!message) return;
          if (chance(15)) {
            feed.refused(f.as);
            f.stalled = true;
            return;
          }
          f.knows.take(*message);
          feed.taken(f.as);
        }
      };
      for (int step = 0; step < 200; ++step) {
        now += 5ms;
        auto& f = followers[random() % followers.size()];
        switch (random() % 8) {
          case 0:
          case 1:
          case 2: {
            const auto key = static_cast<std::int64_t>(random() % 6);
            feed.change(engine.rows.contains(key) && chance(40) ? engine.drop(key)
                                                                : engine.put(key));
            break;
          }
          case 3:
            if (f.here) {
              feed.leave(f.as);
              f.here = f.stalled = false;
            } else {
              f.as = ++last_id;
              f.here = true;
              feed.join(f.as, with_rows, f.knows.place, now);
            }
            break;
          case 4:
            if (f.stalled) feed.drained(f.as);
            f.stalled = false;
            break;
          case 5:
            asked = asked || feed.lacks_snapshot(now);
            if (asked && chance(70)) {
              feed.show(engine.snapshot());
              asked = false;
            }
            break;
          case 6:
            if (chance(10)) {
              engine.rows[7] = engine.seq.raw();
              feed.begin_anew("f" + std::to_string(++lives), now);
            }
            break;
          default:
            if (chance(20)) feed.forget();
        }
        for (auto& each : followers) deliver(each);
      }
      now += 1s;
      for (auto& f : followers) {
        if (!f.here) feed.join(f.as = ++last_id, with_rows, f.knows.place, now);
        f.here = true;
        f.stalled = false;
        feed.drained(f.as);
      }
      now += 1s;
      for (int rounds = 0; rounds < 50; ++rounds) {
        if (feed.lacks_snapshot(now)) feed.show(engine.snapshot());
        for (auto& f : followers) {
          f.stalled = false;
          feed.drained(f.as);
          deliver(f);
        }
      }
      for (auto& f : followers) CHECK(f.knows.equals(engine));
    }
  }
}
