/// bench_neighbours [view_time_ms] [seconds]: how long changes to 1,000 ordinary views take while
/// somebody registers a bomb, changes what it reads, and registers it again, every ten seconds.
///
/// One thread serves 500 changes a second and the bomb's registrations in the order in which they
/// come, as a circuit does; a change's latency is from its coming to the end of its step. Time is
/// this process's processor time, so that what else runs on the machine does not count.
#include "surrealql/values/budget.hpp"
#include "tests/unit/peak_memory.hpp"
#include "workload.hpp"

#include <cmath>
#include <optional>

using namespace spooky;
using namespace spooky::bench;

namespace {

constexpr std::size_t view_count = 1'000;
constexpr std::size_t bomb_rows = 5'000;
constexpr double changes_per_s = 500;
constexpr double bomb_period_s = 10;

struct bomb {
  const char* name;
  const char* text;  ///< null: none
};

constexpr bomb bombs[] = {
    {"none", nullptr},
    {"nested_maps",
     "SELECT *, array::map(array::range(0, 10000), |$x| array::map(array::range(0, 10000), |$y| "
     "array::map(array::range(0, 10000), |$z| $x))) AS m FROM heap"},
    {"split", "SELECT list, other, third FROM lists SPLIT list, other, third"},
    {"each_with_each", "SELECT *, (SELECT * FROM heap WHERE a > $parent.a) AS more FROM heap"},
    {"repeat", "SELECT string::repeat('a', 1000000) AS s FROM heap"},
    {"fold", "SELECT array::fold(array::range(0, 33), 'a', |$s, $x| $s + $s) AS s FROM heap"},
    {"pattern",
     "SELECT * FROM heap WHERE string::matches(string::repeat('a', 100000), "
     "'((a{1,30}){1,30})+$b')"},
    {"range", "SELECT * FROM heap WHERE a INSIDE array::range(0, 1000000000000)"},
    {"heavy", "SELECT *, array::len(array::map(array::range(0, 500), |$x| $x + a)) AS n FROM heap"},
};

struct figures {
  double p50_us = 0;
  double p99_us = 0;
  double worst_ms = 0;       ///< of a change
  double worst_bomb_ms = 0;  ///< one registration, or one change of what the bomb reads
  std::size_t memory = 0;
  std::string outcome;
};

value heap_row(std::size_t i, std::int64_t a) {
  return value(object{{"id", value(record_id{"heap", value(static_cast<std::int64_t>(i))})},
                      {"a", value(a)}});
}

void load_tables(views::engine& e) {
  std::vector<value> posts;
  for (std::size_t i = 0; i < row_count; ++i)
    posts.push_back(make_post(i, author_id(i % view_count), static_cast<std::int64_t>(i)));
  need(e.load("post", posts, 1));
  std::vector<value> heap;
  for (std::size_t i = 0; i < bomb_rows; ++i)
    heap.push_back(heap_row(i, static_cast<std::int64_t>(i)));
  need(e.load("heap", heap, 1));
  array list;
  for (int i = 0; i < 1000; ++i) list.emplace_back(i);
  const std::vector<value> lists{value(object{{"id", value(record_id{"lists", value(1)})},
                                              {"list", value(list)},
                                              {"other", value(list)},
                                              {"third", value(list)}})};
  need(e.load("lists", lists, 1));
}

figures measure(const bomb& what, double view_time_ms, double seconds) {
  views::engine_options options;
  options.max_result_rows = 100'000;
  options.max_view_steps = surrealql::run_limits::unbounded;
  options.max_view_time = std::chrono::microseconds(static_cast<std::int64_t>(view_time_ms * 1e3));
  options.clock = [] {
    return std::chrono::microseconds(static_cast<std::int64_t>(cpu_seconds() * 1e6));
  };
  views::engine e(options);
  load_tables(e);
  for (std::size_t i = 0; i < view_count; ++i)
    need(e.register_view("view" + std::to_string(i), "SELECT * FROM post WHERE author = $author",
                         object{{"author", author_id(i)}}));
  figures out;
  std::mt19937_64 random(7);
  std::vector<double> latencies;
  sequence_number seq = 1;
  const auto apply = [&](const value& record) {
    change c = update_of(record);
    c.seq = ++seq;
    e.step({&c, 1});
  };
  double clock = 0;  // when the thread is free again
  const auto serve = [&](double arrival, const auto& work) {
    const double begun = cpu_seconds();
    work();
    const double took = cpu_seconds() - begun;
    clock = std::max(clock, arrival) + took;
    return std::pair(clock - arrival, took);
  };
  const peak_memory peak;
  double next_bomb = 0.5;
  int turn = 0;
  for (double now = 0; now < seconds; now += 1 / changes_per_s) {
    if (what.text != nullptr && now >= next_bomb) {
      const auto act = [&] {
        if (turn % 3 == 1) return apply(heap_row(turn % bomb_rows, turn));
        auto registered = e.register_view("bomb", what.text, {});
        if (turn == 0) out.outcome = registered.ok() ? "registered" : registered.failure().message;
      };
      out.worst_bomb_ms = std::max(out.worst_bomb_ms, serve(next_bomb, act).second * 1e3);
      ++turn;
      next_bomb += bomb_period_s / 3;
    }
    const std::size_t i = random() % row_count;
    const value row =
        make_post(i, author_id(i % view_count), static_cast<std::int64_t>(random() % 1000));
    latencies.push_back(serve(now, [&] { apply(row); }).first);
  }
  std::sort(latencies.begin(), latencies.end());
  out.p50_us = latencies[latencies.size() / 2] * 1e6;
  out.p99_us = latencies[latencies.size() * 99 / 100] * 1e6;
  out.worst_ms = latencies.back() * 1e3;
  out.memory = peak.grown();
  return out;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

int main(int argc, char** argv) {
  const double view_time_ms = argc > 1 ? std::atof(argv[1]) : 2'000;
  const double seconds = argc > 2 ? std::atof(argv[2]) : 60;
  double ordinary = 0;
  for (const bomb& each : bombs) {
    const figures f = measure(each, view_time_ms, seconds);
    if (each.text == nullptr) ordinary = f.p99_us;
    std::printf(
        "{\"bench\":\"neighbours\",\"bomb\":\"%s\",\"views\":%zu,\"view_time_ms\":%.0f,"
        "\"p50_us\":%.1f,\"p99_us\":%.1f,\"p99_ratio\":%.2f,\"worst_ms\":%.1f,"
        "\"worst_bomb_ms\":%.1f,\"memory_bytes\":%zu,\"outcome\":%s}\n",
        each.name, view_count, view_time_ms, f.p50_us, f.p99_us, f.p99_us / ordinary, f.worst_ms,
        f.worst_bomb_ms, f.memory, quoted(f.outcome).c_str());
    std::fflush(stdout);
  }
}
