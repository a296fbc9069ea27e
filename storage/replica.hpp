#pragma once

#include "storage/replica_snapshot.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::storage {

struct replica_options {
  std::string directory;                        ///< made if missing
  bool in_memory = false;                       ///< keeps nothing on disk; for tests and simulation
  std::uint64_t block_cache_bytes = 32u << 20;  ///< shared by all reads
  std::uint64_t write_buffer_bytes = 32u << 20;  ///< memory of changes not yet in a table file
};

/// One write to a metadata family; no value deletes the key.
struct meta_write {
  meta_family family = meta_family::meta;
  std::string key;
  std::optional<std::string> value;
};

struct replica_stats {
  sequence_number applied_seq = 0;
  sequence_number durable_seq = 0;
  std::uint64_t approximate_records = 0;  ///< RocksDB's estimate
  std::uint64_t disk_bytes = 0;
  std::uint64_t memory_bytes = 0;    ///< memtables, table readers and block cache
  std::size_t snapshots = 0;         ///< pinned ones alive
  std::int64_t oldest_snapshot = 0;  ///< when it was pinned, in seconds since 1970; 0: none
};

/// The scheduler's copy of the database, kept in RocksDB: records in record-id order, the edges
/// that touch each record, and small metadata families.
///
/// Each apply() is one atomic write of records, edges, cursors and applied seq, so the replica is
/// at every moment, and after every crash, exactly the state at one seq. Owned by one writer;
/// snapshots may be taken and read on any thread.
class replica {
 public:
  /// Opens or creates. errc::conflict if another process has it open, errc::corrupt with
  /// instructions if RocksDB refuses its files or they are of another format version.
  static result<replica> open(replica_options options);

  replica(replica&&) noexcept;
  replica& operator=(replica&&) noexcept;
  ~replica();

  /// Applies the changes in order and, with them, each batch's capture cursor (family `cursors`,
  /// key = its source). Changes with seq <= applied_seq() are skipped, so applying twice is
  /// harmless (I3). errc::invalid_argument, and nothing applied, if a seq is missing.
  /// Then applied_seq() is the last change's seq.
  result<void> apply(std::span<const change_batch> batches);

  /// Puts rows that belong to the state at applied_seq(): the clone, not the stream. The metadata
  /// (such as the clone's progress) is written in the same atomic write.
  result<void> load(std::span<const stored_record> rows, std::span<const meta_write> metadata = {});

  /// Moves applied_seq without a change: where a clone ends and the stream begins. Only forward.
  result<void> set_applied(sequence_number seq, std::span<const meta_write> metadata = {});

  /// Writes metadata atomically; on return it survives power loss.
  result<void> put(std::span<const meta_write> writes);

  /// Removes every record of a table, its entries as an edge table and its schema row. Edges of
  /// other tables that touch its records stay, dangling, as they do in SurrealDB when the table is
  /// removed. A crash in between leaves part of the table: call it again.
  result<void> drop_table(std::string_view table);

  /// Removes everything; applied_seq() is 0 again. In the same write puts what is to be `kept`.
  result<void> clear(std::span<const meta_write> kept = {});

  /// Pins the present state. Cheap (microseconds), but the disk space of what is overwritten later
  /// is held until the snapshot dies. It may outlive the replica.
  result<std::shared_ptr<const replica_snapshot>> snapshot() const;

  sequence_number applied_seq() const noexcept;

  /// Everything up to here is in the replica whatever happens: the log may be truncated through it.
  /// Moves on checkpoint().
  sequence_number durable_seq() const noexcept;

  /// Makes the present state survive power loss and returns the new durable_seq().
  result<sequence_number> checkpoint();

  replica_stats stats() const;

 private:
  class impl;
  explicit replica(std::shared_ptr<impl> state);
  std::shared_ptr<impl> impl_;
};

}  // namespace spooky::storage
