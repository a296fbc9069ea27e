#include "main/commands.hpp"
#include "storage/wal_inspect.hpp"
#include "surrealql/change_codec.hpp"
#include "surrealql/json.hpp"

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace spooky::process {

namespace {

int verify(const std::string& path) {
  const auto report = storage::inspect_wal(storage::posix_file_system(), path);
  std::cout << storage::to_string(report.verdict) << ": " << report.message << '\n';
  return report.exit_code();
}

int stats(const std::string& path) {
  const auto report = storage::inspect_wal(storage::posix_file_system(), path);
  std::cout << fmt::format("{}: {}\nseq {} to {}, {} changes in {} transactions, {} bytes\n",
                           storage::to_string(report.verdict), report.message, report.first_seq,
                           report.last_seq, report.changes, report.frames, report.payload_bytes);
  for (const auto& segment : report.segments)
    std::cout << fmt::format("{}  seq {} to {}  {} transactions  {} of {} bytes used{}\n",
                             segment.path, segment.first_seq, segment.last_seq, segment.frames,
                             segment.used_bytes, segment.file_bytes,
                             segment.sealed ? "  closed" : "");
  return report.exit_code();
}

int dump(const std::string& path) {
  const auto report = storage::inspect_wal(
      storage::posix_file_system(), path,
      [](const storage::wal_segment_report&, std::uint64_t, const storage::wal_frame& frame) {
        if (frame.is_seal()) return true;
        const auto batch = surrealql::decode_batch(frame.payload);
        if (!batch.ok()) {
          std::cout << fmt::format("seq {}: {}\n", frame.first, batch.failure().message);
          return true;
        }
        for (const auto& c : batch->changes) std::cout << surrealql::encode_ingest_json(c) << '\n';
        return true;
      });
  std::cerr << storage::to_string(report.verdict) << ": " << report.message << '\n';
  return report.exit_code();
}

void add_verb(CLI::App& wal, const char* name, const char* purpose, int (*run)(const std::string&),
              int& exit_code) {
  auto* verb = wal.add_subcommand(name, purpose);
  const auto path = std::make_shared<std::string>();
  verb->add_option("path", *path, "The log's directory (wal_path), or one segment")->required();
  verb->callback([path, run, &exit_code] { exit_code = run(*path); });
}

}  // namespace

void add_wal_command(CLI::App& app, int& exit_code) {
  auto* wal = app.add_subcommand("wal", "Look into a write-ahead log");
  wal->require_subcommand(1);
  wal->footer(
      "Exit codes: 0 intact, 1 torn tail, 2 corrupt, 3 truncated, 4 foreign, 5 empty, 6 "
      "unreadable.");
  add_verb(*wal, "verify", "Check every checksum and the order of seqs", verify, exit_code);
  add_verb(*wal, "dump", "Print every change as a line of JSON", dump, exit_code);
  add_verb(*wal, "stats", "Sizes and seqs of every segment", stats, exit_code);
}

}  // namespace spooky::process
