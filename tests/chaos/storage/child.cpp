#include "tests/chaos/storage/child.hpp"

#include "storage/replica.hpp"
#include "storage/wal.hpp"
#include "storage/wal_reader.hpp"
#include "tests/chaos/storage/faulty_file_system.hpp"
#include "tests/chaos/storage/workload.hpp"

#include <array>
#include <cstdio>
#include <random>
#include <unistd.h>
#include <vector>

namespace spooky::chaos {
namespace {

using storage::replica;
using storage::wal;

constexpr std::uint64_t segment_bytes = 64u << 10;

void report(std::uint64_t first, std::uint64_t second) {
  const std::array<std::uint64_t, 2> line = {first, second};
  // A pipe takes so few bytes as a whole.
  if (::write(STDOUT_FILENO, line.data(), sizeof line) != sizeof line) std::_Exit(ended_by_error);
}

class worker {
 public:
  worker(const child_options& options, storage::file_system& files,
         const faulty_file_system* faults)
      : options_(options),
        files_(files),
        faults_(faults),
        random_(options.fault_seed),
        replica_(need(replica::open(
            {.directory = options.directory + "/replica", .write_buffer_bytes = 256u << 10}))),
        log_(need(wal::open(files, {.directory = log_path(),
                                    .segment_bytes = segment_bytes,
                                    .start_after = replica_.applied_seq()}))) {}

  int run();

 private:
  std::string log_path() const { return options_.directory + "/log"; }
  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
  }

  void replay();
  /// False once the log has given up.
  bool append_group();
  void apply_pending();
  void truncate();

  child_options options_;
  storage::file_system& files_;
  const faulty_file_system* faults_;
  std::mt19937_64 random_;
  replica replica_;
  wal log_;
  std::vector<change_batch> pending_;  ///< logged, not yet applied
};

void worker::replay() {
  demand(log_.written_seq() >= replica_.applied_seq(), "the replica is ahead of the log");
  const std::uint64_t lacks = log_.written_seq() - replica_.applied_seq();
  if (lacks > 0) {
    auto reader = need(storage::wal_reader::open(files_, log_path(), replica_.applied_seq() + 1));
    while (const auto frame = need(reader.next(log_.written_seq()))) {
      pending_.push_back(need(decode_transaction(frame->payload)));
      if (pending_.size() == 100) apply_pending();
    }
    apply_pending();
  }
  report(log_.written_seq().raw(), lacks);
}

void worker::apply_pending() {
  need(replica_.apply(pending_));
  pending_.clear();
}

bool worker::append_group() {
  std::vector<change_batch> group;
  for (std::uint64_t n = 1 + below(16); n > 0; --n) {
    change_batch batch = transaction_at(options_.seed, log_.next_seq());
    if (!log_.append(batch.changes.front().seq, batch.changes.back().seq,
                     encode_transaction(batch))) {
      break;
    }
    group.push_back(std::move(batch));
  }
  const bool synced = log_.sync().ok();
  report(log_.synced_seq().raw(), faults_ != nullptr ? faults_->injected() : 0);
  if (!synced) return !log_.failed();
  for (change_batch& batch : group) pending_.push_back(std::move(batch));
  return true;
}

void worker::truncate() {
  const sequence_number durable = need(replica_.checkpoint());
  const auto truncated = log_.truncate_through(durable);
  demand(truncated.ok() || faults_ != nullptr, "truncation failed");
}

int worker::run() {
  replay();
  for (;;) {
    if (!append_group()) return ended_by_fault;
    log_.prepare_next_segment();
    // The replica may lag behind the log, as its actor does.
    if (below(4) != 0) apply_pending();
    if (below(30) == 0) truncate();
  }
}

}  // namespace

int run_child(const child_options& options) {
  try {
    if (options.fault_period == 0) {
      return worker(options, storage::posix_file_system(), nullptr).run();
    }
    faulty_file_system faulty(options.fault_seed, options.fault_period);
    try {
      return worker(options, faulty, &faulty).run();
    } catch (const violation& broken) {
      // Recovery and reading may meet an injected fault as well.
      if (std::string_view(broken.what()).find("injected") == std::string_view::npos) throw;
      return ended_by_fault;
    }
  } catch (const violation& broken) {
    std::fprintf(stderr, "child: %s\n", broken.what());
    return ended_by_error;
  }
}

}  // namespace spooky::chaos
