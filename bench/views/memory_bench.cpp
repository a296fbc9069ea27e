/// bench_memory [views]: bytes of heap per row, and per idle filter view besides its result.
#include "workload.hpp"

#include <malloc.h>

using namespace spooky;
using namespace spooky::bench;

namespace {

std::size_t heap() { return mallinfo2().uordblks; }

}  // namespace

int main(int argc, char** argv) {
  const std::size_t views = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000;
  constexpr std::size_t rows = 100'000;
  views::engine e;
  const std::size_t before_rows = heap();
  {
    std::vector<value> posts;
    for (std::size_t i = 0; i < rows; ++i)
      posts.push_back(make_post(i, author_id(i % 1000), static_cast<std::int64_t>(i)));
    need(e.load("post", posts, 1));
  }
  const std::size_t after_rows = heap();
  // Authors without posts: views with nothing in their results.
  const auto open = [&](std::size_t i) {
    need(e.register_view("view:" + std::to_string(i), "SELECT * FROM post WHERE author = $author",
                         object{{"author", author_id(1'000'000 + i)}}));
  };
  open(views);
  const std::size_t before_views = heap();
  for (std::size_t i = 0; i < views; ++i) open(i);
  const std::size_t after_views = heap();
  std::printf(
      "{\"bench\":\"memory\",\"rows\":%zu,\"views\":%zu,\"bytes_per_row\":%.0f,"
      "\"index_bytes_per_row\":%.0f,\"bytes_per_view\":%.0f}\n",
      rows, views, static_cast<double>(after_rows - before_rows) / rows,
      static_cast<double>(before_views - after_rows) / rows,
      static_cast<double>(after_views - before_views) / static_cast<double>(views));
}
