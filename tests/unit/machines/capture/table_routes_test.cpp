#include "machines/capture/compare_pace.hpp"
#include "machines/capture/left_out.hpp"
#include "machines/capture/source_tables.hpp"
#include "machines/capture/table_image.hpp"
#include "machines/capture/table_route.hpp"
#include "tests/unit/machines/samples.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;
using namespace std::chrono_literals;
using config::capture_mode;

namespace {

source_table table(std::chrono::milliseconds feed = 1h) {
  source_table one;
  one.name = "t";
  one.id = 1;
  one.retention = feed;
  return one;
}

}  // namespace

// -- how a table is captured ----------------------------------------------------------------------

TEST_CASE("a table is captured as it was asked for, else by LIVE, and the remedy is said") {
  struct row {
    capture_mode asked;
    std::chrono::milliseconds feed;
    bool posts;
    capture_way way;
    std::string remedy;
  };
  for (const auto& r :
       {row{capture_mode::changefeed, 1h, false, capture_way::feed, ""},
        row{capture_mode::changefeed, 0h, true, capture_way::live, "ALTER TABLE t CHANGEFEED 3d"},
        row{capture_mode::webhook, 1h, true, capture_way::events, ""},
        row{capture_mode::webhook, 1h, false, capture_way::live, "spooky schema --webhook --apply"},
        row{capture_mode::live, 1h, true, capture_way::live, ""}}) {
    const auto route = route_of(table(r.feed), {r.asked, r.posts, {}}, "_spooky_");
    CAPTURE(static_cast<int>(r.asked));
    CHECK(route.way == r.way);
    CHECK(route.trouble.empty() == r.remedy.empty());
    CHECK(route.trouble.find(r.remedy) != std::string::npos);
  }
}

TEST_CASE("why a feed could not be switched on is said") {
  const auto route = route_of(table(0h), {capture_mode::changefeed, false, "not allowed"}, "_");
  CHECK(route.way == capture_way::live);
  CHECK(route.trouble.find("not allowed") != std::string::npos);
}

TEST_CASE("a table defined AS SELECT is compared, whatever was asked for") {
  auto derived = table();
  derived.derived = true;
  for (const auto mode : {capture_mode::changefeed, capture_mode::webhook, capture_mode::live})
    CHECK(route_of(derived, {mode, true, {}}, "_") == table_route{capture_way::comparing, {}});
}

// -- what a look finds ----------------------------------------------------------------------------

TEST_CASE("news of a table that is captured") {
  watched_tables tables;
  const auto look = [&](const source_table& one, capture_way way) {
    const auto found = tables.look({{one, way}});
    for (const auto& item : found) tables.seen(item);
    return found;
  };
  REQUIRE(look(table(), capture_way::feed).front().what == table_news::appeared);
  CHECK(look(table(), capture_way::feed).empty());
  CHECK(tables.way_of("t") == capture_way::feed);

  SUBCASE("another way of capture, and who had it before") {
    const auto found = look(table(0h), capture_way::live);
    REQUIRE(found.size() == 1);
    CHECK(found.front().what == table_news::moved);
    CHECK(found.front().before == capture_way::feed);
    CHECK(tables.way_of("t") == capture_way::live);
  }
  SUBCASE("another number") {
    auto other = table();
    other.id = 2;
    CHECK(look(other, capture_way::feed).front().what == table_news::redefined);
  }
  SUBCASE("what is written is not stored any more") {
    auto other = table();
    other.drops = true;
    CHECK(look(other, capture_way::feed).front().what == table_news::doubted);
  }
  SUBCASE("another retention") {
    CHECK(look(table(2h), capture_way::feed).front().what == table_news::altered);
  }
  SUBCASE("doubt, once") {
    tables.doubt("t");
    CHECK(look(table(), capture_way::feed).front().what == table_news::doubted);
    CHECK(look(table(), capture_way::feed).empty());
  }
  SUBCASE("gone") { CHECK(tables.look({}).front().what == table_news::gone); }
}

TEST_CASE("a table copied before the start is compared if it was captured in another way") {
  for (const auto& [copied_by, what] : {std::pair{std::string{"changefeed"}, table_news::continued},
                                        std::pair{std::string{}, table_news::continued},
                                        std::pair{std::string{"live"}, table_news::doubted}}) {
    watched_tables tables;
    tables.restore("t", {1, copied_by});
    CAPTURE(copied_by);
    const auto found = tables.look({{table(), capture_way::feed}});
    REQUIRE(found.size() == 1);
    CHECK(found.front().what == what);
    CHECK_FALSE(found.front().before.has_value());
  }
}

