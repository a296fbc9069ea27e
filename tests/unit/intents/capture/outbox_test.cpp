#include "intents/capture/outbox.hpp"

#include "intents/capture/table_event.hpp"
#include "tests/unit/intents/answers.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::intents;
using namespace spooky::intents::test;

TEST_CASE("events are taken from the outbox; a row that holds none says why and keeps its id") {
  const read_outbox asked{"_spooky_", 5};
  CHECK(render(asked).text == "SELECT * FROM _spooky_outbox LIMIT 5");
  const auto rows = read(asked, {said("[{ id: r'_spooky_outbox:1', body: { table: 't', op: "
                                      "'UPDATE', id: t:1, version: 3, record: { id: t:1 } } },"
                                      " { id: r'_spooky_outbox:2', body: { op: 'UPDATE' } }]")});
  REQUIRE(rows.ok());
  REQUIRE(rows->size() == 2);
  REQUIRE((*rows)[0].event.ok());
  CHECK((*rows)[0].event->what.version == 3);
  CHECK((*rows)[1].id == record_id{"_spooky_outbox", value{2}});
  CHECK_FALSE((*rows)[1].event.ok());
}

TEST_CASE("without an outbox there are no events; any other failure is one") {
  const read_outbox asked{"_spooky_", 5};
  const auto none = read(asked, {missing()});
  REQUIRE(none.ok());
  CHECK(none->empty());
  CHECK(read(asked, {refused("not allowed")}).failure().code == errc::evaluation_error);
  check_corrupt(asked, {said("7")}, "the outbox");
}

TEST_CASE("events that were taken are deleted by their ids") {
  const auto asked = render(clear_outbox{{{"_spooky_outbox", value{1}}}});
  CHECK(asked.text == "DELETE $ids");
  CHECK(*asked.vars.find("ids") == parsed("[r'_spooky_outbox:1']"));
}

TEST_CASE("the advice that ends a table's events can be run as it stands") {
  CHECK(remove_event_advice("_spooky_", "fed") == "REMOVE EVENT _spooky_capture ON fed");
  CHECK(remove_event_advice("_spooky_", "a b") == "REMOVE EVENT _spooky_capture ON `a b`");
}
