#include "machines/feed/stream_message.hpp"

#include "surrealql/codec/cbor.hpp"
#include "surrealql/codec/json.hpp"
#include "tests/unit/machines/samples.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;

namespace {

const stream_place place{"f", 2, 40};
constexpr stream_shape ids{false, stream_format::json};
constexpr stream_shape rows{true, stream_format::json};

views::member row(std::int64_t key, std::uint64_t version) {
  auto one = member("t", key, version);
  one.row = record("t", key, object{{"n", value{key}}});
  return one;
}

views::member related(std::int64_t key) {
  auto one = member("c", key, 7);
  one.parent = record_id{"t", value{1}};
  one.alias = one.path = "comments";
  one.row = record("c", key);
  return one;
}

views::view_snapshot snapshot() {
  views::view_snapshot shown;
  shown.view_id = "v";
  shown.seq = 40;
  shown.members = {row(1, 5), related(3), row(2, 6)};
  shown.result = value{array{shown.members[0].row, shown.members[2].row}};
  return shown;
}

std::string delta_of(const views::view_delta& delta, const stream_shape& shape,
                     bool tells_result = false) {
  return encode_delta(delta, place, shape, tells_result).value_or("nothing");
}

}  // namespace

TEST_SUITE("machines.stream_message") {
  TEST_CASE("a snapshot has the rows in their order, and related rows where they are not in them") {
    CHECK(encode_snapshot(snapshot(), place, ids) ==
          R"({"at":"f.2.40","items":[["t:1",5],["t:2",6]],)"
          R"("related":[["c:3",7,"comments","t:1"]],"seq":40,"type":"snapshot","view":"v"})");
    CHECK(encode_snapshot(snapshot(), place, rows) ==
          R"({"at":"f.2.40","items":[["t:1",5,{"id":"t:1","n":1}],["t:2",6,{"id":"t:2","n":2}]],)"
          R"("seq":40,"type":"snapshot","view":"v"})");
  }

  TEST_CASE("a result that is no list of records is told whole") {
    views::view_snapshot groups;
    groups.view_id = "v";
    groups.tells_result = true;
    groups.result = value{array{value{object{{"count", value{3}}}}}};
    CHECK(
        encode_snapshot(groups, place, ids) ==
        R"({"at":"f.2.40","items":[],"result":[{"count":3}],"seq":40,"type":"snapshot","view":"v"})");
    groups.result = value::none();
    CHECK(encode_snapshot(groups, place, ids).find("\"result\":null") != std::string::npos);
    // One that fails has none, and says so when it is well again.
    groups.failed = fail(errc::evaluation_error, "no");
    const auto failing = encode_snapshot(groups, place, ids);
    CHECK(failing.find("result") == std::string::npos);
    CHECK(failing.find(R"("error":"no")") != std::string::npos);
  }

  TEST_CASE("a delta has what changed and nothing else") {
    views::view_delta delta;
    delta.view_id = "v";
    delta.added = {row(1, 5)};
    CHECK(delta_of(delta, ids) ==
          R"({"added":[["t:1",5]],"at":"f.2.40","seq":40,"type":"delta","view":"v"})");
    delta.added.clear();
    delta.removed = {member("t", 4)};
    delta.updated = {row(2, 9)};
    delta.order = std::vector<record_id>{{"t", value{2}}, {"t", value{1}}};
    CHECK(delta_of(delta, rows) ==
          R"({"at":"f.2.40","order":["t:2","t:1"],"removed":["t:4"],"seq":40,"type":"delta",)"
          R"("updated":[["t:2",9,{"id":"t:2","n":2}]],"view":"v"})");
  }

  TEST_CASE("what a shape does not show is not sent") {
    views::view_delta delta;
    delta.view_id = "v";
    delta.added = {related(3)};
    CHECK(delta_of(delta, rows) == "nothing");
    CHECK(delta_of(delta, ids).find(R"("related":{"added":[["c:3",7,"comments","t:1"]])") !=
          std::string::npos);
    delta.added.clear();
    delta.removed = {related(3)};
    CHECK(delta_of(delta, ids).find(R"("removed":[["c:3","comments","t:1"]])") !=
          std::string::npos);
  }

  TEST_CASE("a failure is told, and its end, even when nothing else changed") {
    views::view_delta delta;
    delta.view_id = "v";
    delta.failed = fail(errc::evaluation_error, "no");
    CHECK(delta_of(delta, ids).find(R"("error":"no")") != std::string::npos);
    delta.failed.reset();
    delta.healed = true;
    CHECK(delta_of(delta, ids) == R"({"at":"f.2.40","seq":40,"type":"delta","view":"v"})");
  }

  TEST_CASE("the result of a view whose rows are records is not told beside them") {
    views::view_delta delta;
    delta.view_id = "v";
    delta.removed = {member("t", 4)};
    delta.result = value{array{}};
    CHECK(delta_of(delta, ids, false).find("result") == std::string::npos);
    CHECK(delta_of(delta, ids, true).find(R"("result":[])") != std::string::npos);
  }

  TEST_CASE("CBOR keeps types") {
    const auto shown =
        *surrealql::decode_cbor(encode_snapshot(snapshot(), place, {true, stream_format::cbor}));
    CHECK(shown["items"].as_array()[0].as_array()[0] == value{record_id{"t", value{1}}});
  }
}
