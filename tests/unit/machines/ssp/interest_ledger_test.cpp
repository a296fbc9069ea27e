#include "machines/ssp/interest_ledger.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;

namespace {

using names = std::vector<table_name>;

interest_ledger at(sequence_number seq, names tables) {
  interest_ledger ledger;
  ledger.reset({seq, std::move(tables)});
  return ledger;
}

}  // namespace

TEST_CASE("without a scheduler everything is sent and nothing is stated") {
  interest_ledger ledger;
  ledger.reset({10, std::nullopt});
  ledger.want("t");
  CHECK(ledger.granted("t") == 0);
  CHECK_FALSE(ledger.next().has_value());
}

TEST_CASE("a table is known to be sent from the seq that answers the statement of it") {
  auto ledger = at(10, {"t"});
  CHECK(ledger.granted("t") == 10);
  CHECK_FALSE(ledger.next().has_value());
  ledger.want("u");
  CHECK_FALSE(ledger.granted("u").has_value());
  const auto stated = ledger.next();
  REQUIRE(stated.has_value());
  CHECK(stated->tables == names{"t", "u"});
  // Wanted while the answer is due: it comes with the next statement.
  ledger.want("w");
  CHECK_FALSE(ledger.next().has_value());
  CHECK(ledger.heard(stated->revision, 15) == names{"u"});
  CHECK(ledger.granted("u") == 15);
  CHECK(ledger.granted("t") == 10);
  CHECK_FALSE(ledger.granted("w").has_value());
  const auto next = ledger.next();
  REQUIRE(next.has_value());
  CHECK(next->revision > stated->revision);
  CHECK(next->tables == names{"t", "u", "w"});
}

TEST_CASE("a table wanted no more and wanted again has to be stated again") {
  auto ledger = at(10, {"t", "u"});
  ledger.unwant("t");
  const auto without = ledger.next();
  REQUIRE(without.has_value());
  CHECK(without->tables == names{"u"});
  ledger.want("t");
  CHECK(ledger.heard(without->revision, 20).empty());
  CHECK_FALSE(ledger.granted("t").has_value());
  const auto with = ledger.next();
  REQUIRE(with.has_value());
  CHECK(ledger.heard(with->revision, 30) == names{"t"});
  CHECK(ledger.granted("t") == 30);
}

TEST_CASE("a statement nobody knows the outcome of is made again, even if nothing has changed") {
  auto ledger = at(10, {"t", "u"});
  ledger.unwant("t");
  const auto first = ledger.next();
  REQUIRE(first.has_value());
  ledger.want("t");
  CHECK(ledger.unheard(first->revision));
  CHECK_FALSE(ledger.unheard(first->revision));
  const auto second = ledger.next();
  REQUIRE(second.has_value());
  CHECK(second->tables == names{"t", "u"});
  CHECK(ledger.heard(first->revision, 12).empty());
  CHECK(ledger.heard(second->revision, 20) == names{"t"});
}

TEST_CASE("a registration states everything wanted and voids what was under way") {
  auto ledger = at(10, {});
  ledger.want("t");
  const auto under_way = ledger.next();
  const auto held = ledger.hold();
  CHECK(held.tables == names{"t"});
  CHECK(held.revision > under_way->revision);
  ledger.want("u");
  CHECK_FALSE(ledger.next().has_value());
  CHECK(ledger.heard(under_way->revision, 11).empty());
  CHECK_FALSE(ledger.granted("t").has_value());
  CHECK(ledger.resumed(12) == names{"t"});
  CHECK(ledger.granted("t") == 12);
  REQUIRE(ledger.next().has_value());
}
