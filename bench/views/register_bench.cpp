/// bench_register [views]: how many views per second an engine takes in, and gives up again.
#include "workload.hpp"

#include <functional>

using namespace spooky;
using namespace spooky::bench;

namespace {

void measure(const char* name, std::size_t views,
             const std::function<std::pair<std::string, object>(std::size_t)>& query) {
  std::vector<value> rows;
  for (std::size_t i = 0; i < row_count; ++i)
    rows.push_back(make_post(i, author_id(i % 1000), static_cast<std::int64_t>(i)));
  views::engine e;
  need(e.load("post", rows, 1));
  const auto first = query(views);
  need(e.register_view("first", first.first, first.second));  // builds the shared index
  std::vector<std::pair<std::string, object>> queries;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < views; ++i) {
    queries.push_back(query(i));
    ids.push_back("view:" + std::to_string(i));
  }
  const double cpu_start = cpu_seconds();
  const stopwatch watch;
  for (std::size_t i = 0; i < views; ++i)
    need(e.register_view(ids[i], queries[i].first, queries[i].second));
  const double opened = watch.seconds();
  const double opened_cpu = cpu_seconds() - cpu_start;
  const stopwatch closing;
  for (std::size_t i = 0; i < views; ++i) e.unregister_view(ids[i]);
  const double closed = closing.seconds();
  std::printf(
      "{\"bench\":\"register_%s\",\"views\":%zu,\"rows\":%zu,\"views_per_s\":%.0f,\"views_per_cpu_"
      "s\":%.0f,"
      "\"unregistered_per_s\":%.0f}\n",
      name, views, row_count, static_cast<double>(views) / opened,
      static_cast<double>(views) / opened_cpu, static_cast<double>(views) / closed);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t views = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 50'000;
  measure("parameter", views, [](std::size_t i) {
    return std::pair<std::string, object>{
        "SELECT * FROM post WHERE author = $author AND score >= $score",
        object{{"author", author_id(i % 1000)}, {"score", value(static_cast<std::int64_t>(i))}}};
  });
  measure("literal", views, [](std::size_t i) {
    return std::pair<std::string, object>{
        "SELECT * FROM post WHERE author = author:" + std::to_string(i % 1000) +
            " AND score >= " + std::to_string(i),
        object{}};
  });
  measure("shared", views, [](std::size_t) {
    return std::pair<std::string, object>{"SELECT * FROM post WHERE author = author:7", object{}};
  });
}
