#include "surrealql/codec/cbor.hpp"

#include "surrealql/codec/cbor_feed.hpp"
#include "surrealql/codec/json.hpp"
#include "surrealql/values/text.hpp"

#include <cstdint>
#include <fstream>
#include <random>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

std::string to_hex(std::string_view bytes) {
  std::string hex;
  char digits[3];
  for (const char c : bytes) {
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(c));
    hex += digits;
  }
  return hex;
}

std::string encoded(const value& v) {
  std::string out;
  encode_cbor(v, out);
  return out;
}

result<value> decoded(std::string_view hex, const codec_limits& limits = {}) {
  return decode_cbor(from_hex(hex), limits);
}

void refuses(std::string_view hex, std::string_view part_of_message,
             errc code = errc::parse_error) {
  CAPTURE(hex);
  const auto v = decoded(hex);
  REQUIRE_FALSE(v.ok());
  CHECK(v.failure().code == code);
  CAPTURE(v.failure().message);
  CHECK(v.failure().message.find(part_of_message) != std::string::npos);
}

}  // namespace

TEST_CASE("every value the engine sent is read and written back byte for byte") {
  std::ifstream file(SPOOKY_TEST_DATA "/cbor/values.hex");
  REQUIRE(file);
  std::string line;
  int count = 0;
  while (std::getline(file, line)) {
    const auto arrow = line.rfind(" => ");
    const std::string hex = line.substr(arrow + 4);
    CAPTURE(line);
    const auto v = decoded(hex);
    REQUIRE_MESSAGE(v.ok(), v.failure().message);
    CHECK(to_hex(encoded(*v)) == hex);
    ++count;
  }
  CHECK(count > 100);
}

TEST_CASE("forms that clients send but the engine does not") {
  CHECK(decoded("f7")->is_null());
  CHECK(*decoded("c074323032342d30312d30315430303a30303a30305a") == value(datetime{1704067200, 0}));
  CHECK(*decoded("c868706572736f6e3a31") == value(record_id{"person", 1}));
  CHECK(*decoded("cd65316833306d") == value(duration{5400, 0}));
  CHECK(*decoded("9f0102ff") == value(array{1, 2}));
  CHECK(*decoded("bf616101ff") == value(object{{"a", 1}}));
  CHECK(*decoded("7f61616162ff") == value("ab"));
  CHECK(*decoded("5f41614162ff") == value::bytes("ab"));
  CHECK(*decoded("a2616201616102") == value(object{{"a", 2}, {"b", 1}}));
  CHECK(*decoded("ce82001a3b9aca01") == value(duration{1, 1}));
}

TEST_CASE("what the engine refuses is refused, with the place named") {
  refuses("", "byte 0");
  refuses("0101", "left over from byte 1");
  refuses("61", "middle of an item");
  refuses("8201", "more elements than bytes");
  refuses("826161", "middle of an item at byte 3");
  refuses("c249010000000000000000", "unknown tag 2");
  refuses("1b8000000000000000", "above 2^63-1");
  refuses("3b8000000000000000", "below -2^63");
  refuses("a10102", "name is not text");
  refuses("cc811a65937d25", "datetime");
  refuses("cc82001a3b9aca00", "datetime out of range");
  refuses("c882c7616101", "record id");
  refuses("c8826161f93c00", "record id");
  refuses("d8254100", "16 bytes");
  refuses("d83201", "unknown tag 50");
  refuses("ff", "break outside");
  refuses("61ff", "UTF-8");
  refuses("a161ff01", "UTF-8");
  refuses("ca6161", "decimal");
  refuses("d85a80", "ring");
  refuses("d8598101", "right kind");
  refuses("9b00000000ffffffff", "more elements than bytes");
  refuses("bb00000000ffffffff", "more members than bytes");
}

TEST_CASE("durations are read up to the longest, and none beyond") {
  CHECK(*decoded("ce811bffffffffffffffff") == value(duration{UINT64_MAX, 0}));
  CHECK(*decoded("ce821b7fffffffffffffff1a3b9aca00") == value(duration{std::uint64_t{1} << 63, 0}));
  CHECK(*decoded("ce821bfffffffffffffffe1a3b9aca05") == value(duration{UINT64_MAX, 5}));
  refuses("ce821bffffffffffffffff1a3b9aca00", "duration out of range");
  refuses("ce82001b0000000100000000", "duration out of range");
  refuses("ce8120", "duration out of range");
  refuses("ce8161", "middle of an item");
  refuses("ce83010101", "seconds and nanoseconds");
  refuses("ce01", "seconds and nanoseconds");
}

TEST_CASE("values are read as deep as SurrealDB 3.3.3 stores them") {
  constexpr int levels = 256;
  value lists{1}, sets{1}, ranges{1};
  for (int i = 0; i < levels; ++i) {
    lists = value(array{lists});
    sets = value::set({sets});
    ranges = value(value_range{{range_bound::kind::included, ranges}, {}});
  }
  for (const auto& deep : {lists, sets, ranges}) {
    // As one of the rows that answer one of a request's statements.
    const value answer(
        object{{"result", array{object{{"result", array{object{{"id", 1}, {"v", deep}}}}}}}});
    const auto read = decode_cbor(encoded(answer));
    REQUIRE_MESSAGE(read.ok(), read.failure().message);
    CHECK(*read == answer);
  }
  CHECK(parse_json(to_json(lists)).value() == lists);
}

