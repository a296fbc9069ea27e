#include "machines/capture/change_feed.hpp"

#include "machines/capture/feed_notes.hpp"
#include "machines/capture/source_tables.hpp"

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

feed_transaction transaction(versionstamp stamp, std::size_t entries = 1) {
  feed_transaction t;
  t.stamp = stamp;
  t.entries = entries;
  return t;
}

change change_of(const std::string& table) {
  change c;
  c.id = {table, value{1}};
  return c;
}

std::vector<versionstamp> stamps(const feed_cursor::page& page) {
  std::vector<versionstamp> out;
  for (const auto& t : page.fresh) out.push_back(t.stamp);
  return out;
}

using stamp_list = std::vector<versionstamp>;

}  // namespace

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

  std::vector<feed_transaction> show(versionstamp since, std::size_t limit,
                                     std::chrono::milliseconds now) const {
    std::vector<feed_transaction> shown;
    std::size_t room = limit;
    for (auto it = commits_.lower_bound(since); it != commits_.end() && room > 0; ++it) {
      if (it->second.visible > now) continue;
      auto cut = transaction(it->first, 0);
      for (const auto& table : it->second.tables) {
        ++cut.entries;
        if (!table.starts_with(prefix)) cut.changes.push_back(change_of(table));
        if (--room == 0) break;
      }
      shown.push_back(std::move(cut));
    }
    return shown;
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
        auto page = cursor.take(feed.show(since, limit, now), limit);
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

TEST_CASE("a look at the tables tells each news until it has been acted on") {
  using what = table_news;
  watched_tables known;
  known.restore("old", {3, "changefeed"});
  known.restore("lost", {4, "changefeed"});
  const auto routed = [](const char* name, std::int64_t id, std::chrono::milliseconds feed) {
    source_table table;
    table.name = name;
    table.id = id;
    table.retention = feed;
    return routed_table{table, capture_way::feed};
  };
  const auto old = routed("old", 3, 72h);
  const auto fresh = routed("fresh", 5, 72h);
  auto found = known.look({old, fresh});
  REQUIRE(found.size() == 3);
  CHECK(found[0].what == what::continued);
  CHECK(found[1].what == what::appeared);
  CHECK(found[2].what == what::gone);
  CHECK(known.look({old, fresh}).size() == 3);
  for (const auto& item : found) known.seen(item);
  CHECK(known.look({old, fresh}).empty());
  found = known.look({routed("old", 9, 72h), routed("fresh", 5, 48h)});
  REQUIRE(found.size() == 2);
  CHECK(found[0].what == what::redefined);
  CHECK(found[1].what == what::altered);
  known.doubt("fresh");
  CHECK(known.look({old, fresh}).front().what == what::doubted);
}

TEST_CASE("a source's name carries the transaction's stamp") {
  CHECK(feed_stamp(feed_source(77)) == 77);
  for (const auto* other : {"changefeed/", "changefeed/x", "changefeed/7x", "copy/7", ""})
    CHECK_FALSE(feed_stamp(other).has_value());
}
