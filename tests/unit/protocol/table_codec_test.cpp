#include "protocol/table_codec.hpp"

#include "surrealql/codec/cbor.hpp"
#include "tests/unit/protocol/bodies.hpp"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::test;

namespace {

value row(std::int64_t key) {
  return value{object{{"id", value{record_id{"t", value{key}}}}, {"n", value{key}}}};
}

/// As the scheduler writes it.
std::string answer() {
  std::string bytes;
  surrealql::encode_cbor(value{array{versioned_row(7, row(1)), versioned_row(9, row(2))}}, bytes);
  return bytes;
}

result<table_rows_ptr> read(std::string_view bytes, std::size_t piece) {
  snapshot_decoder decoder{"t"};
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    if (!decoder.add(bytes.substr(at, piece))) break;
  return decoder.finish(12);
}

}  // namespace

TEST_CASE("a table's rows survive the way to an SSP, however they are cut into pieces") {
  const auto bytes = answer();
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    CAPTURE(piece);
    const auto rows = read(bytes, piece);
    REQUIRE(rows.ok());
    CHECK((*rows)->table == "t");
    CHECK((*rows)->seq == 12);
    CHECK((*rows)->versions == std::vector<std::uint64_t>{7, 9});
    CHECK((*rows)->rows == array{row(1), row(2)});
  }
}

TEST_CASE("rows that are cut short, or are no rows, are refused") {
  const auto bytes = answer();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(read(std::string_view{bytes}.substr(0, length), 3).ok());
  }
  for (const auto* text : {"[1]", "[[1]]", "[['1', {}]]", "[[1, {}, 2]]"}) {
    CAPTURE(text);
    std::string other;
    surrealql::encode_cbor(body(text), other);
    const auto rows = read(other, other.size());
    REQUIRE_FALSE(rows.ok());
    CHECK(rows.failure().code == errc::corrupt);
  }
  std::string no_list;
  surrealql::encode_cbor(body("{}"), no_list);
  CHECK_FALSE(read(no_list, 1).ok());
}

TEST_CASE("what asks for a table names it, however odd, and the position to wait for") {
  const auto asked = through_json(table_request("odd name", 31));
  CHECK(asked["query"] == value{"SELECT * FROM `odd name`"});
  CHECK(asked["versions"] == value{true});
  CHECK(*read_at_least(asked) == 31);
  CHECK(*read_at_least(body("{}")) == 0);
  CHECK(refuses(read_at_least(body("{ at_least: -1 }")), "at_least"));
  CHECK(refuses(read_at_least(body("{ at_least: 'x' }")), "at_least"));
}

TEST_CASE("an answer's position survives its header") {
  CHECK(*read_position_text(position_text(1'000'000'007)) == 1'000'000'007);
  for (const auto* text : {"", "x", "1x", "-1", "99999999999999999999999"})
    CHECK(read_position_text(text).failure().code == errc::corrupt);
}
