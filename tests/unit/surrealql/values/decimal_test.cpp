#include "surrealql/values/decimal.hpp"

#include <random>

#include <doctest/doctest.h>

using spooky::decimal;

namespace {

decimal dec(std::string_view text) { return decimal::parse_exact(text).value(); }

std::string added(std::string_view a, std::string_view b) {
  auto r = decimal::add(dec(a), dec(b));
  return r ? r->to_string() : "error";
}

std::string divided(std::string_view a, std::string_view b) {
  auto r = decimal::divide(dec(a), dec(b));
  return r ? r->to_string() : "error";
}

std::string multiplied(std::string_view a, std::string_view b) {
  auto r = decimal::multiply(dec(a), dec(b));
  return r ? r->to_string() : "error";
}

constexpr std::string_view largest = "79228162514264337593543950335";

}  // namespace

TEST_CASE("a decimal reads and prints as the engine's literals do") {
  CHECK(decimal::parse("1.50")->to_string() == "1.5");
  CHECK(decimal::parse_exact("1.50")->to_string() == "1.50");
  CHECK(decimal::parse("-0.0")->to_string() == "0");
  CHECK(decimal::parse("1e-7")->to_string() == "0.0000001");
  CHECK(decimal::parse("1e28")->to_string() == "10000000000000000000000000000");
  CHECK(decimal::parse("1.23456789012345678901234567895")->to_string() ==
        "1.234567890123456789012345679");
  CHECK(decimal::parse("0.00000000000000000000000000005")->to_string() ==
        "0.0000000000000000000000000001");
  CHECK(decimal::parse("0.00000000000000000000000000004")->to_string() == "0");
  CHECK(decimal::parse(largest)->to_string() == largest);
}

TEST_CASE("what is no decimal is refused with the text named") {
  for (const char* text : {"", "-", ".", "1.2.3", "abc", "1e", "1e29", "1e+x", "0x10", "1 ",
                           "79228162514264337593543950336", "123456789012345678901234567890"}) {
    CAPTURE(text);
    auto parsed = decimal::parse(text);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.failure().code == spooky::errc::parse_error);
    CHECK(parsed.failure().message.find("'" + std::string(text) + "'") != std::string::npos);
  }
}

// Every expectation below is the engine's answer to the same expression.
TEST_CASE("arithmetic rounds as the engine's") {
  CHECK(multiplied("1.5", "2") == "3.0");
  CHECK(added("1.5", "1.5") == "3.0");
  CHECK(added("1.25", "-0.25") == "1.00");
  CHECK(added("1.5", "0") == "1.5");
  CHECK(divided("10", "3") == "3.3333333333333333333333333333");
  CHECK(divided("2", "3") == "0.6666666666666666666666666667");
  CHECK(divided("1", "8") == "0.125");
  CHECK(divided("10", "4") == "2.50");
  CHECK(divided("100", "7") == "14.285714285714285714285714286");
  CHECK(divided(largest, "3") == "26409387504754779197847983445");
  CHECK(added(largest, "0.5") == "error");
  CHECK(added(largest, "1") == "error");
  CHECK(added(largest, "0.4") == largest);
  CHECK(divided("2", "1.4166666666666666666666666667") == "1.4117647058823529411764705882");
  CHECK(divided("1", "0") == "error");
  CHECK(multiplied(largest, "10") == "error");
  CHECK(multiplied(largest, "0.1") == "7922816251426433759354395033.5");
  CHECK(decimal::remainder(dec("5.5"), dec("2"))->to_string() == "1.5");
  CHECK(decimal::remainder(dec("-5.5"), dec("2"))->to_string() == "-1.5");
  CHECK(decimal::remainder(dec("10"), dec("0.3"))->to_string() == "0.1");
  CHECK_FALSE(decimal::remainder(dec("5"), dec("0")).ok());
  CHECK(decimal::add(dec("1"), dec(largest)).failure().message ==
        "Cannot perform addition with '1' and '79228162514264337593543950335'");
}

