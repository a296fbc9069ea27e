#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/values/value.hpp"
#include "views/engine/engine.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <utility>
#include <vector>

/// What the view engine's benchmarks share: the table of 10,000 `{author, title, score, active}`
/// rows, changes to it made beforehand, and timing.
namespace spooky::bench {

inline constexpr std::size_t row_count = 10'000;
inline constexpr std::size_t parent_count = 1'000;

template <class T>
T need(result<T> r) {
  if (r.ok()) return std::move(r).value();
  std::fprintf(stderr, "%s\n", r.failure().message.c_str());
  std::exit(1);
}
inline void need(const result<void>& r) {
  if (r.ok()) return;
  std::fprintf(stderr, "%s\n", r.failure().message.c_str());
  std::exit(1);
}

inline value post_id(std::size_t i) {
  return value(record_id{"post", value(static_cast<std::int64_t>(i))});
}
inline value author_id(std::size_t i) {
  return value(record_id{"author", value(static_cast<std::int64_t>(i))});
}

inline value make_post(std::size_t i, value author, std::int64_t score, bool active = true) {
  return value(object{{"id", post_id(i)},
                      {"author", std::move(author)},
                      {"title", value("A title of usual length, number " + std::to_string(i))},
                      {"score", value(score)},
                      {"active", value(active)}});
}

inline change update_of(const value& record) {
  change c;
  c.op = change_op::update;
  c.id = record["id"].as_record();
  c.record = record;
  return c;
}

class stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Processor time this process has used: what one core spends, also on a busy machine.
inline double cpu_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// How fast single-row steps go, and how they spread.
struct timing {
  double updates_per_s = 0;      ///< by the clock on the wall
  double updates_per_cpu_s = 0;  ///< by processor time
  double p50_ns = 0;
  double p99_ns = 0;
  double deltas_per_update = 0;
};

/// Applies the changes one by one, over and over, for about `seconds`.
inline timing measure_steps(views::engine& e, std::vector<change> changes, double seconds = 1.0) {
  std::vector<float> nanos;
  nanos.reserve(4'000'000);
  sequence_number seq = e.applied();
  std::size_t deltas = 0;
  std::size_t done = 0;
  const auto round = [&](bool record) {
    for (change& c : changes) {
      c.seq = ++seq;
      const auto start = std::chrono::steady_clock::now();
      deltas += e.step({&c, 1}).size();
      const auto end = std::chrono::steady_clock::now();
      if (record)
        nanos.push_back(
            static_cast<float>(std::chrono::duration<double, std::nano>(end - start).count()));
      ++done;
    }
  };
  const stopwatch warm_up;
  do round(false);
  while (warm_up.seconds() < seconds / 4);
  deltas = done = 0;
  const double cpu_start = cpu_seconds();
  const stopwatch watch;
  do round(nanos.size() + changes.size() < nanos.capacity());
  while (watch.seconds() < seconds);
  timing out;
  out.updates_per_s = static_cast<double>(done) / watch.seconds();
  out.updates_per_cpu_s = static_cast<double>(done) / (cpu_seconds() - cpu_start);
  out.deltas_per_update = static_cast<double>(deltas) / static_cast<double>(done);
  std::sort(nanos.begin(), nanos.end());
  out.p50_ns = nanos[nanos.size() / 2];
  out.p99_ns = nanos[nanos.size() * 99 / 100];
  return out;
}

}  // namespace spooky::bench
