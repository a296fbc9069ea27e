#include "machines/capture/change_feed.hpp"

#include "machines/capture/feed_notes.hpp"
#include "machines/capture/source_tables.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view prefix = "_spooky_";

value row(const std::string& table, std::int64_t key, object fields = {}) {
  fields.set("id", value{record_id{table, value{key}}});
  return value{std::move(fields)};
}

value update(const std::string& table, std::int64_t key, object fields = {}) {
  return value{object{{"update", row(table, key, std::move(fields))}}};
}

value erase(const std::string& table, std::int64_t key) {
  return value{object{{"delete", row(table, key)}}};
}

value group(versionstamp stamp, array changes) {
  return value{object{{"versionstamp", value{static_cast<std::int64_t>(stamp)}},
                      {"changes", value{std::move(changes)}}}};
}

feed_transaction transaction(versionstamp stamp, std::size_t entries = 1) {
  feed_transaction t;
  t.stamp = stamp;
  t.entries = entries;
  return t;
}

std::vector<versionstamp> stamps(const feed_cursor::page& page) {
  std::vector<versionstamp> out;
  for (const auto& t : page.fresh) out.push_back(t.stamp);
  return out;
}

using stamp_list = std::vector<versionstamp>;

}  // namespace

TEST_CASE("a feed's groups become transactions with their changes in order") {
  const value shown{array{group(7, {update("person", 1, {{"age", value{3}}}), erase("person", 2)}),
                          group(9, {update("post", 1)})}};
  const auto read = read_feed(shown, prefix);
  REQUIRE(read.ok());
  REQUIRE(read->size() == 2);
  const auto& first = read->front();
  CHECK(first.stamp == 7);
  CHECK(first.entries == 1);
  REQUIRE(first.changes.size() == 2);
  CHECK(first.changes[0].op == change_op::update);
  CHECK(first.changes[0].record["age"] == value{3});
  CHECK_FALSE(first.changes[0].version.has_value());
  CHECK(first.changes[1].op == change_op::erase);
  CHECK(first.changes[1].id == record_id{"person", value{2}});
  CHECK(first.changes[1].record.is_none());
}

TEST_CASE("a record's own version is taken from its version field") {
  const value shown{array{group(1, {update("a", 1, {{"_spooky_rv", value{42}}})})}};
  CHECK(read_feed(shown, prefix)->front().changes.front().version == 42);
}

TEST_CASE("system tables are left out but count as entries of the page") {
  const value shown{array{group(1, {update("_spooky_query", 1), update("a", 1), update("b", 1)})}};
  const auto read = read_feed(shown, prefix);
  CHECK(read->front().changes.size() == 2);
  CHECK(read->front().entries == 3);
}

TEST_CASE("a table defined in a transaction is named and counts as an entry") {
  const value defined{object{{"define_table", value{object{{"name", value{"fresh"}}}}}}};
  const auto read = read_feed(value{array{group(1, {defined})}}, prefix);
  CHECK(read->front().defined == std::vector<std::string>{"fresh"});
  CHECK(read->front().entries == 1);
}

TEST_CASE("an answer of another shape is refused, not skipped") {
  const value no_id{object{{"update", value{object{{"age", value{3}}}}}}};
  for (const auto& shown :
       {value{3}, value{array{value{3}}}, value{array{group(1, {value{"what"}})}},
        value{array{group(1, {no_id})}},
        value{array{value{object{{"changes", value{array{}}}}}}}}) {
    CAPTURE(surrealql::to_text(shown));
    const auto read = read_feed(shown, prefix);
    REQUIRE_FALSE(read.ok());
    CHECK(read.failure().code == errc::corrupt);
    CHECK(read.failure().message.find("change feed") != std::string::npos);
  }
}

TEST_CASE("stamps carry milliseconds above a counter") {
  CHECK(time_of(stamp_at(1234567ms)) == 1234567ms);
  CHECK(time_of(stamp_at(1234567ms) + 5) == 1234567ms);
}

TEST_CASE("overlapping reads give each transaction once, late ones too") {
  feed_cursor cursor{0, {}, {250ms, 10s}};
  CHECK(stamps(cursor.take({transaction(10), transaction(30)}, 100)) == stamp_list{10, 30});
  CHECK(stamps(cursor.take({transaction(10), transaction(20), transaction(30)}, 100)) ==
        stamp_list{20});
  CHECK(cursor.newest() == 30);
}

