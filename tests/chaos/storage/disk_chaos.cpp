#include "tests/chaos/storage/disk_chaos.hpp"

#include "storage/simulated_file_system.hpp"
#include "storage/wal.hpp"
#include "storage/wal_inspect.hpp"
#include "storage/wal_reader.hpp"
#include "tests/chaos/storage/workload.hpp"

#include <random>
#include <vector>

namespace spooky::chaos {
namespace {

using storage::disk_faults;
using storage::wal;

const std::string directory = "log";

/// One frame the log was asked to keep.
struct frame {
  sequence_number first = 0;
  sequence_number last = 0;
  std::string payload;
};

class disk_run {
 public:
  disk_run(std::uint64_t seed, tally& counts) : disk_(seed), random_(seed), counts_(counts) {}

  void run();

 private:
  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
  }
  bool chance(std::uint64_t of) { return below(of) == 0; }

  disk_faults some_faults();
  void work(wal& log);
  void one_group(wal& log);
  bool settled_after_refusal(wal& log);
  void truncate(wal& log);
  void crash(const wal& log);
  wal recover();
  void check_content(sequence_number last);

  storage::simulated_file_system disk_;
  std::mt19937_64 random_;
  tally& counts_;
  /// Frames that the log accepted, in order, and perhaps behind them some in doubt.
  std::vector<frame> frames_;
  std::size_t accepted_ = 0;       ///< of frames_, those that write() accepted
  sequence_number kept_from_ = 1;  ///< truncated below
  sequence_number must_have_ = 0;  ///< after the crash, at least this seq is there
  std::uint64_t attempt_ = 0;      ///< makes each payload unique, refused ones too
};

disk_faults disk_run::some_faults() {
  disk_faults faults;
  if (chance(3)) faults.short_write = 0.3;
  if (chance(3)) faults.write_error = 0.05;
  if (chance(6)) faults.sync_error = 0.02;
  if (chance(4)) faults.name_error = 0.1;
  return faults;
}

/// After a refusal the log either removed all traces, or says so by refusing on. In the latter
/// case a crash may bring the refused changes back.
bool disk_run::settled_after_refusal(wal& log) { return !log.failed() && log.write().ok(); }

void disk_run::one_group(wal& log) {
  const std::size_t before = frames_.size();
  demand(before == accepted_, "internal: frames in doubt while the log goes on");
  for (std::uint64_t n = 1 + below(6); n > 0; --n) {
    frame f;
    f.first = log.next_seq();
    f.last = f.first + (chance(4) ? below(10) : 0);
    f.payload = std::to_string(++attempt_) + ":" + std::string(below(chance(10) ? 6000 : 400), 'p');
    if (!log.append(f.first, f.last, f.payload)) break;
    frames_.push_back(std::move(f));
  }
  const bool durable = !chance(4);
  const auto done = durable ? log.sync() : log.write();
  if (done) {
    accepted_ = frames_.size();
    return;
  }
  for (std::size_t i = before; i < frames_.size(); ++i) {
    counts_.refused += frames_[i].last - frames_[i].first + 1;
  }
  if (settled_after_refusal(log)) {
    demand(log.written_seq() == (before == 0 ? 0 : frames_[before - 1].last),
           "a refused group moved written_seq to " + std::to_string(log.written_seq().raw()));
    frames_.resize(before);
  }
}

void disk_run::truncate(wal& log) {
  if (log.synced_seq() == 0) return;
  const sequence_number through = sequence_number{below(log.synced_seq().raw() + 1)};
  if (const auto oldest = log.truncate_through(through)) {
    demand(*oldest <= std::max(through + 1, kept_from_), "truncation went too far");
    kept_from_ = std::max(kept_from_, *oldest);
  } else {
    // Part of it may be gone, but nothing above what was asked for.
    kept_from_ = std::max(kept_from_, through + 1);
  }
}

void disk_run::work(wal& log) {
  if (!chance(4)) disk_.set_faults(some_faults());
  if (chance(4)) disk_.set_capacity(disk_.used_bytes() + below(20'000));
  for (std::uint64_t n = below(40); n > 0; --n) {
    one_group(log);
    // In doubt: only a crash, or space, ends this state; sometimes it is a crash.
    if (frames_.size() != accepted_) {
      disk_.set_capacity(UINT64_MAX);
      if (log.failed() || chance(2)) return;
      disk_.set_faults({});
      demand(settled_after_refusal(log), "the log did not resume when the disk was well again");
      frames_.resize(accepted_);
    }
    if (chance(3)) log.prepare_next_segment();
    if (chance(12)) truncate(log);
  }
}

void disk_run::crash(const wal& log) {
  disk_.set_faults({});
  disk_.set_capacity(UINT64_MAX);
  must_have_ = log.written_seq();
  if (chance(3)) {
    disk_.kill();
    ++counts_.kills;
  } else {
    must_have_ = log.synced_seq();
    disk_.power_loss();
    ++counts_.power_cuts;
  }
}

void disk_run::check_content(sequence_number last) {
  const auto report = storage::inspect_wal(disk_, directory);
  demand(report.verdict == storage::wal_verdict::intact, "after recovery: " + report.message);
  std::size_t at = 0;
  while (at < frames_.size() && frames_[at].last < kept_from_) ++at;
  if (at == frames_.size()) return;
  auto frames = need(storage::wal_reader::open(disk_, directory, frames_[at].first));
  while (const auto found = need(frames.next(last))) {
    demand(at < frames_.size() && found->first == frames_[at].first &&
               found->last == frames_[at].last && found->payload == frames_[at].payload,
           "seq " + std::to_string(found->first.raw()) + " is not what was appended",
           promise::nothing_repeated);
    ++at;
  }
  demand((at == 0 ? 0 : frames_[at - 1].last) == last,
         "frames are missing before seq " + std::to_string(last.raw()), promise::nothing_lost);
  frames_.resize(at);
}

wal disk_run::recover() {
  // A disk that fails while recovering must not make things worse.
  if (chance(4)) {
    disk_.set_faults({.read_error = 0.1, .write_error = 0.2, .sync_error = 0.1, .name_error = 0.1});
    (void)wal::open(disk_, {.directory = directory, .segment_bytes = 4096});
    disk_.set_faults({});
    disk_.kill();
  }
  wal log = need(wal::open(disk_, {.directory = directory, .segment_bytes = 4096}));
  const sequence_number last = log.recovered().last_seq;
  demand(last >= must_have_,
         "acknowledged up to " + std::to_string(must_have_.raw()) + ", recovered up to " +
             std::to_string(last.raw()),
         promise::nothing_lost);
  counts_.torn_tails += log.recovered().torn_bytes > 0 ? 1 : 0;
  check_content(last);
  accepted_ = frames_.size();
  return log;
}

void disk_run::run() {
  wal log = recover();
  for (std::uint64_t rounds = 2 + below(6); rounds > 0; --rounds) {
    const sequence_number before = log.written_seq();
    work(log);
    counts_.acknowledged += log.written_seq() - before;
    crash(log);
    log = recover();
  }
  const auto& faults = disk_.injected();
  counts_.faults += faults.read_errors + faults.write_errors + faults.short_writes +
                    faults.sync_errors + faults.name_errors + faults.out_of_space;
}

}  // namespace

void disk_chaos(std::uint64_t seed, tally& counts) { disk_run(seed, counts).run(); }

}  // namespace spooky::chaos