TEST_CASE("nesting and size are bounded") {
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += '\x81';
  deep += '\x01';
  auto v = decode_cbor(deep);
  REQUIRE_FALSE(v.ok());
  CHECK(v.failure().code == errc::limit_exceeded);
  std::string tags(100000, '\xc6');
  CHECK_FALSE(decode_cbor(tags).ok());
  std::string ranges;
  for (int i = 0; i < 50000; ++i) ranges += "\xd8\x31\x82\xd8\x32";
  CHECK(decode_cbor(ranges).failure().code == errc::limit_exceeded);
  CHECK(decoded("8101", {.bytes = 1}).failure().code == errc::limit_exceeded);
  CHECK(decoded("818101", {.depth = 1}).failure().code == errc::limit_exceeded);
  CHECK(decoded("8101", {.depth = 1}).ok());
}

TEST_CASE("a large array is read one element at a time") {
  std::string bytes = encoded(value(array{1, "two", array{3}}));
  auto reader = cbor_array_reader::open(bytes).value();
  CHECK(*reader.next().value() == value(1));
  CHECK(*reader.next().value() == value("two"));
  CHECK(*reader.next().value() == value(array{3}));
  CHECK_FALSE(reader.next().value().has_value());
  CHECK_FALSE(reader.next().value().has_value());

  const std::string open = from_hex("9f01ff");
  auto indefinite = cbor_array_reader::open(open).value();
  CHECK(*indefinite.next().value() == value(1));
  CHECK_FALSE(indefinite.next().value().has_value());

  bytes += '\x01';
  auto trailing = cbor_array_reader::open(bytes).value();
  for (int i = 0; i < 3; ++i) CHECK(trailing.next().value().has_value());
  CHECK_FALSE(trailing.next().ok());
  CHECK_FALSE(cbor_array_reader::open(from_hex("01")).ok());
}

TEST_CASE("property: every prefix and every flipped byte of a real frame is handled") {
  std::ifstream file(SPOOKY_TEST_DATA "/cbor/values.hex");
  std::string line;
  std::string last;
  while (std::getline(file, line)) last = line;
  const std::string frame = from_hex(last.substr(last.rfind(" => ") + 4));
  for (std::size_t size = 0; size < frame.size(); ++size)
    CHECK_FALSE(decode_cbor(std::string_view(frame).substr(0, size)).ok());
  for (std::size_t at = 0; at < frame.size(); ++at) {
    for (int flip = 1; flip < 256; flip += 7) {
      std::string bent = frame;
      bent[at] = static_cast<char>(bent[at] ^ flip);
      const auto v = decode_cbor(bent);
      if (!v.ok()) continue;
      const auto again = decode_cbor(encoded(*v));
      REQUIRE(again.ok());
      CHECK(*again == *v);
    }
  }
}

TEST_CASE("an array that arrives in pieces gives the same elements, wherever it is cut") {
  const value element{array{value{7}, value{object{{"a", value{array{value{1}, value{"text"}}}},
                                                   {"id", value{record_id{"t", value{1}}}},
                                                   {"x", value{2.5}}}}}};
  const value other{"another"};
  std::string bytes(1, static_cast<char>(0x9f));
  encode_cbor(element, bytes);
  encode_cbor(other, bytes);
  encode_cbor(element, bytes);
  SUBCASE("of unknown length") { bytes += static_cast<char>(0xff); }
  SUBCASE("of known length") { bytes[0] = static_cast<char>(0x83); }
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    CAPTURE(piece);
    array seen;
    cbor_array_feed feed{[&](value v) -> result<void> {
      seen.push_back(std::move(v));
      return {};
    }};
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      CHECK_FALSE((at != 0 && feed.finish().ok()));
      REQUIRE(feed.add(std::string_view{bytes}.substr(at, piece)).ok());
    }
    CHECK(feed.finish().ok());
    CHECK(seen == array{element, other, element});
    CHECK(feed.add("x").failure().code == errc::parse_error);
  }
}

TEST_CASE("an array in pieces that is none, ends early, or holds what is refused") {
  const auto ignore = [](const value&) -> result<void> { return {}; };
  cbor_array_feed none{ignore};
  CHECK(none.add("\x01").failure().code == errc::parse_error);
  cbor_array_feed early{ignore};
  CHECK(early.add("\x82\x01").ok());
  CHECK(early.finish().failure().code == errc::parse_error);
  cbor_array_feed empty{ignore};
  CHECK(empty.finish().failure().code == errc::parse_error);
  CHECK(empty.add("\x80").ok());
  CHECK(empty.finish().ok());
  cbor_array_feed stopped{[](const value&) { return result<void>{fail(errc::corrupt, "no")}; }};
  CHECK(stopped.add("\x81\x01").failure().code == errc::corrupt);
  cbor_array_feed tight{ignore, codec_limits{4, 10}};
  CHECK(tight
            .add(from_hex("81"
                          "58ff") +
                 std::string(10, 'x'))
            .failure()
            .code == errc::limit_exceeded);
  cbor_array_feed deep{ignore, codec_limits{1'000, 10}};
  CHECK_FALSE(deep.add("\x81" + std::string(100, '\x81')).ok());
}
