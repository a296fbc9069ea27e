#pragma once

#include "storage/key_codec.hpp"
#include "storage/replica.hpp"
#include "surrealql/values/result.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rocksdb {
class Cache;
class ColumnFamilyHandle;
class DB;
class Env;
class Snapshot;
class Status;
}  // namespace rocksdb

/// What replica.cpp and replica_snapshot.cpp share; of no use to other folders.
namespace spooky::storage {

/// The column families, in the order in which they are opened.
enum class column : std::size_t {
  internal,  ///< applied seq, format version, names of edge tables
  records,   ///< record id -> version and record
  edges,     ///< node id, direction, edge id -> nothing
  schema,
  views,
  cursors,
  meta,
};
inline constexpr std::size_t column_count = 7;

column column_of(meta_family family) noexcept;

/// A Status as an error: errc::conflict for a held lock, errc::corrupt, else errc::io_error; a full
/// disk is told by is_out_of_space().
error store_failure(std::string_view doing, const rocksdb::Status& status);

/// The open database. Shared by the replica and its snapshots; closed by the last of them.
class replica_store {
 public:
  static result<std::shared_ptr<replica_store>> open(const replica_options& options);
  ~replica_store();
  replica_store(const replica_store&) = delete;
  replica_store& operator=(const replica_store&) = delete;

  rocksdb::DB& db() const noexcept { return *db_; }
  rocksdb::ColumnFamilyHandle* at(column c) const noexcept {
    return handles_[static_cast<std::size_t>(c)];
  }
  /// The stored value of a key now, or as of a snapshot; nothing if there is none.
  result<std::optional<std::string>> get(column c, std::string_view key,
                                         const rocksdb::Snapshot* as_of = nullptr) const;
  /// Bytes of all memtables, table readers and the block cache.
  std::uint64_t memory_bytes() const;
  std::uint64_t disk_bytes() const;

  mutable std::atomic<std::size_t> snapshots = 0;

 private:
  replica_store();

  std::unique_ptr<rocksdb::Env> memory_;
  std::shared_ptr<rocksdb::Cache> cache_;
  std::unique_ptr<rocksdb::DB> db_;
  std::array<rocksdb::ColumnFamilyHandle*, column_count> handles_{};
};

/// Keys of the internal family.
inline constexpr std::string_view applied_key = "applied_seq";
inline constexpr std::string_view format_key = "format";
inline constexpr std::string_view format_version = "1";
inline constexpr std::string_view edge_table_prefix = "edge_table/";

std::string encode_seq(sequence_number seq);
result<sequence_number> decode_seq(std::string_view bytes);

/// The stored form of a record: its version, then its CBOR.
std::string encode_stored(const value& record, std::uint64_t version);
result<stored_record> decode_stored(record_id id, std::string_view bytes);

/// The direction byte between node and edge in an edge key: edges that enter the node come first,
/// as in SurrealDB.
inline constexpr char entering = 1;
inline constexpr char leaving = 2;

/// What the keys of a node's edges start with, in one direction.
result<std::string> edge_prefix(const record_id& node, char direction);

/// Pins the store as it is now.
result<std::shared_ptr<const replica_snapshot>> take_snapshot(
    std::shared_ptr<const replica_store> store);

}  // namespace spooky::storage
