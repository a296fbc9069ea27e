#include "machines/allowlist.hpp"

#include <string>

#include <doctest/doctest.h>

using spooky::machines::allowlist;

TEST_CASE("a list is what it was written as, sorted, each shape once") {
  auto list = allowlist::read(
                  "-- what the web client asks\n\nSELECT b FROM t\r\nSELECT a FROM t\n"
                  "SELECT b FROM t")
                  .value();
  CHECK(list.shapes().size() == 2);
  CHECK(list.has("SELECT a FROM t"));
  CHECK_FALSE(list.has("SELECT a FROM"));
  CHECK(list.text() == "SELECT a FROM t\nSELECT b FROM t\n");
  CHECK(allowlist::read(list.text()).value().text() == list.text());
  CHECK(allowlist::read("").value().shapes().empty());
}

TEST_CASE("a shape is added and removed once") {
  allowlist list;
  CHECK(list.add("SELECT a FROM t"));
  CHECK_FALSE(list.add("SELECT a FROM t"));
  CHECK(list.remove("SELECT a FROM t"));
  CHECK_FALSE(list.remove("SELECT a FROM t"));
  CHECK(list.text().empty());
}

TEST_CASE("a line that is no shape is named, and there are not more than so many") {
  const auto wrong = allowlist::read("SELECT a FROM t\nDELETE t\n");
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.failure().message.starts_with("line 2 is no shape"));
  std::string many;
  for (std::size_t i = 0; i <= allowlist::most_shapes; ++i)
    many += "SELECT a" + std::to_string(i) + " FROM t\n";
  CHECK_FALSE(allowlist::read(many).ok());
}
