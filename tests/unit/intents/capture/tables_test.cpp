#include "intents/capture/tables.hpp"

#include "tests/unit/intents/answers.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::intents;
using namespace spooky::intents::test;
using namespace std::chrono_literals;

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
      {"tables", value{array{described("person", 4, object{{"changefeed", feed(259'200)}}),
                             described("brief", 5, object{{"changefeed", feed(0, 500'000'000)}}),
                             described("plain", 6, object{{"drop", value{true}}}),
                             described("sums", 7, object{{"view", value{"AS ..."}}}),
                             described("_spooky_query", 8, object{{"changefeed", feed(60)}})}}}}};
  const auto tables = read(list_tables{"_spooky_"}, {{true, info, {}, false, false}});
  REQUIRE(tables.ok());
  REQUIRE(tables->size() == 4);
  CHECK((*tables)[0].name == "person");
  CHECK((*tables)[0].id == 4);
  CHECK((*tables)[0].retention == 72h);
  CHECK((*tables)[1].retention == 500ms);
  CHECK((*tables)[2].retention == 0ms);
  CHECK_FALSE((*tables)[2].derived);
  CHECK((*tables)[2].drops);
  CHECK_FALSE((*tables)[3].drops);
  CHECK((*tables)[3].derived);
  check_corrupt(list_tables{"_spooky_"}, {said("[]")}, "list of tables");
}

TEST_CASE("tables are described one by one: one that is gone spoils no other") {
  const describe_tables asked{{"a", "my table"}};
  CHECK(render(asked).text == "INFO FOR TABLE a;INFO FOR TABLE `my table`;");
  const auto described = read(asked, {said("{ fields: {} }"), missing()});
  REQUIRE(described.ok());
  CHECK((*described)[0].ok());
  CHECK((*described)[1].failure().code == errc::not_found);
  check_corrupt(asked, {said("{ fields: {} }")}, "description of a table");
}

TEST_CASE("rows are counted table by table; one that cannot be counted is left open") {
  const count_rows asked{{"a", "b", "c"}};
  CHECK(render(asked).text ==
        "SELECT count() FROM a GROUP ALL;SELECT count() FROM b GROUP ALL;"
        "SELECT count() FROM c GROUP ALL;");
  const auto counts = read(asked, {said("[{ count: 7 }]"), missing(), said("[]")});
  REQUIRE(counts.ok());
  CHECK(*counts == std::vector<std::optional<std::uint64_t>>{7, std::nullopt, std::nullopt});
  check_corrupt(asked, {said("[{ count: 7 }]")}, "number of a table's rows");
}

TEST_CASE("pages of a table continue behind the last record, whatever its name") {
  const auto text = [](const read_page& asked) { return render(asked).text; };
  CHECK(text({"person", std::nullopt, 10}) == "SELECT * FROM person LIMIT 10");
  CHECK(text({"person", record_id{"person", value{5}}, 10}) ==
        "SELECT * FROM person:5>.. LIMIT 10");
  CHECK(text({"my table", std::nullopt, 1}) == "SELECT * FROM `my table` LIMIT 1");
}

TEST_CASE("a page is its rows; a table that is gone is told from one without rows") {
  const read_page asked{"t", std::nullopt, 10};
  CHECK(read(asked, {said("[{ id: t:1 }]")})->size() == 1);
  CHECK(read(asked, {said("[]")})->empty());
  CHECK(read(asked, {missing()}).failure().code == errc::not_found);
  check_corrupt(asked, {said("NONE")}, "a page of table t");
}

TEST_CASE("a feed is switched on for as long as asked") {
  CHECK(render(enable_feed{"my table", 2h}).text == "ALTER TABLE `my table` CHANGEFEED 7200s");
  CHECK(enable_feed_advice("t") == "ALTER TABLE t CHANGEFEED 3d");
  CHECK(read(enable_feed{"t", 2h}, {refused("not allowed")}).failure().code ==
        errc::evaluation_error);
}

TEST_CASE("a table is watched by its records' ids") {
  CHECK(render(watch_table{"my table"}) == "LIVE SELECT VALUE id FROM `my table`");
}

TEST_CASE("a database's own feed is read from its definition, if we may see that") {
  const auto defined = [](const char* definition) {
    const value shown{object{{"databases", value{object{{"d", value{definition}}}}}}};
    return read(read_database_feed{}, {said("'d'"), {true, shown, {}, false, false}});
  };
  CHECK(*defined("DEFINE DATABASE d CHANGEFEED 1h30m") == 90min);
  CHECK(*defined("DEFINE DATABASE d STRICT CHANGEFEED 1d INCLUDE ORIGINAL") == 24h);
  CHECK(*defined("DEFINE DATABASE d COMMENT 'a CHANGEFEED 9d' CHANGEFEED 1h") == 1h);
  CHECK(*defined("DEFINE DATABASE d COMMENT 'a CHANGEFEED 9d b'") == 0ms);
  CHECK(*defined("DEFINE DATABASE d") == 0ms);
  CHECK(*read(read_database_feed{}, {said("'other'"), said("{ databases: {} }")}) == 0ms);
  CHECK(*read(read_database_feed{}, {said("'d'"), refused("not allowed")}) == 0ms);
  check_corrupt(read_database_feed{}, {said("'d'")}, "which database");
}

TEST_CASE("the ids of a page are in the order of its rows") {
  const list_ids asked{"t", record_id{"t", value{7}}, 5};
  CHECK(render(asked).text == "SELECT VALUE id FROM t:7>.. LIMIT 5");
  CHECK(render(list_ids{"my table", std::nullopt, 5}).text ==
        "SELECT VALUE id FROM `my table` LIMIT 5");
  const auto ids = read(asked, {said("[t:8, t:9]")});
  REQUIRE(ids.ok());
  CHECK(ids->size() == 2);
  check_corrupt(asked, {said("3")}, "ids of table t");
}
