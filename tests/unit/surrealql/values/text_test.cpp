#include "surrealql/values/text.hpp"

#include <fstream>
#include <limits>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

std::string datetime_text(std::string_view text) {
  auto v = parse_datetime(text);
  return v ? to_text(*v) : "error";
}

std::string duration_text(std::string_view text) {
  auto v = parse_duration(text);
  return v ? to_text(*v) : "error";
}

std::string record_text(std::string_view text) {
  auto v = parse_record_id(text);
  return v ? to_text(*v) : "error";
}

}  // namespace

TEST_CASE("values print as the engine prints them, and read back") {
  // Each line is what the engine answered to `<string>[expression]`, without the brackets.
  std::ifstream file(SPOOKY_TEST_DATA "/text/values.txt");
  REQUIRE(file);
  std::string line;
  int count = 0;
  while (std::getline(file, line)) {
    CAPTURE(line);
    const auto v = parse_value(line);
    REQUIRE_MESSAGE(v.ok(), v.failure().message);
    CHECK(to_text(*v) == line);
    ++count;
  }
  CHECK(count > 80);
}

TEST_CASE("floats print all digits, shortest, without exponent") {
  CHECK(to_text(1.0) == "1f");
  CHECK(to_text(-0.0) == "-0f");
  CHECK(to_text(1e21) == "1000000000000000000000f");
  CHECK(to_text(1e23) == "100000000000000000000000f");
  CHECK(to_text(1e-7) == "0.0000001f");
  CHECK(to_text(0.1 + 0.2) == "0.30000000000000004f");
  CHECK(to_text(123456.789) == "123456.789f");
  CHECK(to_text(-std::numeric_limits<double>::infinity()) == "-Infinity");
  CHECK(to_text(std::numeric_limits<double>::quiet_NaN()) == "NaN");
}

TEST_CASE("what fuzzing found") {
  const value file = value::file("buck et", "/dir+name's \\ \"x\"");
  CHECK(parse_value(to_text(file)).value() == file);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(to_text(value(geometry{geometry::kind::point, {{nan, 1}}, {}})) == "(NaN, 1)");
  const value far(geometry{geometry::kind::point, {{3.72e51, -2}}, {}});
  CHECK(parse_value(to_text(far)).value() == far);
}

TEST_CASE("datetimes read as the engine reads them") {
  CHECK(datetime_text("2024-01-01") == "2024-01-01T00:00:00Z");
  CHECK(datetime_text("2024-01-01T10:20:30.5Z") == "2024-01-01T10:20:30.500Z");
  CHECK(datetime_text("2024-01-01T10:20:30.1234Z") == "2024-01-01T10:20:30.123400Z");
  CHECK(datetime_text("2024-01-01T10:20:30.1234567891Z") == "2024-01-01T10:20:30.123456789Z");
  CHECK(datetime_text("2024-01-01T10:20:30.1234567885Z") == "2024-01-01T10:20:30.123456789Z");
  CHECK(datetime_text("2024-01-01T10:20:30.1234567894444Z") == "2024-01-01T10:20:30.123456789Z");
  CHECK(datetime_text("2024-01-01T10:20:30.1234567894445Z") == "2024-01-01T10:20:30.123456790Z");
  CHECK(datetime_text("2024-01-01T10:20:30.9999999994Z") == "2024-01-01T10:20:30.999999999Z");
  CHECK(datetime_text("2024-01-01T10:20:30.9999999995Z") == "error");
  CHECK(datetime_text("0000-02-29T00:00:00Z") == "0000-02-29T00:00:00Z");
  CHECK(datetime_text("2024-01-01T10:20:30+02:00") == "2024-01-01T08:20:30Z");
  CHECK(datetime_text("2024-01-01 10:20:30Z") == "2024-01-01T10:20:30Z");
  CHECK(datetime_text("2024-02-29t23:59:59z") == "2024-02-29T23:59:59Z");
  CHECK(datetime_text("+12024-01-01T10:20:30Z") == "+12024-01-01T10:20:30Z");
  CHECK(datetime_text("-0001-01-01T10:20:30Z") == "-0001-01-01T10:20:30Z");
  CHECK(datetime_text("1969-12-31T23:59:59.5Z") == "1969-12-31T23:59:59.500Z");
  for (const char* text :
       {"", "2024-01-01T10", "2024-01-01T10:20:30", "2024-01-01T10:20:30+0200", "2023-02-29",
        "2024-02-30T10:20:30Z", "2024-01-01T24:00:00Z", "2024-01-01T23:59:60Z", "2024-13-01",
        "24-01-01", "2024-01-01T10:20:30.Z", "2024-01-01T10:20:30Zx", "+262143-01-01T00:00:00Z"}) {
    CAPTURE(text);
    CHECK(datetime_text(text) == "error");
  }
}

