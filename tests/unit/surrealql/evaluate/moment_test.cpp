#include "surrealql/evaluate/moment.hpp"

#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/calendar.hpp"
#include "surrealql/values/text.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

/// An outcome holds exactly until the moment that its evaluation names.
namespace {

constexpr datetime noon{1'700'000'000, 0};

datetime after(datetime at, std::int64_t nanos) {
  datetime out;
  const bool back = nanos < 0;
  const auto size = static_cast<std::uint64_t>(back ? -nanos : nanos);
  REQUIRE(shift(at, {size / 1'000'000'000, static_cast<std::uint32_t>(size % 1'000'000'000)}, back,
                out));
  return out;
}

constexpr std::int64_t second = 1'000'000'000;
constexpr datetime tick{1'700'000'001, 0};

struct outcome {
  std::string shown;
  std::optional<datetime> until;
};

outcome evaluated(const expr& e, const value& row, const datetime& now) {
  moment at(now, tick);
  eval_context context;
  context.document = &row;
  context.at = &at;
  const auto v = evaluate(e, context);
  // SurrealDB names the operands of what fails, and with them the moment.
  return {v.ok() ? to_text(*v) : "fails", at.until()};
}

value row_at(const datetime& at) {
  return value(object{{"at", value(at)},
                      {"later", value(after(at, 5 * second))},
                      {"age", value(duration{3, 1})},
                      {"n", value(7)}});
}

}  // namespace

TEST_CASE("a comparison with the clock holds until it flips, not a nanosecond longer or shorter") {
  const std::vector<std::string> texts{
      "at < time::now()",
      "at <= time::now()",
      "at > time::now()",
      "at >= time::now()",
      "at = time::now()",
      "at == time::now()",
      "at != time::now()",
      "time::now() < at",
      "at < time::now() - 2s",
      "at - 2s <= time::now()",
      "at > 2s + time::now()",
      "2s - time::now() > at",
      "time::now() - at < 4s",
      "time::now() - at >= age",
      "at - time::now() < 4s",
      "4s > time::now() - at",
      "time::now() + age < later",
      "time::now() - at - 1s < 4s",
      "at < time::now() AND later > time::now()",
      "at > time::now() OR later < time::now()",
      "IF at < time::now() { 'past' } ELSE { 'future' }",
      "!(at < time::now())",
      "[at < time::now(), later < time::now()]",
      "(at < time::now()) = true",
      "time::now() < time::now() + 1s",
      "n < time::now()",
      "missing < time::now()",
      "time::now() - missing < 4s",
      "at < time::now() + (IF later < time::now() { 1s } ELSE { 9s })",
      "{ LET $d = 3s; RETURN at < time::now() - $d }"};
  for (const std::string& text : texts) {
    CAPTURE(text);
    const auto parsed = parse_expression(text);
    REQUIRE(parsed.ok());
    for (const std::int64_t distance :
         {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, 2 * second, -2 * second, 4 * second,
          -4 * second, -3 * second, 90'000 * second, -90'000 * second, second / 2}) {
      CAPTURE(distance);
      const value row = row_at(after(noon, distance));
      datetime now = noon;
      // From flip to flip: between them nothing changes.
      for (int flips = 0; flips < 8; ++flips) {
        const outcome first = evaluated(**parsed, row, now);
        if (!first.until) {
          CHECK(evaluated(**parsed, row, after(now, 400'000 * second)).shown == first.shown);
          break;
        }
        REQUIRE(*first.until > now);
        CHECK(evaluated(**parsed, row, after(*first.until, -1)).shown == first.shown);
        const outcome next = evaluated(**parsed, row, *first.until);
        // Two comparisons may flip at once, or the one that flips may not be looked at; what fails
        // for one reason may fail for another.
        const bool single =
            text.find("AND") == std::string::npos && text.find("OR") == std::string::npos &&
            text.find("later") == std::string::npos && text.find("- 1s <") == std::string::npos;
        if (single) CHECK(next.shown != first.shown);
        now = *first.until;
        CHECK(flips < 7);
      }
    }
  }
}

TEST_CASE("a clock that goes into the outcome is looked at again at the next tick") {
  for (const char* text :
       {"time::now()", "time::now() - at", "time::year()", "time::unix(time::now()) > 5",
        "(time::now() - at) * 2 < 1h", "at IN [time::now()]", "<string> time::now() < 'x'",
        "later - time::now() > time::now() - at"}) {
    CAPTURE(text);
    const auto parsed = parse_expression(text);
    REQUIRE(parsed.ok());
    CHECK(evaluated(**parsed, row_at(after(noon, -second)), noon).until == tick);
  }
}

TEST_CASE("a flip before the next tick comes first") {
  const auto parsed = parse_expression("[time::now(), at < time::now()]");
  REQUIRE(parsed.ok());
  CHECK(evaluated(**parsed, row_at(after(noon, second / 4)), noon).until ==
        after(noon, second / 4 + 1));
  CHECK(evaluated(**parsed, row_at(after(noon, -5)), noon).until == tick);
}

TEST_CASE("what does not look at the clock holds for ever") {
  const auto parsed = parse_expression("[at < later, time::year(at), later - at]");
  REQUIRE(parsed.ok());
  CHECK_FALSE(evaluated(**parsed, row_at(noon), noon).until);
}

TEST_CASE("parts of the time are those of the moment where none is given") {
  const value nothing;
  const datetime now{1'796'056'950, 123'456'789};
  for (const auto& [text, wanted] : std::vector<std::pair<const char*, const char*>>{
           {"time::now()", "d'2026-11-30T16:42:30.123456789Z'"},
           {"time::year()", "2026"},
           {"time::month()", "11"},
           {"time::day()", "30"},
           {"time::hour()", "16"},
           {"time::minute()", "42"},
           {"time::second()", "30"},
           {"time::wday()", "1"},
           {"time::week()", "49"},
           {"time::yday()", "334"},
           {"time::unix()", "1796056950"},
           {"time::millis()", "1796056950123"},
           {"time::micros()", "1796056950123456"},
           {"time::nano()", "1796056950123456789"},
           {"time::is_leap_year()", "false"}}) {
    CAPTURE(text);
    const auto parsed = parse_expression(text);
    REQUIRE(parsed.ok());
    CHECK(evaluated(**parsed, nothing, now).shown == wanted);
  }
}

TEST_CASE("without a moment whatever reads the clock fails, and nothing else") {
  const eval_context context;
  CHECK(evaluate(**parse_expression("time::year(d'2020-01-01T00:00:00Z')"), context).ok());
  const auto now = evaluate(**parse_expression("time::now()"), context);
  REQUIRE_FALSE(now.ok());
  CHECK(now.failure().code == errc::unsupported);
}
