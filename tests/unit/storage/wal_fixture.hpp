#pragma once

#include "storage/simulated_file_system.hpp"
#include "storage/wal.hpp"
#include "storage/wal_reader.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace spooky::storage::test {

inline const std::string log_directory = "log";

/// The payload of a seq in these tests: 1 to 90 bytes that depend on it.
inline std::string payload_of(sequence_number seq) {
  return std::to_string(seq.raw()) +
         std::string(seq.raw() % 89, static_cast<char>('a' + seq.raw() % 26));
}

template <class T>
T need(result<T> r) {
  if (!r) FAIL(r.failure().message);
  return std::move(r).value();
}
inline void need(result<void> r) {
  if (!r) FAIL(r.failure().message);
}

inline wal open_log(file_system& files, std::uint64_t segment_bytes = 4096,
                    sequence_number start_after = 0) {
  return need(wal::open(
      files,
      {.directory = log_directory, .segment_bytes = segment_bytes, .start_after = start_after}));
}

/// Appends one frame per seq up to `last` without writing.
inline void append_through(wal& log, sequence_number last) {
  while (log.next_seq() <= last) {
    const sequence_number seq = log.next_seq();
    need(log.append(seq, seq, payload_of(seq)));
  }
}

/// Appends and syncs each seq up to `last` by itself.
inline void sync_each_through(wal& log, sequence_number last) {
  while (log.next_seq() <= last) {
    append_through(log, log.next_seq());
    need(log.sync());
  }
}

/// All seqs and payloads from `from` to `up_to`.
inline std::vector<std::pair<sequence_number, std::string>> read_all(file_system& files,
                                                                     sequence_number from,
                                                                     sequence_number up_to) {
  auto reader = need(wal_reader::open(files, log_directory, from));
  std::vector<std::pair<sequence_number, std::string>> out;
  while (auto frame = need(reader.next(up_to))) {
    out.emplace_back(frame->first, std::string(frame->payload));
  }
  return out;
}

/// Fails unless the log holds exactly payload_of(from..last).
inline void check_holds(file_system& files, sequence_number from, sequence_number last) {
  const auto frames = read_all(files, from, last);
  REQUIRE(frames.size() == last - from + 1);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    REQUIRE(frames[i].first == from + i);
    REQUIRE(frames[i].second == payload_of(from + i));
  }
}

}  // namespace spooky::storage::test