TEST_CASE("the next read starts an overlap before the newest stamp, never below zero") {
  feed_cursor young{stamp_at(100ms), {}, {250ms, 10s}};
  CHECK(young.since(false) == 0);
  feed_cursor cursor{stamp_at(60s), {}, {250ms, 10s}};
  CHECK(cursor.since(false) == stamp_at(59'750ms));
  CHECK(cursor.since(true) == stamp_at(50s));
}

TEST_CASE("a full page may have cut its last transaction: it is read again") {
  feed_cursor cursor{0, {}, {250ms, 10s}};
  const auto page = cursor.take({transaction(1, 2), transaction(2, 2)}, 4);
  CHECK(stamps(page) == stamp_list{1});
  CHECK(page.next == 2);
  const auto rest = cursor.take({transaction(2, 3), transaction(3, 1)}, 5);
  CHECK(stamps(rest) == stamp_list{2, 3});
  CHECK(rest.next == 0);
}

TEST_CASE("a page of one transaction is passed, whatever its size") {
  feed_cursor cursor{0, {}, {250ms, 10s}};
  const auto page = cursor.take({transaction(5, 9)}, 4);
  CHECK(stamps(page) == stamp_list{5});
  CHECK(page.next == 6);
}

TEST_CASE("a restart with the stamps seen repeats nothing within the window") {
  feed_cursor cursor{30, {10, 30}, {250ms, 10s}};
  CHECK(stamps(cursor.take({transaction(10), transaction(20), transaction(30), transaction(40)},
                           100)) == stamp_list{20, 40});
}

TEST_CASE("what is remembered is bounded by the window, not by the feed's length") {
  feed_cursor cursor{0, {}, {250ms, 1s}};
  for (int second = 0; second < 1'000; ++second)
    cursor.take({transaction(stamp_at(std::chrono::milliseconds{second * 100}))}, 100);
  CHECK(cursor.remembered() <= 21);
}

namespace {

/// A database whose commits take their stamp some time before they become visible, and whose feed
/// cuts pages after `limit` (transaction, table) entries: in the middle of a transaction, too.
class simulated_feed {
 public:
  void commit(std::chrono::milliseconds now, std::chrono::milliseconds lateness,
              std::vector<std::string> tables) {
    auto stamp = stamp_at(now);
    while (commits_.contains(stamp)) ++stamp;
    commits_[stamp] = {now + lateness, std::move(tables)};
  }

  value show(versionstamp since, std::size_t limit, std::chrono::milliseconds now) const {
    array groups;
    std::size_t room = limit;
    for (auto it = commits_.lower_bound(since); it != commits_.end() && room > 0; ++it) {
      if (it->second.visible > now) continue;
      array changes;
      for (const auto& table : it->second.tables) {
        if (room-- == 0) break;
        changes.push_back(update(table, 1));
        if (room == 0) break;
      }
      groups.push_back(group(it->first, std::move(changes)));
    }
    return value{std::move(groups)};
  }

  std::map<versionstamp, std::size_t> captured_changes() const {
    std::map<versionstamp, std::size_t> out;
    for (const auto& [stamp, c] : commits_)
      out[stamp] = static_cast<std::size_t>(
          std::count_if(c.tables.begin(), c.tables.end(),
                        [](const auto& table) { return !table.starts_with(prefix); }));
    return out;
  }

 private:
  struct commit_entry {
    std::chrono::milliseconds visible{};
    std::vector<std::string> tables;
  };
  std::map<versionstamp, commit_entry> commits_;
};

}  // namespace

TEST_CASE("property: every commit of a feed is taken once and whole") {
  for (std::uint32_t seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    const auto below = [&](std::uint32_t n) { return static_cast<std::int64_t>(random() % n); };
    constexpr std::size_t limit = 4;
    const feed_cursor::widths widths{250ms, 10s};
    simulated_feed feed;
    feed_cursor cursor{0, {}, widths};
    std::map<versionstamp, std::size_t> taken;

    const auto read = [&](bool deep, std::chrono::milliseconds now) {
      auto since = cursor.since(deep);
      do {
        auto transactions = read_feed(feed.show(since, limit, now), prefix);
        REQUIRE(transactions.ok());
        auto page = cursor.take(std::move(*transactions), limit);
        for (const auto& t : page.fresh) {
          CAPTURE(t.stamp);
          REQUIRE(taken.emplace(t.stamp, t.changes.size()).second);
        }
        since = page.next;
      } while (since != 0);
    };

    auto now = 100'000ms;
    for (int step = 0; step < 150; ++step) {
      for (auto n = below(4); n > 0; --n) {
        std::vector<std::string> tables{"a", "b", "_spooky_query"};
        std::shuffle(tables.begin(), tables.end(), random);
        tables.resize(static_cast<std::size_t>(1 + below(3)));
        const std::chrono::milliseconds late{below(5) == 0 ? below(9'000) : below(20)};
        feed.commit(now, late, std::move(tables));
      }
      now += std::chrono::milliseconds{below(500)};
      read(false, now);
      if (step % 2 == 0) read(true, now);
      if (below(20) == 0) {
        stamp_list seen;
        for (const auto& [stamp, changes] : taken) seen.push_back(stamp);
        cursor = feed_cursor{cursor.newest(), seen, widths};
      }
    }
    read(true, now + 10s);
    CHECK(taken == feed.captured_changes());
  }
}

TEST_CASE("INFO FOR DB STRUCTURE tells which tables there are and how long their feeds last") {
  const auto described = [](const char* name, std::int64_t id, object more = {}) {
    more.set("name", value{name});
    more.set("id", value{id});
    return value{std::move(more)};
  };
  const auto feed = [](std::uint64_t seconds, std::uint32_t nanos = 0) {
    return value{object{{"expiry", value{duration{seconds, nanos}}}, {"original", value{false}}}};
  };
  const value info{object{
      {"tables",
       value{array{described("person", 4, object{{"changefeed", feed(259'200)}}),
                   described("brief", 5, object{{"changefeed", feed(0, 500'000'000)}}),
                   described("plain", 6), described("sums", 7, object{{"view", value{"AS ..."}}}),
                   described("_spooky_query", 8, object{{"changefeed", feed(60)}})}}}}};
  const auto tables = read_tables(info, prefix);
  REQUIRE(tables.ok());
  REQUIRE(tables->size() == 4);
  CHECK((*tables)[0].name == "person");
  CHECK((*tables)[0].id == 4);
  CHECK((*tables)[0].retention == 72h);
  CHECK((*tables)[1].retention == 500ms);
  CHECK((*tables)[2].retention == 0ms);
  CHECK_FALSE((*tables)[2].derived);
  CHECK((*tables)[3].derived);
  CHECK(read_tables(value{array{}}, prefix).failure().code == errc::corrupt);
}

TEST_CASE("a look at the tables tells each news until it has been acted on") {
  using what = table_news;
  watched_tables known;
  known.restore("old", {3, "changefeed"});
  known.restore("lost", {4, "changefeed"});
  const source_table old{"old", 3, 72h, false};
  const source_table fresh{"fresh", 5, 72h, false};
  auto found = known.look({old, fresh});
  REQUIRE(found.size() == 3);
  CHECK(found[0].what == what::continued);
  CHECK(found[1].what == what::appeared);
  CHECK(found[2].what == what::gone);
  CHECK(known.look({old, fresh}).size() == 3);
  for (const auto& item : found) known.seen(item);
  CHECK(known.look({old, fresh}).empty());
  found = known.look({{"old", 9, 72h, false}, {"fresh", 5, 48h, false}});
  REQUIRE(found.size() == 2);
  CHECK(found[0].what == what::redefined);
  CHECK(found[1].what == what::altered);
  known.doubt("fresh");
  CHECK(known.look({old, fresh}).front().what == what::redefined);
}

TEST_CASE("pages of a table continue behind the last record, whatever its name") {
  CHECK(page_query("person", std::nullopt, 10) == "SELECT * FROM person LIMIT 10");
  CHECK(page_query("person", record_id{"person", value{5}}, 10) ==
        "SELECT * FROM person:5>.. LIMIT 10");
  CHECK(page_query("my table", std::nullopt, 1) == "SELECT * FROM `my table` LIMIT 1");
  CHECK(enable_feed_query("my table", 2h) == "ALTER TABLE `my table` CHANGEFEED 7200s");
}

TEST_CASE("a source's name carries the transaction's stamp") {
  CHECK(feed_stamp(feed_source(77)) == 77);
  for (const auto* other : {"changefeed/", "changefeed/x", "changefeed/7x", "copy/7", ""})
    CHECK_FALSE(feed_stamp(other).has_value());
}
