#include "main/commands.hpp"
#include "storage/wal_inspect.hpp"
#include "surrealql/codec/json.hpp"
#include "surrealql/database/change_codec.hpp"

#include <iostream>
#include <string>

#include <fmt/format.h>

namespace spooky::process {

int verify_wal(const std::string& path) {
  const auto report = storage::inspect_wal(storage::posix_file_system(), path);
  std::cout << storage::to_string(report.verdict) << ": " << report.message << '\n';
  return report.exit_code();
}

int show_wal_stats(const std::string& path) {
  const auto report = storage::inspect_wal(storage::posix_file_system(), path);
  std::cout << fmt::format("{}: {}\nseq {} to {}, {} changes in {} transactions, {} bytes\n",
                           storage::to_string(report.verdict), report.message,
                           report.first_seq.raw(), report.last_seq.raw(), report.changes,
                           report.frames, report.payload_bytes);
  for (const auto& segment : report.segments)
    std::cout << fmt::format("{}  seq {} to {}  {} transactions  {} of {} bytes used{}\n",
                             segment.path, segment.first_seq.raw(), segment.last_seq.raw(),
                             segment.frames, segment.used_bytes, segment.file_bytes,
                             segment.sealed ? "  closed" : "");
  return report.exit_code();
}

int dump_wal(const std::string& path) {
  const auto report = storage::inspect_wal(
      storage::posix_file_system(), path,
      [](const storage::wal_segment_report&, std::uint64_t, const storage::wal_frame& frame) {
        if (frame.is_seal()) return true;
        const auto batch = surrealql::decode_batch(frame.payload);
        if (!batch.ok()) {
          std::cout << fmt::format("seq {}: {}\n", frame.first.raw(), batch.failure().message);
          return true;
        }
        for (const auto& c : batch->changes) std::cout << surrealql::encode_ingest_json(c) << '\n';
        return true;
      });
  std::cerr << storage::to_string(report.verdict) << ": " << report.message << '\n';
  return report.exit_code();
}

}  // namespace spooky::process
