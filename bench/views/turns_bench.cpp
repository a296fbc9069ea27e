/// bench_turns [turn_ms] [view_time_ms] [seconds]: how long changes to 1,000 ordinary views
/// take while somebody registers a bomb, changes what it reads, and registers it again, every ten
/// seconds.
///
/// One thread serves 500 changes a second and the bomb's registrations in the order in which they
/// come, as a circuit does; a change's latency is from its coming to the end of its step. Another
/// engine without a bomb takes the same changes at the same moments: the ratio is to that. What
/// needs more than a turn there goes to a second engine with a thread of its own: that one's time
/// is told apart. turn_ms 0: there is no second engine. Time is this process's processor time, so
/// that what else runs on the machine does not count.
#include "bombs.hpp"
#include "surrealql/values/budget.hpp"
#include "tests/unit/peak_memory.hpp"

#include <functional>
#include <utility>

using namespace spooky;
using namespace spooky::bench;

namespace {

struct figures {
  double p50_us = 0, p99_us = 0;
  double p50_without_us = 0, p99_without_us = 0;
  double worst_ms = 0;       ///< of a change
  double worst_bomb_ms = 0;  ///< one registration, or one change of what the bomb reads
  double worst_lane_ms = 0;  ///< the same in the second engine
  std::size_t memory = 0;
  std::string outcome;
  std::string lane_outcome;
};

void load_tables(views::engine& e) {
  for (const char* table : {"post", "heap", "lists"}) need(e.load(table, rows_of_table(table), 1));
}

views::engine_options options_of(double turn_ms, double view_time_ms) {
  views::engine_options options;
  options.max_result_rows = 100'000;
  options.max_view_steps = surrealql::run_limits::unbounded;
  options.max_view_time = std::chrono::microseconds(static_cast<std::int64_t>(view_time_ms * 1e3));
  options.max_turn_time = std::chrono::microseconds(static_cast<std::int64_t>(turn_ms * 1e3));
  if (turn_ms > 0) options.max_turn_steps = 1'000'000;
  options.clock = [] {
    return std::chrono::microseconds(static_cast<std::int64_t>(cpu_seconds() * 1e6));
  };
  return options;
}

void step(views::engine& e, const value& record, sequence_number seq) {
  change c = update_of(record);
  c.seq = seq;
  e.step({&c, 1});
}

/// The bomb, in the engine of all or in one of its own.
class bomber {
 public:
  bomber(const bomb& what, views::engine& all, bool has_lane, double view_time_ms)
      : what_(what), all_(all), lane_(options_of(0, view_time_ms)), has_lane_(has_lane) {}

  /// Does the next thing with it; on the thread of all others. Then `lane_work` has to follow.
  void act(sequence_number seq) {
    const int turn = turn_++;
    if (turn % 3 == 1) {
      const value record = heap_row(static_cast<std::size_t>(turn) % bomb_rows, turn);
      step(all_, record, seq);
      if (heavy_) lane_work = [this, record, seq] { step(lane_, record, seq); };
    } else if (!heavy_) {
      const auto registered = all_.register_view("bomb", what_.text, {});
      if (turn == 0) outcome = outcome_of(registered);
      heavy_ =
          has_lane_ && !registered.ok() && registered.failure().cause == error_cause::took_too_long;
      if (!heavy_) return;
      // Its tables are shared with the second engine, row by row.
      for (const char* table : {"heap", "lists"}) {
        const auto copy = all_.rows_of(table);
        need(lane_.load(table, copy.records, seq, copy.versions));
      }
    }
    if (heavy_ && turn % 3 != 1)
      lane_work = [this] {
        const auto registered = lane_.register_view("bomb", what_.text, {});
        lane_outcome = outcome_of(registered);
      };
  }

  std::function<void()> lane_work;
  std::string outcome, lane_outcome;

 private:
  static std::string outcome_of(const result<views::view_snapshot>& registered) {
    return registered.ok() ? "registered" : registered.failure().message;
  }

