/// bench_neighbours [turn_ms] [view_time_ms] [seconds]: how long changes take from a circuit's
/// mailbox to the edge writer's while somebody registers a bomb, changes what it reads, and
/// registers it again, every ten seconds. 1,000 ordinary views, 500 changes a second. Without a
/// bomb the same is measured before each, and the ratio is to that. Circuit and lane are those of
/// an SSP, each with its thread; times are of the clock on the wall, so run it on a machine that
/// does nothing else. Ends with 1 if a bomb more than doubled the p99, or took more memory than all
/// views together may.
#include "actors/configure.hpp"
#include "actors/ssp/circuit.hpp"
#include "actors/ssp/lane.hpp"
#include "bench/views/bombs.hpp"
#include "surrealql/values/budget.hpp"
#include "tests/unit/peak_memory.hpp"

#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::bench;

namespace {

using wall = std::chrono::steady_clock;

constexpr std::size_t memory_bytes = std::size_t{1} << 30;  ///< limits.memory_bytes
const char* const registered = "registered";

/// When each change was sent, by its seq, and how long those took that have arrived.
struct journal {
  std::vector<wall::time_point> sent;
  std::vector<double> took_us;
};

edge_writer_actor::behavior_type edges(edge_writer_actor::pointer, std::shared_ptr<journal> log) {
  return {
      [](reconcile_view_atom, const registration_ptr&, const snapshot_result_ptr&) {
        return ack{};
      },
      [log](write_delta_atom, const registration_ptr& view, const view_delta_ptr& delta) {
        if (view->surql.find("author") == std::string::npos || delta->added.empty() == false)
          return;
        const auto sent = log->sent[static_cast<std::size_t>(delta->seq.raw())];
        log->took_us.push_back(
            std::chrono::duration<double, std::micro>(wall::now() - sent).count());
      },
      [](unregister_view_atom, const view_claim&) { return ack{}; },
      [](release_view_atom, const view_id&) {},
      [](follow_ownership_atom, const ownership_listener&) {},
      [](restore_atom) { return registrations{}; },
      [](touch_view_atom, const view_id&) { return ack{}; },
      [](is_wanted_atom, const view_id&) { return true; },
      [](standing_view_atom, const view_id&) { return standing_view{}; },
      [](read_tree_atom, const view_id&, const std::vector<std::string>&) { return tree_nodes{}; },
      [](remove_edges_atom, const view_id&, const array&) { return ack{}; },
      [](find_ended_atom) { return std::vector<view_id>{}; },
      [log](edge_status_atom) {
        // Whoever asks has read what there is: a new measurement begins.
        return edge_status{log->took_us.size(), 0, 0, {}};
      },
      [](write_batch_atom) {},
      [](claim_again_atom, const view_id&, unsigned) {},
      [](erase_again_atom, const view_id&, std::uint64_t) {},
      [](connected_atom) {},
      [](disconnected_atom, const std::string&) {},
      [](live_fired_atom, const db_notification&) {}};
}

table_loader::behavior_type tables(table_loader::pointer) {
  return {[](load_table_atom, const table_name& table, sequence_number) -> table_rows_ptr {
    auto rows = std::make_shared<table_rows>();
    rows->table = table;
    rows->rows = rows_of_table(table);
    return rows;
  }};
}

interest_keeper::behavior_type everything(interest_keeper::pointer) {
  return {[](interest_atom, const ssp_interest&) { return sequence_number{0}; }};
}

std::chrono::microseconds thread_time() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::microseconds{used.tv_sec * 1'000'000 + used.tv_nsec / 1'000};
}

struct settings : caf::actor_system_config {
  settings() { configure(*this, 2); }
};

class bench_circuit {
 public:
  bench_circuit(double turn_ms, double view_time_ms) {
    circuit_config config;
    config.engine.max_bytes = memory_bytes;
    config.engine.max_result_rows = 100'000;
    config.engine.max_view_steps = surrealql::run_limits::unbounded;
    config.engine.max_view_time =
        std::chrono::microseconds(static_cast<std::int64_t>(view_time_ms * 1e3));
    config.engine.max_turn_time =
        std::chrono::microseconds(static_cast<std::int64_t>(turn_ms * 1e3));
    config.engine.clock = thread_time;
    circuit_parts parts{
        system_.spawn(tables), system_.spawn(edges, log_), system_.spawn(everything), {}};
    edges_ = parts.edges;
    if (turn_ms > 0)
      parts.spawn_lane = [this](const views::engine_options& options) {
        return system_.spawn<caf::detached>(lane, options);
      };
    circuit_ = system_.spawn<caf::detached>(circuit, std::move(parts), std::move(config));
    log_->sent.resize(1'000'000);
    for (std::size_t i = 0; i < view_count; ++i) {
      const auto outcome =
          outcome_of(view("view" + std::to_string(i), "SELECT * FROM post WHERE author = $author",
                          object{{"author", author_id(i)}}));
      if (outcome != registered) throw std::runtime_error("an ordinary view: " + outcome);
    }
  }
  ~bench_circuit() { self_->send_exit(circuit_, caf::exit_reason::user_shutdown); }
  bench_circuit(const bench_circuit&) = delete;
  bench_circuit& operator=(const bench_circuit&) = delete;

