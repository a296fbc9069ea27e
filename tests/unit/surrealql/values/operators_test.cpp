#include "surrealql/values/operators.hpp"

#include "tests/unit/surrealql/recorded.hpp"

#include <functional>
#include <map>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

using operation = std::function<result<value>(const value&, const value&)>;

operation yes_or_no(bool (*f)(const value&, const value&)) {
  return [f](const value& a, const value& b) { return result<value>(value(f(a, b))); };
}

const std::map<std::string, operation>& operations() {
  // Numbers have operations of the same names.
  const auto of_values = [](result<value> (*calculate)(const value&, const value&)) {
    return operation(calculate);
  };
  static const std::map<std::string, operation> all = {
      {"+", of_values(add)},
      {"-", of_values(subtract)},
      {"*", of_values(multiply)},
      {"/", of_values(divide)},
      {"%", of_values(remainder)},
      {"**", of_values(power)},
      {"=", yes_or_no(equal)},
      {"?=", yes_or_no(any_equal)},
      {"*=", yes_or_no(all_equal)},
      {"CONTAINS", yes_or_no(contains)},
      {"CONTAINSALL", yes_or_no(contains_all)},
      {"CONTAINSANY", yes_or_no(contains_any)},
      {"CONTAINSNONE", yes_or_no(contains_none)},
      {"INTERSECTS", yes_or_no(intersects)},
      {"<", [](const value& a, const value& b) { return result<value>(value(a < b)); }}};
  return all;
}

}  // namespace

TEST_CASE("operators answer as the engine does") {
  const auto all = test::read_recorded("3.0/expressions/operators.txt");
  REQUIRE(all.size() > 3000);
  for (const auto& [expression, answer] : all) {
    CAPTURE(expression);
    // `(left) op (right)`: an operator stands between a closing and an opening parenthesis.
    const auto close = expression.find(") ");
    const auto open = expression.find(" (", close);
    REQUIRE(open != std::string::npos);
    auto left = parse_value(expression.substr(1, close - 1));
    const auto right = parse_value(expression.substr(open + 2, expression.size() - open - 3));
    REQUIRE_MESSAGE(left.ok(), left.failure().message);
    REQUIRE_MESSAGE(right.ok(), right.failure().message);
    const auto& run = operations().at(expression.substr(close + 2, open - close - 2));
    CHECK(test::as_recorded(run(*left, *right)) == answer);
  }
}

TEST_CASE("negation fails where there is no negative") {
  CHECK(*negate(value(5)) == value(-5));
  CHECK(*negate(value(1.5)) == value(-1.5));
  CHECK(negate(value(INT64_MIN)).failure().message ==
        "Cannot negate the value '-9223372036854775808'");
  CHECK(negate(value("a")).failure().message == "Cannot negate the value ''a''");
}
