#include "views/maintain/row_window.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;

namespace {

using roots = std::vector<std::uint32_t>;

/// A table of rows 0..9 in the order of their keys, so that root n is row n.
struct ten_rows {
  row_table table{"t", 0};
  source_roots all;

  ten_rows() {
    for (int key = 0; key < 10; ++key)
      table.put(table.find_or_make(value(key)), value(object{{"k", value(key)}}), 1);
    all.add({&table, {}});
  }
};

bool counts(const row_window& window, std::uint32_t root, bool only_projecting, bool ordered) {
  const ten_rows rows;
  return window.counts_failure(root, only_projecting, ordered, rows.all);
}

row_window showing(std::size_t limit, roots shown) {
  row_window out(0, limit);
  out.show(std::move(shown));
  return out;
}

}  // namespace

TEST_CASE("what a window's rows were replaced by") {
  const window_change c = compare_windows({1, 2, 3}, {4, 1, 3});
  CHECK(c.left == roots{2});
  CHECK(c.entered == std::vector<bool>{true, false, false});
  CHECK(c.reordered);
}

TEST_CASE("the order is told if rows enter or change places, not if they only leave") {
  CHECK_FALSE(compare_windows({1, 2, 3}, {1, 3}).reordered);
  CHECK(compare_windows({1, 2, 3}, {1, 3, 2}).reordered);
  CHECK(compare_windows({1, 2, 3}, {3, 2}).reordered);
  CHECK(compare_windows({1, 2}, {1, 2, 3}).reordered);
  CHECK(compare_windows({3, 2, 1}, {}).left == roots{3, 2, 1});
}

TEST_CASE("a row that cannot be projected fails the view only where it is shown") {
  const row_window window = showing(2, {3, 5});
  CHECK(counts(window, 5, true, true));
  CHECK_FALSE(counts(window, 4, true, true));
  CHECK_FALSE(counts(window, 4, true, false));
}

TEST_CASE("a row whose place is unknown fails the view up to the window's last row") {
  const row_window full = showing(2, {3, 5});
  CHECK(counts(full, 4, false, false));
  CHECK_FALSE(counts(full, 6, false, false));
  CHECK(counts(full, 6, false, true));
  CHECK(counts(showing(3, {3, 5}), 6, false, false));
}

TEST_CASE("nothing fails behind LIMIT 0") {
  CHECK_FALSE(counts(showing(0, {}), 1, false, true));
  CHECK_FALSE(counts(showing(0, {}), 1, true, false));
}
