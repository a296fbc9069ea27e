#include "views/maintain/row_sequence.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;

namespace {

using roots = std::vector<std::uint32_t>;

/// Two tables as sources: root 2n is row n of the first, 2n + 1 of the second.
struct two_tables {
  row_table first{"a", 0};
  row_table second{"b", 1};
  source_roots all;
  row_order by_scan;

  two_tables() {
    for (int key = 0; key < 5; ++key) {
      first.find_or_make(value(key));
      second.find_or_make(value(key));
    }
    all.add({&first, {}});
    all.add({&second, {}});
  }
};

roots everything(const row_sequence& s) { return s.slice(0, row_sequence::unlimited); }

}  // namespace

TEST_CASE("rows without a sort key come in the order of the scan: sources, then ids") {
  const two_tables tables;
  row_sequence sequence(tables.by_scan, tables.all);
  const value none = value::none();
  for (const std::uint32_t root : {3, 4, 1, 0, 2}) sequence.move(root, nullptr, &none);
  CHECK(everything(sequence) == roots{0, 2, 4, 1, 3});
  CHECK(sequence.rank(none, 1) == 3);
  CHECK(sequence.slice(1, 2) == roots{2, 4});
  CHECK(sequence.slice(3, 9) == roots{1, 3});
  CHECK(sequence.slice(1, 0).empty());
}

TEST_CASE("a row leaves with the key it came with") {
  const two_tables tables;
  row_sequence sequence(tables.by_scan, tables.all);
  const value none = value::none();
  sequence.move(0, nullptr, &none);
  sequence.move(2, nullptr, &none);
  sequence.move(0, &none, &none);
  CHECK(everything(sequence) == roots{0, 2});
  sequence.move(0, &none, nullptr);
  CHECK(everything(sequence) == roots{2});
}

TEST_CASE("what is cut off is named") {
  const two_tables tables;
  row_sequence sequence(tables.by_scan, tables.all);
  const value none = value::none();
  for (const std::uint32_t root : {0, 2, 4, 6}) sequence.move(root, nullptr, &none);
  CHECK(sequence.keep_first(1) == roots{2, 4, 6});
  CHECK(everything(sequence) == roots{0});
}

TEST_CASE("rows that stay have moved only against each other") {
  CHECK_FALSE(survivors_moved({{3, 3}}));
  CHECK(survivors_moved({{3, 2}}));
  CHECK_FALSE(survivors_moved({{0, std::nullopt}, {3, 2}}));
  CHECK_FALSE(survivors_moved({{std::nullopt, 0}, {3, 4}}));
  CHECK(survivors_moved({{5, std::nullopt}, {3, 2}}));
  CHECK(survivors_moved({{0, 1}, {1, 0}}));
  CHECK_FALSE(survivors_moved({{0, std::nullopt}, {std::nullopt, 7}}));
}
