#include "machines/ssp/edge_ledger.hpp"
#include "tests/unit/machines/samples.hpp"

#include <memory>
#include <string>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;

namespace {

const timestamp start{};

}  // namespace

TEST_CASE("rows that are no records' are in the view's record, and counted there") {
  edge_ledger ledger;
  views::view_snapshot grouped;
  grouped.result = value{array{value{object{{"n", value{1}}}}, value{object{{"n", value{2}}}}}};
  ledger.begin(view_of("v"), grouped);
  ledger.compare("v", stored_view{1, 1, 0, {}}, start);
  auto batch = ledger.take(100, start);
  REQUIRE(batch.rows.size() == 1);
  CHECK(batch.rows[0].row_count == 2);
  CHECK(batch.rows[0].rows == grouped.result);
  ledger.written(batch);
  const auto next = [&](const views::view_delta& delta) {
    ledger.merge("v", delta);
    batch = ledger.take(100, start);
    ledger.written(batch);
    return batch.rows.at(0);
  };
  views::view_delta delta;
  SUBCASE("they change as a whole") {
    delta.result = value{array{value{object{{"n", value{3}}}}}};
    CHECK(next(delta).row_count == 1);
    CHECK(batch.rows[0].rows == *delta.result);
  }
  SUBCASE("they stay while the view fails") {
    delta.failed = fail(errc::evaluation_error, "no");
    CHECK(next(delta).row_count == 2);
    CHECK(batch.rows[0].rows == grouped.result);
  }
  SUBCASE("they are gone when the view has passed a limit") {
    delta.failed = fail(errc::limit_exceeded, "no");
    delta.result = value{array{}};
    CHECK(next(delta).row_count == 0);
    CHECK(batch.rows[0].rows.is_none());
  }
  SUBCASE("too many of them are counted alone") {
    delta.result = value{array{value{std::string(largest_rows, 'x')}}};
    CHECK(next(delta).row_count == 1);
    CHECK(batch.rows[0].rows.is_none());
  }
  SUBCASE("records take their place") {
    delta.added = {member("t", 1)};
    delta.result = value{array{value{7}}};
    CHECK(next(delta).row_count == 1);
    CHECK(batch.rows[0].rows.is_none());
    views::view_delta more;
    more.added = {member("t", 2)};
    CHECK(next(more).row_count == 2);
  }
}

TEST_CASE("a view without edges keeps its rows to itself") {
  edge_ledger ledger;
  auto quiet = std::make_shared<view_registration>(*view_of("v"));
  quiet->edges = false;
  views::view_snapshot grouped;
  grouped.result = value{array{value{1}}};
  ledger.begin(quiet, grouped);
  ledger.compare("v", stored_view{1, 1, 0, {}}, start);
  const auto batch = ledger.take(100, start);
  REQUIRE(batch.rows.size() == 1);
  CHECK(batch.rows[0].row_count == 1);
  CHECK(batch.rows[0].rows.is_none());
}