  static registration_ptr view(const std::string& id, const std::string& text, object params = {}) {
    auto asked = std::make_shared<view_registration>();
    asked->id = view_id{id};
    asked->query = query_key{id};
    asked->surql = text;
    asked->params = std::move(params);
    return asked;
  }

  void change_row(const value& record) {
    change c = update_of(record);
    c.seq = ++seq_;
    change_batch batch;
    batch.changes.push_back(std::move(c));
    log_->sent[static_cast<std::size_t>(seq_.raw())] = wall::now();
    caf::anon_send(
        circuit_, ingest_log_atom_v,
        log_slice{seq_, seq_, std::make_shared<const change_batches>(change_batches{batch}), 0});
  }
  void enroll(const registration_ptr& view) {
    caf::anon_send(circuit_, register_view_atom_v, view);
  }
  std::string outcome_of(const registration_ptr& view) {
    std::string outcome = registered;
    self_->request(circuit_, caf::infinite, register_view_atom_v, view)
        .receive([](const snapshot_result_ptr&) {},
                 [&](const caf::error& why) { outcome = from_caf(why).message; });
    return outcome;
  }
  void remove(const view_id& id) {
    self_->request(circuit_, caf::infinite, unregister_view_atom_v, id)
        .receive([](const ack&) {}, [](const caf::error&) {});
  }
  /// Waits until what was sent has arrived; gives how long it took, and begins anew.
  std::vector<double> arrived() {
    self_->request(circuit_, caf::infinite, circuit_status_atom_v)
        .receive([](const circuit_status&) {}, [](const caf::error&) {});
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
    self_->request(edges_, caf::infinite, edge_status_atom_v)
        .receive([](const edge_status&) {}, [](const caf::error&) {});
    return std::exchange(log_->took_us, {});
  }

 private:
  settings settings_;
  caf::actor_system system_{settings_};
  caf::scoped_actor self_{system_};
  std::shared_ptr<journal> log_ = std::make_shared<journal>();
  edge_writer_actor edges_;
  circuit_actor circuit_;
  sequence_number seq_ = 0;
};

double percentile(std::vector<double>& took, double part) {
  std::sort(took.begin(), took.end());
  return took.empty() ? 0
                      : took[static_cast<std::size_t>(static_cast<double>(took.size() - 1) * part)];
}

/// Changes rows for so long, and does the next thing with the bomb now and then.
std::vector<double> run(bench_circuit& ssp, const bomb* what, double seconds) {
  std::mt19937_64 random(7);
  const auto begun = wall::now();
  double next_bomb = 0.5;
  int turn = 0;
  for (double at = 0; at < seconds; at += 1 / changes_per_s) {
    std::this_thread::sleep_until(
        begun + std::chrono::duration_cast<wall::duration>(std::chrono::duration<double>(at)));
    if (what != nullptr && at >= next_bomb) {
      if (turn % 3 == 1)
        ssp.change_row(heap_row(static_cast<std::size_t>(turn) % bomb_rows, turn));
      else
        ssp.enroll(bench_circuit::view("bomb", what->text));
      ++turn;
      next_bomb += bomb_period_s / 3;
    }
    const std::size_t i = random() % row_count;
    ssp.change_row(
        make_post(i, author_id(i % view_count), static_cast<std::int64_t>(random() % 1000)));
  }
  return ssp.arrived();
}

}  // namespace

int main(int argc, char** argv) {
  const double turn_ms = argc > 1 ? std::atof(argv[1]) : 20;
  const double view_time_ms = argc > 2 ? std::atof(argv[2]) : 2'000;
  const double seconds = argc > 3 ? std::atof(argv[3]) : 30;
  bench_circuit ssp(turn_ms, view_time_ms);
  bool held = true;
  for (const bomb& each : bombs) {
    auto without = run(ssp, nullptr, seconds / 2);
    const peak_memory peak;
    auto with = run(ssp, &each, seconds);
    if (without.empty() || with.empty()) throw std::runtime_error("no change has arrived");
    const auto memory = peak.grown();
    const double ratio = percentile(with, 0.99) / percentile(without, 0.99);
    held = held && ratio <= 2 && memory <= memory_bytes;
    const auto outcome = ssp.outcome_of(bench_circuit::view("bomb", each.text));
    std::printf(
        "{\"bench\":\"neighbours\",\"bomb\":\"%s\",\"turn_ms\":%.0f,\"changes\":%zu,"
        "\"p50_us\":%.0f,\"p50_without_us\":%.0f,\"p99_us\":%.0f,\"p99_without_us\":%.0f,"
        "\"p99_ratio\":%.2f,\"worst_ms\":%.1f,\"worst_without_ms\":%.1f,\"memory_bytes\":%zu,"
        "\"outcome\":\"%s\"}\n",
        each.name, turn_ms, with.size(), percentile(with, 0.5), percentile(without, 0.5),
        percentile(with, 0.99), percentile(without, 0.99), ratio, percentile(with, 1) / 1e3,
        percentile(without, 1) / 1e3, memory, outcome.c_str());
    std::fflush(stdout);
    ssp.remove(view_id{"bomb"});
  }
  return held ? 0 : 1;
}