// -- comparing where nobody tells -----------------------------------------------------------------

TEST_CASE("a table is compared as often as is cheap") {
  compare_pace pace{{1s, 50}};
  timestamp now{1h};
  pace.add("t", now);
  CHECK(pace.due(now) == std::vector<std::string>{"t"});
  CHECK(pace.due(now + 1h).empty());
  CHECK_FALSE(pace.next().has_value());
  pace.done("t", now + 1ms);
  CHECK(pace.next() == now + 1ms + 1s);
  CHECK(pace.due(now + 1s).empty());
  now += 1ms + 1s;
  CHECK(pace.due(now) == std::vector<std::string>{"t"});
  pace.done("t", now + 200ms);
  CHECK(pace.next() == now + 200ms + 10s);
  pace.remove("t");
  CHECK_FALSE(pace.next().has_value());
}

namespace {

table_page page(array rows, bool ends) {
  table_page read;
  if (!rows.empty()) read.last = rows.back()["id"].as_record();
  read.rows = std::move(rows);
  read.ends = ends;
  return read;
}

std::string told(const page_difference& found) {
  std::string text;
  for (const auto& c : found.changes)
    text += (c.op == change_op::create   ? "+"
             : c.op == change_op::update ? "~"
                                         : "-") +
            std::to_string(c.id.key.as_integer());
  return text;
}

}  // namespace

TEST_CASE("an image tells what has changed since the rows were given") {
  table_image image;
  REQUIRE(image.reset({record("t", 1), record("t", 2), record("t", 3)}).ok());
  CHECK(told(*image.take(page({record("t", 1), record("t", 2), record("t", 3)}, true))).empty());
  CHECK(told(*image.take(page({record("t", 1), record("t", 2, {{"n", value{1}}}), record("t", 4)},
                              true))) == "~2+4-3");
  CHECK(told(*image.take(page({}, true))) == "-1-2-4");
  CHECK(image.rows() == 0);
}

TEST_CASE("an image is compared page by page, and rows vanish wherever they were") {
  table_image image;
  REQUIRE(image.reset({record("t", 1), record("t", 2), record("t", 5), record("t", 9)}).ok());
  const auto first = image.take(page({record("t", 2), record("t", 3)}, false));
  CHECK(told(*first) == "+3-1");
  CHECK(first->reached == record_id{"t", value{3}});
  const auto rest = image.take(page({record("t", 9)}, true));
  CHECK(told(*rest) == "-5");
  CHECK_FALSE(rest->reached.has_value());
  // From the start again.
  CHECK(told(*image.take(page({record("t", 2), record("t", 3), record("t", 9)}, true))).empty());
}

TEST_CASE("a row that is written as another number is another row") {
  table_image image;
  REQUIRE(image.reset({record("t", 1, {{"n", value{1}}})}).ok());
  CHECK(told(*image.take(page({record("t", 1, {{"n", value{1.0}}})}, true))) == "~1");
}

TEST_CASE("a page of an image that ends with a row that cannot be read erases nothing behind it") {
  table_image image;
  REQUIRE(image.reset({record("t", 1), record("t", 2), record("t", 3)}).ok());
  auto cut = page({record("t", 1)}, false);
  cut.last = record_id{"t", value{2}};
  cut.left_out = {*cut.last};
  CHECK(told(*image.take(cut)) == "-2");
}

// -- rows that cannot be read ---------------------------------------------------------------------

TEST_CASE("rows left out are told once, and remembered until they can be read") {
  left_out_ledger rows{2};
  const record_id one{"t", value{1}};
  const record_id two{"t", value{2}};
  CHECK(rows.add({"t", {one}}).size() == 1);
  CHECK(rows.add({"t", {one}}).empty());
  CHECK(rows.remark("t").find("t:1 first") != std::string::npos);
  CHECK(rows.add({"t", {two, {"t", value{3}}}}) == std::vector<record_id>{two});
  CHECK(rows.remark("t").find("at least 2") != std::string::npos);
  CHECK(rows.some("t", 1).size() == 1);
  // One of them can be read by now.
  rows.begin("t");
  CHECK(rows.add({"t", {two}}).empty());
  rows.finish("t");
  CHECK(rows.some("t", 9) == std::vector<record_id>{two});
  rows.begin("t");
  rows.finish("t");
  CHECK(rows.remark("t").empty());
  CHECK(rows.tables().empty());
}
