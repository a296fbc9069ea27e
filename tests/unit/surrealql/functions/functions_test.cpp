#include "surrealql/functions/functions.hpp"

#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/syntax/parse.hpp"
#include "tests/unit/surrealql/recorded.hpp"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

std::string answered(const std::string& expression, semantics rules) {
  auto parsed = parse_expression(expression);
  if (!parsed) return "PARSE " + parsed.failure().message;
  eval_context context;
  context.rules = rules;
  return test::as_recorded(evaluate(**parsed, context));
}

void agrees_with_engine(const std::string& file, std::size_t at_least) {
  for (const auto& [folder, rules] : test::recorded_versions()) {
    const auto all = test::read_recorded(folder + "/functions/" + file);
    REQUIRE(all.size() >= at_least);
    for (const auto& [expression, answer] : all) {
      CAPTURE(folder);
      CAPTURE(expression);
      CHECK(answered(expression, rules) == answer);
    }
  }
}

}  // namespace

TEST_CASE("string functions answer as the engine") { agrees_with_engine("string.txt", 150); }
TEST_CASE("array functions answer as the engine") { agrees_with_engine("array.txt", 130); }
TEST_CASE("math and vector functions answer as the engine") { agrees_with_engine("math.txt", 150); }
TEST_CASE("time and duration functions answer as the engine") {
  agrees_with_engine("time.txt", 90);
}
TEST_CASE("type, record, object, set and other functions answer as the engine") {
  agrees_with_engine("type.txt", 200);
}

TEST_CASE("the table is sorted, without duplicates, and finds every entry") {
  const auto all = all_functions();
  CHECK(all.size() > 300);
  CHECK(std::is_sorted(all.begin(), all.end(),
                       [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(find_function(all[i].name) == &all[i]);
    if (i > 0) CHECK(all[i].name != all[i - 1].name);
    CHECK((all[i].call == nullptr) == (all[i].kind == determinism::refused));
  }
  CHECK(find_function("string::nope") == nullptr);
  CHECK(find_function("") == nullptr);
}

TEST_CASE("what depends on more than its arguments is refused") {
  for (const char* name :
       {"rand", "rand::uuid::v7", "http::get", "sleep", "session::id", "array::shuffle"}) {
    CAPTURE(name);
    const auto* f = find_function(name);
    REQUIRE(f != nullptr);
    CHECK(f->kind == determinism::refused);
  }
  CHECK(find_function("record::exists")->kind == determinism::reads_records);
  CHECK(reads_clock(*find_function("time::now"), 0));
  CHECK(reads_clock(*find_function("time::year"), 0));
  CHECK_FALSE(reads_clock(*find_function("time::year"), 1));
}

TEST_CASE("methods lead to the functions the engine calls") {
  CHECK(find_method(value_type::string, "len")->name == "string::len");
  CHECK(find_method(value_type::array, "len")->name == "array::len");
  CHECK(find_method(value_type::string, "is_semver")->name == "string::is_semver");
  CHECK(find_method(value_type::string, "is_array")->name == "type::is_array");
  CHECK(find_method(value_type::string, "semver_set_minor")->name == "string::semver::set::minor");
  CHECK(find_method(value_type::array, "sort_asc")->name == "array::sort::asc");
  CHECK(find_method(value_type::array, "sort_natural_lexical")->name ==
        "array::sort_natural_lexical");
  CHECK(find_method(value_type::array, "vector_distance_euclidean")->name ==
        "vector::distance::euclidean");
  CHECK(find_method(value_type::integer, "type_of")->name == "type::of");
  CHECK(find_method(value_type::datetime, "to_string")->name == "type::string");
  CHECK(find_method(value_type::string, "repeat")->name == "string::repeat");
  CHECK(find_method(value_type::object, "repeat")->name == "array::repeat");
  CHECK(find_method(value_type::integer, "sum") == nullptr);
  CHECK(find_method(value_type::array, "nope") == nullptr);
}