TEST_CASE("property: datetimes survive text for any second of any year") {
  for (std::int64_t seconds = -8'334'601'228'800; seconds < 8'210'266'876'799;
       seconds += 7'654'321'987) {
    const datetime at{seconds, 1};
    CHECK(parse_datetime(to_text(at)).value() == at);
  }
}

TEST_CASE("durations read as the engine reads them") {
  CHECK(duration_text("1h30m") == "1h30m");
  CHECK(duration_text("90m") == "1h30m");
  CHECK(duration_text("1m1h") == "1h1m");
  CHECK(duration_text("1us") == "1µs");
  CHECK(duration_text("1µs") == "1µs");
  CHECK(duration_text("0s") == "0ns");
  CHECK(duration_text("1y2w3d4h5m6s7ms8us9ns") == "1y2w3d4h5m6s7ms8µs9ns");
  CHECK(duration_text("18446744073709551615s") == "584942417355y3w5d7h15s");
  for (const char* text : {"", "1", "h", "1h 30m", "1.5h", "-1h", "18446744073709551616s",
                           "500000000000000000000y", "1hh"}) {
    CAPTURE(text);
    CHECK(duration_text(text) == "error");
  }
}

TEST_CASE("record ids read from every spelling and print the engine's") {
  CHECK(record_text("person:tobie") == "person:tobie");
  CHECK(record_text("person:1") == "person:1");
  CHECK(record_text("person:01") == "person:1");
  CHECK(record_text("person:-1") == "person:-1");
  CHECK(record_text("person:1a") == "person:1a");
  CHECK(record_text("person:`1`") == "person:`1`");
  CHECK(record_text("person:⟨1⟩") == "person:`1`");
  CHECK(record_text("person:9223372036854775808") == "person:`9223372036854775808`");
  CHECK(record_text("person:`a b`") == "person:`a b`");
  CHECK(record_text("person:⟨a:b⟩") == "person:`a:b`");
  CHECK(record_text("person:['a',1]") == "person:['a', 1]");
  CHECK(record_text("person:{a:1}") == "person:{ a: 1 }");
  CHECK(record_text("person:u'018f0000-0000-7000-8000-000000000001'") ==
        "person:u'018f0000-0000-7000-8000-000000000001'");
  CHECK(record_text("person:1..5") == "person:1..5");
  CHECK(record_text("`per son`:tobie") == "`per son`:tobie");
  CHECK(record_text("select:tobie") == "`select`:tobie");
  CHECK(record_text("r'person:1'") == "person:1");
  for (const char* text : {"", "person", "person:", ":a", "person:a-b", "person:a:b", "person:'a'",
                           "1person:a", "person:1.5", "person:`a", "person:[1", "person:a b"}) {
    CAPTURE(text);
    CHECK(record_text(text) == "error");
  }
  CHECK(parse_record_id("person:a-b").failure().message.find("person:a-b") != std::string::npos);
}

TEST_CASE("uuids read with and without hyphens") {
  const std::string canonical = "018f0000-0000-7000-8000-000000000001";
  CHECK(to_text(parse_uuid(canonical).value()) == canonical);
  CHECK(to_text(parse_uuid("018F0000000070008000000000000001").value()) == canonical);
  CHECK(to_text(parse_uuid("{018f0000-0000-7000-8000-000000000001}").value()) == canonical);
  CHECK_FALSE(parse_uuid("018f0000-0000-7000-8000-00000000000").ok());
  CHECK_FALSE(parse_uuid("018f0000-0000-7000-8000-00000000000g").ok());
}

TEST_CASE("a broken constant names the character") {
  CHECK(parse_value("[1, 2").failure().message == "Expected , or ] at character 6, found the end");
  CHECK(parse_value("{a: }").failure().message == "Expected a value at character 5, found '}'");
  CHECK(parse_value("'abc").failure().code == errc::parse_error);
  CHECK(parse_value("1 2").failure().code == errc::parse_error);
  CHECK(parse_value(std::string(5000, '[')).failure().code == errc::limit_exceeded);
  CHECK(parse_value("99999999999999999999").failure().code == errc::parse_error);
}