  const bomb& what_;
  views::engine& all_;
  views::engine lane_;
  bool has_lane_;
  bool heavy_ = false;
  int turn_ = 0;
};

/// Serves an engine's changes one after the other.
class server {
 public:
  explicit server(const views::engine_options& options) : e(options) {
    load_tables(e);
    for (std::size_t i = 0; i < view_count; ++i)
      need(e.register_view("view" + std::to_string(i), "SELECT * FROM post WHERE author = $author",
                           object{{"author", author_id(i)}}));
  }

  /// Does what came at that moment. How long it took, in milliseconds.
  template <class Work>
  double serve(double arrival, const Work& work) {
    const double begun = cpu_seconds();
    work();
    const double took = cpu_seconds() - begun;
    free_at_ = std::max(free_at_, arrival) + took;
    return took * 1e3;
  }
  void change_row(double arrival, const value& record) {
    serve(arrival, [&] { step(e, record, ++seq); });
    latencies_.push_back(free_at_ - arrival);
  }
  /// Of the changes, in microseconds.
  double percentile(double part) {
    std::sort(latencies_.begin(), latencies_.end());
    const auto last = static_cast<double>(latencies_.size() - 1);
    return latencies_[static_cast<std::size_t>(last * part)] * 1e6;
  }

  views::engine e;
  sequence_number seq = 1;

 private:
  double free_at_ = 0;
  std::vector<double> latencies_;
};

figures measure(const bomb& what, double turn_ms, double view_time_ms, double seconds) {
  const auto options = options_of(turn_ms, view_time_ms);
  server with(options);
  server without(options);
  figures out;
  std::mt19937_64 random(7);
  const peak_memory peak;
  bomber bombing(what, with.e, turn_ms > 0, view_time_ms);
  double next_bomb = 0.5;
  for (double now = 0; now < seconds; now += 1 / changes_per_s) {
    if (now >= next_bomb) {
      const double took = with.serve(next_bomb, [&] { bombing.act(++with.seq); });
      out.worst_bomb_ms = std::max(out.worst_bomb_ms, took);
      if (const auto work = std::exchange(bombing.lane_work, nullptr)) {
        const double begun = cpu_seconds();
        work();
        out.worst_lane_ms = std::max(out.worst_lane_ms, (cpu_seconds() - begun) * 1e3);
      }
      next_bomb += bomb_period_s / 3;
    }
    const std::size_t i = random() % row_count;
    const value row =
        make_post(i, author_id(i % view_count), static_cast<std::int64_t>(random() % 1000));
    // Whoever comes second finds the caches warm.
    const bool first = random() % 2 == 0;
    (first ? with : without).change_row(now, row);
    (first ? without : with).change_row(now, row);
  }
  out.p50_us = with.percentile(0.5);
  out.p99_us = with.percentile(0.99);
  out.worst_ms = with.percentile(1) / 1e3;
  out.p50_without_us = without.percentile(0.5);
  out.p99_without_us = without.percentile(0.99);
  out.memory = peak.grown();
  out.outcome = bombing.outcome;
  out.lane_outcome = bombing.lane_outcome;
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
  const double turn_ms = argc > 1 ? std::atof(argv[1]) : 10;
  const double view_time_ms = argc > 2 ? std::atof(argv[2]) : 2'000;
  const double seconds = argc > 3 ? std::atof(argv[3]) : 60;
  for (const bomb& each : bombs) {
    const figures f = measure(each, turn_ms, view_time_ms, seconds);
    std::printf(
        "{\"bench\":\"turns\",\"bomb\":\"%s\",\"views\":%zu,\"turn_ms\":%.0f,"
        "\"view_time_ms\":%.0f,\"p50_us\":%.1f,\"p50_without_us\":%.1f,\"p99_us\":%.1f,"
        "\"p99_without_us\":%.1f,\"p99_ratio\":%.2f,\"worst_ms\":%.1f,\"worst_bomb_ms\":%.1f,"
        "\"worst_lane_ms\":%.1f,\"memory_bytes\":%zu,\"outcome\":%s,\"lane\":%s}\n",
        each.name, view_count, turn_ms, view_time_ms, f.p50_us, f.p50_without_us, f.p99_us,
        f.p99_without_us, f.p99_us / f.p99_without_us, f.worst_ms, f.worst_bomb_ms, f.worst_lane_ms,
        f.memory, quoted(f.outcome).c_str(), quoted(f.lane_outcome).c_str());
    std::fflush(stdout);
  }
}
