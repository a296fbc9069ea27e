#include "bench/storage/measure.hpp"
#include "storage/replica.hpp"
#include "storage/wal.hpp"
#include "storage/wal_reader.hpp"
#include "surrealql/database/change_codec.hpp"

using namespace spooky;
using namespace spooky::bench;

namespace {

constexpr std::int64_t records = 1'000'000;
constexpr std::int64_t events = 100'000;
constexpr std::int64_t page = 1000;

change_batch event(sequence_number seq) {
  const auto key = static_cast<std::int64_t>(seq.raw() * 7919 % records);
  change_batch batch;
  batch.changes.push_back({.seq = seq,
                           .op = change_op::update,
                           .id = {"post", value(key)},
                           .record = typical_record(key + 1),
                           .before = {},
                           .version = {}});
  batch.source = "changefeed";
  batch.cursor = std::to_string(seq.raw());
  return batch;
}

/// What a scheduler leaves behind that was killed with its replica behind its log.
void prepare(const std::string& log_path, const storage::replica_options& replica_path) {
  auto r = need(storage::replica::open(replica_path));
  for (std::int64_t at = 0; at < records; at += page) {
    std::vector<storage::stored_record> rows;
    for (std::int64_t key = at; key < at + page; ++key) {
      rows.push_back({record_id{"post", value(key)}, typical_record(key), 1});
    }
    need(r.load(rows));
  }
  auto log = need(storage::wal::open(storage::posix_file_system(), {.directory = log_path}));
  std::string payload;
  while (log.next_seq() <= sequence_number{static_cast<std::uint64_t>(events)}) {
    payload.clear();
    surrealql::encode_batch(event(log.next_seq()), payload);
    need(log.append(log.next_seq(), log.next_seq(), payload));
    if (log.next_seq().raw() % page == 0) need(log.write());
  }
  need(log.sync());
}

void replay(storage::replica& r, const storage::wal& log, const std::string& log_path) {
  auto reader =
      need(storage::wal_reader::open(storage::posix_file_system(), log_path, r.applied_seq() + 1));
  std::vector<change_batch> batches;
  const auto apply = [&] {
    need(r.apply(batches));
    batches.clear();
  };
  while (const auto frame = need(reader.next(log.written_seq()))) {
    batches.push_back(need(surrealql::decode_batch(frame->payload)));
    if (batches.size() == page) apply();
  }
  apply();
}

}  // namespace

int main(int argc, char** argv) {
  const scratch_directory scratch(argc, argv);
  const std::string log_path = scratch / "log";
  const storage::replica_options replica_path{.directory = scratch / "replica"};
  prepare(log_path, replica_path);

  const stopwatch all;
  auto r = need(storage::replica::open(replica_path));
  const double replica_open = all.seconds();
  auto log = need(storage::wal::open(storage::posix_file_system(), {.directory = log_path}));
  const double log_open = all.seconds() - replica_open;
  replay(r, log, log_path);
  const double took = all.seconds();
  std::printf(
      "{\"bench\":\"recovery\",\"records\":%lld,\"events\":%lld,\"seconds\":%.3f,"
      "\"replica_open_s\":%.3f,\"log_open_s\":%.3f,\"events_per_s\":%.0f,\"applied_seq\":%llu,"
      "\"peak_memory_mib\":%.0f}\n",
      static_cast<long long>(records), static_cast<long long>(events), took, replica_open, log_open,
      static_cast<double>(events) / (took - replica_open - log_open),
      static_cast<unsigned long long>(r.applied_seq().raw()), memory_mib("VmHWM"));
}
