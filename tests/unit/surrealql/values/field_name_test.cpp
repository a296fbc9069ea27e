#include "surrealql/values/field_name.hpp"

#include "surrealql/codec/cbor.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace std::string_literals;

namespace {

/// Of every length around the longest that lies in place, and such as differ late or by a zero
/// byte.
std::vector<std::string> texts() {
  std::vector<std::string> all{
      ""s,        "\0"s,           "\0\0"s,      "a"s,          "a\0"s,     "b"s,
      "created"s, "created_"s,     "created_a"s, "created_at"s, "creates"s, "\x7f"s,
      "é"s,       "名前の長い列"s, "Z"s};
  for (std::size_t length = 1; length < 20; ++length) {
    all.emplace_back(length, 'm');
    all.push_back(std::string(length, 'm') + "n");
  }
  return all;
}

}  // namespace

TEST_CASE("a field name holds its text and orders as the text does") {
  for (const auto& a : texts()) {
    const field_name left(a);
    CHECK(left.view() == a);
    CHECK(left.size() == a.size());
    CHECK(left.empty() == a.empty());
    for (const auto& b : texts()) {
      const field_name right(b);
      CAPTURE(a);
      CAPTURE(b);
      CHECK((left == right) == (a == b));
      CHECK((left <=> right) == (a <=> b));
      CHECK((left == b) == (a == b));
      CHECK((left < b) == (a < b));
      if (a == b) CHECK(std::hash<field_name>{}(left) == std::hash<field_name>{}(right));
    }
  }
}

TEST_CASE("copies of a field name outlive what they were copied from") {
  for (const auto& text : texts()) {
    auto first = std::make_unique<field_name>(text);
    field_name copy = *first;
    field_name moved = std::move(*first);
    first.reset();
    CHECK(copy == text);
    CHECK(moved == text);
    moved = copy;
    const field_name& itself = moved;
    moved = itself;
    copy = field_name("another name");
    CHECK(moved == text);
    CHECK(copy == "another name");
  }
}

TEST_CASE("a decoder lets rows share their long names") {
  std::string row;
  surrealql::encode_cbor(value(object{{"a_rather_long_name", 1}}), row);
  const auto first = surrealql::decode_cbor(std::string_view(row));
  const auto second = surrealql::decode_cbor(std::string_view(row));
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  const auto name_of = [](const value& v) { return v.as_object().begin()->first.view(); };
  CHECK(name_of(*first) == "a_rather_long_name");
  CHECK(name_of(*first).data() == name_of(*second).data());
}

TEST_CASE("no thread remembers names so long that they would fill its memory") {
  const std::string usual(64, 'n');
  const std::string huge(65, 'n');
  const auto kept = field_name::recent(usual);
  CHECK(kept.view().data() == field_name::recent(usual).view().data());
  const auto other = field_name::recent(huge);
  CHECK(other == huge);
  CHECK(other.view().data() != field_name::recent(huge).view().data());
}

TEST_CASE("names shared by threads are given back once") {
  std::vector<std::string> names;
  for (int i = 0; i < 600; ++i) names.push_back("shared_name_" + std::to_string(i));
  std::vector<field_name> common;
  for (const auto& name : names) common.push_back(field_name::recent(name));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([common, &names, &wrong] {
      for (int round = 0; round < 50; ++round)
        for (std::size_t i = 0; i < names.size(); ++i) {
          const field_name copy = common[i];
          if (copy != field_name::recent(names[i])) ++wrong;
        }
    });
  common.clear();
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  for (const auto& name : names) CHECK(field_name::recent(name) == name);
}
