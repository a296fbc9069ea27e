#include "intents/capture/read_records.hpp"

#include "tests/unit/intents/answers.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::intents;
using namespace spooky::intents::test;

namespace {

read_records two(const char* version_table = "") {
  return {{{"t", value{1}}, {"t", value{2}}}, "_spooky_rv", version_table};
}

}  // namespace

TEST_CASE("records are read by their ids; what is gone was deleted") {
  const auto asked = render(two());
  CHECK(asked.text == "SELECT * FROM $ids");
  CHECK(*asked.vars.find("ids") == parsed("[t:1, t:2]"));
  CHECK(asked.vars.find("versions") == nullptr);
  const auto found = read(two(), {said("[{ id: t:2, a: 5, _spooky_rv: 3 }]")});
  REQUIRE(found.ok());
  REQUIRE(found->size() == 2);
  CHECK((*found)[0].id == record_id{"t", value{1}});
  CHECK((*found)[0].op == change_op::erase);
  CHECK_FALSE((*found)[0].version);
  CHECK((*found)[1].op == change_op::update);
  CHECK((*found)[1].record["a"] == value{5});
  CHECK((*found)[1].version == 3);
}

TEST_CASE("versions counted beside the records go into them, also of those that are gone") {
  const auto asked = two("_spooky_version");
  CHECK(*render(asked).vars.find("versions") ==
        parsed("[r'_spooky_version:[\"t\", 1]', r'_spooky_version:[\"t\", 2]']"));
  const auto found =
      read(asked,
           {said("{ rows: [{ id: t:2 }],"
                 " versions: [{ record_id: t:1, version: 8 }, { record_id: t:2, version: 9 }] }")});
  REQUIRE(found.ok());
  CHECK((*found)[0].op == change_op::erase);
  CHECK((*found)[0].version == 8);
  CHECK((*found)[1].version == 9);
  CHECK((*found)[1].record["_spooky_rv"] == value{9});
}

TEST_CASE("records of another shape are refused") {
  check_corrupt(two(), {said("{ rows: [] }")}, "records");
  check_corrupt(two("_spooky_version"), {said("[]")}, "records");
}