TEST_CASE("floats convert to the decimal a person would write") {
  CHECK(decimal::from_double(0.1)->to_string() == "0.1");
  CHECK(decimal::from_double(0.12345678901234567)->to_string() == "0.1234567890123457");
  CHECK(decimal::from_double(123456789.12345678)->to_string() == "123456789.1234568");
  CHECK(decimal::from_double(1.0 / 3)->to_string() == "0.3333333333333333");
  CHECK(decimal::from_double(1.1 * 1.1)->to_string() == "1.21");
  CHECK(decimal::from_double(1e15)->to_string() == "1000000000000000");
  CHECK(decimal::from_double(1e20)->to_string() == "100000000000000000000");
  CHECK(decimal::from_double(1e-20)->to_string() == "0.00000000000000000001");
  CHECK_FALSE(decimal::from_double(1e30).ok());
  CHECK_FALSE(decimal::from_double(0.0 / 0.0).ok());
}

TEST_CASE("comparison ignores trailing zeros and aligns scales") {
  CHECK(dec("1.0") == dec("1"));
  CHECK(dec("1.1") > dec("1.09"));
  CHECK(dec("-1.1") < dec("-1.09"));
  CHECK(dec(largest) > dec("0.0000000000000000000000000001"));
  CHECK(dec("0.0") == dec("0"));
}

TEST_CASE("conversion to int and double") {
  CHECK(dec("-9223372036854775808").to_integer().value() == INT64_MIN);
  CHECK_FALSE(dec("9223372036854775808").to_integer().ok());
  CHECK(dec("-2.9").to_integer().value() == -2);
  CHECK(dec("13.571938471938471938563985639").to_double() == 13.571938471938472);
  CHECK(decimal(INT64_MIN).to_string() == "-9223372036854775808");
}

TEST_CASE("rounding functions") {
  CHECK(dec("2.5").rounded(0).to_string() == "2");
  CHECK(dec("3.5").rounded(0).to_string() == "4");
  CHECK(dec("1.256").rounded(2).to_string() == "1.26");
  CHECK(dec("-1.2").floor().to_string() == "-2");
  CHECK(dec("-1.2").ceil().to_string() == "-1");
  CHECK(dec("1.2").ceil().to_string() == "2");
  CHECK(dec("1.2").floor().to_string() == "1");
}

TEST_CASE("property: arithmetic agrees with 128-bit integers") {
  const unsigned seed = 20240117;
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20000; ++i) {
    const auto a = static_cast<std::int64_t>(random()) >> (random() % 40 + 20);
    const auto b = static_cast<std::int64_t>(random()) >> (random() % 40 + 20);
    CAPTURE(a);
    CAPTURE(b);
    CHECK(decimal::add(decimal(a), decimal(b)).value() == decimal(a + b));
    CHECK(decimal::subtract(decimal(a), decimal(b)).value() == decimal(a - b));
    const auto product = static_cast<__int128>(a) * b;
    const bool negative = product < 0;
    CHECK(decimal::multiply(decimal(a), decimal(b)).value() ==
          decimal::from_parts(static_cast<unsigned __int128>(negative ? -product : product), 0,
                              negative));
    if (b == 0) continue;
    CHECK(decimal::remainder(decimal(a), decimal(b)).value() == decimal(a % b));
    CHECK(decimal::divide(decimal(a), decimal(b))->truncated() == decimal(a / b));
    CHECK((decimal(a) <=> decimal(b)) == (a <=> b));
  }
}

TEST_CASE("dividing by a decimal of 28 digits after the point is exact to the last digit") {
  const auto one = decimal(1);
  const auto seventh = decimal::parse("0.1408450704225352112676056338");
  REQUIRE(seventh.ok());
  const auto quotient = decimal::divide(one, *seventh);
  REQUIRE(quotient.ok());
  CHECK(quotient->to_string() == "7.1000000000000000000000000001");
}
