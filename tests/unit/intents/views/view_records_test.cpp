#include "intents/views/view_records.hpp"

#include "tests/unit/intents/answers.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::intents;
using namespace spooky::intents::test;

namespace {

const edge_format format{"_spooky_", "a", {}};
using names = std::vector<view_id>;

}  // namespace

TEST_CASE("query records are restored; unreadable ones are named") {
  const auto stored =
      read(read_stored_views{format},
           {said("[{ id: r'_spooky_view:v', query: r'_spooky_query:v', surql: 'SELECT * FROM t',"
                 " ttl: 1h }, { id: r'_spooky_view:broken' }]")});
  REQUIRE(stored.ok());
  REQUIRE(stored->views.size() == 1);
  CHECK(stored->views[0]->id == "v");
  CHECK(stored->views[0]->ttl == duration{3600, 0});
  CHECK(stored->skipped == std::vector<std::string>{"_spooky_view:broken"});
}

TEST_CASE("without a query table nobody has registered a view") {
  const auto none = read(read_stored_views{format}, {missing()});
  REQUIRE(none.ok());
  CHECK(none->views.empty());
  CHECK(read(read_stored_views{format}, {refused("no")}).failure().code == errc::evaluation_error);
  check_corrupt(read_stored_views{format}, {said("7")}, "the query records");
}

TEST_CASE("the highest epoch is that of the records; without a table or a view there is none") {
  const read_newest_epoch asked{format};
  CHECK(read(asked, {said("[{ epoch: 7 }]")})->epoch == 7);
  CHECK(read(asked, {said("[{ epoch: NULL }]")})->epoch == 0);
  CHECK(read(asked, {said("[]")})->epoch == 0);
  CHECK(read(asked, {missing()})->epoch == 0);
  CHECK(read(asked, {refused("no")}).failure().code == errc::evaluation_error);
}

TEST_CASE("ended views are told by what happened to them") {
  const find_ended_views asked{format, {"v", "w"}};
  const auto vars = render(asked).vars;
  CHECK(*vars.find("ssp") == value{"a"});
  CHECK(*vars.find("written") == parsed("[r'_spooky_view:v', r'_spooky_view:w']"));
  const auto ended = read(asked, {said("[r'_spooky_view:x']"), said("[r'_spooky_view:v']"),
                                  said("[r'_spooky_view:w', 7]"), said("[]")});
  REQUIRE(ended.ok());
  CHECK(ended->expired == names{"x"});
  CHECK(ended->gone == names{"v"});
  CHECK(ended->moved == names{"w"});
  check_corrupt(asked, {said("[]")}, "ended views");
}

TEST_CASE("a view is wanted while its record says so; without a view table none is") {
  const is_view_wanted asked{format, "v"};
  CHECK(*render(asked).vars.find("view") == parsed("r'_spooky_view:v'"));
  CHECK(read(asked, {said("[r'_spooky_view:v']")})->wanted);
  CHECK_FALSE(read(asked, {said("[]")})->wanted);
  CHECK_FALSE(read(asked, {missing()})->wanted);
  CHECK(read(asked, {refused("no")}).failure().code == errc::evaluation_error);
  check_corrupt(asked, {said("true")}, "view v");
}

TEST_CASE("a client's sign of life finds its view or not") {
  const touch_view asked{format, "v"};
  CHECK(*render(asked).vars.find("in") == parsed("r'_spooky_view:v'"));
  CHECK(read(asked, {said("[r'_spooky_view:v']")})->found);
  CHECK_FALSE(read(asked, {said("[]")})->found);
  check_corrupt(asked, {said("true")}, "view v");
}
