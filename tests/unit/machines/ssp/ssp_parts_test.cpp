#include "machines/ssp/table_intake.hpp"
#include "surrealql/values/text.hpp"
#include "tests/unit/machines/samples.hpp"

#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;

// -- table_intake
// -----------------------------------------------------------------------------------

namespace {

table_rows loaded(sequence_number seq, std::vector<std::int64_t> keys) {
  table_rows rows;
  rows.table = "t";
  rows.seq = seq;
  for (const auto key : keys) rows.rows.push_back(record("t", key));
  return rows;
}

std::map<std::int64_t, std::uint64_t> versions_by_key(const table_intake::folded_rows& folded) {
  std::map<std::int64_t, std::uint64_t> out;
  for (std::size_t i = 0; i < folded.records.size(); ++i)
    out[folded.records[i]["id"].as_record().key.as_integer()] = folded.versions[i];
  return out;
}

using versions = std::map<std::int64_t, std::uint64_t>;

}  // namespace

TEST_CASE("changes behind the rows' position are folded over them, others are contained") {
  table_intake intake;
  intake.open("t", 10);
  const std::vector<change> kept{erase(11, "t", 1), put(12, "t", 2), put(13, "t", 3),
                                 put(13, "other", 9)};
  intake.keep(kept);
  const auto folded = intake.close(loaded(11, {1, 2}), 13, "_spooky_rv");
  // Change 11 is contained: the rows say that record 1 exists.
  CHECK(versions_by_key(folded) == versions{{1, 11}, {2, 12}, {3, 13}});
  CHECK(folded.seq == 13);
  CHECK(intake.idle());
}

TEST_CASE("rows without a position contain only what came before them: all kept changes count") {
  table_intake intake;
  intake.open("t", 10);
  const std::vector<change> kept{erase(11, "t", 1), put(12, "t", 4)};
  intake.keep(kept);
  const auto folded = intake.close(loaded(0, {1, 2}), 12, "_spooky_rv");
  CHECK(versions_by_key(folded) == versions{{2, 12}, {4, 12}});
}

TEST_CASE("rows ahead of the log keep their position") {
  table_intake intake;
  intake.open("t", 10);
  CHECK(intake.close(loaded(20, {1}), 10, "_spooky_rv").seq == 20);
}

TEST_CASE("a row's version: the loader's, else the record's own, else the position") {
  table_intake intake;
  intake.open("t", 0);
  auto rows = loaded(7, {1, 2});
  rows.rows[1] = record("t", 2, {{"_spooky_rv", value{99}}});
  SUBCASE("given") {
    rows.versions = {3, 4};
    CHECK(versions_by_key(intake.close(rows, 7, "_spooky_rv")) == versions{{1, 3}, {2, 4}});
  }
  SUBCASE("from the record") {
    CHECK(versions_by_key(intake.close(rows, 7, "_spooky_rv")) == versions{{1, 7}, {2, 99}});
  }
}

TEST_CASE("rows older than what was applied when the load began are of no use") {
  table_intake intake;
  intake.open("t", 10);
  CHECK_FALSE(intake.usable(loaded(9, {})));
  CHECK(intake.usable(loaded(10, {})));
  CHECK(intake.usable(loaded(0, {})));
  intake.abandon("t");
  CHECK_FALSE(intake.usable(loaded(10, {})));
}
