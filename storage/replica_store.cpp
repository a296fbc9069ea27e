#include "storage/replica_store.hpp"

#include "storage/file_system.hpp"
#include "storage/little_endian.hpp"
#include "surrealql/codec/cbor.hpp"

#include <algorithm>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/table.h>

namespace spooky::storage {
namespace {

constexpr std::array<const char*, column_count> column_names = {
    "default", "records", "edges", "schema", "views", "cursors", "meta"};

rocksdb::DBOptions database_options(const replica_options& options, rocksdb::Env* memory) {
  rocksdb::DBOptions db;
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  db.max_background_jobs = 2;
  db.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db.keep_log_file_num = 2;
  db.max_log_file_size = 1u << 20;
  db.db_write_buffer_size = options.write_buffer_bytes;
  // A crash may cut RocksDB's own log short, never leave a hole in it: the state is that of some
  // earlier seq, from which our log goes on.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  if (memory != nullptr) {
    db.env = memory;
  } else {
    // Watches free space, so that writing resumes by itself after the disk was full.
    db.sst_file_manager.reset(rocksdb::NewSstFileManager(rocksdb::Env::Default()));
  }
  return db;
}

rocksdb::ColumnFamilyOptions family_options(const replica_options& options,
                                            const std::shared_ptr<rocksdb::Cache>& cache,
                                            column c) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = 8u << 10;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.compression = rocksdb::kLZ4Compression;
  family.write_buffer_size =
      c == column::records || c == column::edges ? options.write_buffer_bytes : 1u << 20;
  return family;
}

}  // namespace

column column_of(meta_family family) noexcept {
  switch (family) {
    case meta_family::schema:
      return column::schema;
    case meta_family::views:
      return column::views;
    case meta_family::cursors:
      return column::cursors;
    case meta_family::meta:
      return column::meta;
  }
  return column::meta;
}

error store_failure(std::string_view doing, const rocksdb::Status& status) {
  const std::string message = "replica: " + std::string(doing) + ": " + status.ToString();
  if (status.IsCorruption() || status.IsInvalidArgument()) {
    return fail(errc::corrupt, message +
                                   ". Restore its directory from a copy, or move it aside and "
                                   "start again: the replica is then cloned from the database.");
  }
  if (status.IsIOError() && status.ToString().find("lock ") != std::string::npos) {
    return fail(errc::conflict, message + ". Another process uses this replica; stop it first.");
  }
  return fail(errc::io_error, message,
              status.IsNoSpace() ? error_cause::full_disk : error_cause::unstated);
}

result<std::shared_ptr<replica_store>> replica_store::open(const replica_options& options) {
  const std::shared_ptr<replica_store> store(new replica_store());
  if (options.in_memory) {
    store->memory_.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  } else {
    SPOOKY_TRY(posix_file_system().create_directories(options.directory));
  }
  store->cache_ = rocksdb::NewLRUCache(options.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (std::size_t i = 0; i < column_count; ++i) {
    families.emplace_back(column_names[i],
                          family_options(options, store->cache_, static_cast<column>(i)));
  }
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const std::string path = options.in_memory ? "/replica" : options.directory;
  const auto status = rocksdb::DB::Open(database_options(options, store->memory_.get()), path,
                                        families, &handles, &db);
  if (!status.ok()) return store_failure("opening " + path, status);
  store->db_.reset(db);
  std::copy(handles.begin(), handles.end(), store->handles_.begin());

  SPOOKY_ASSIGN(const std::optional<std::string> format, store->get(column::internal, format_key));
  if (!format) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    const auto put = db->Put(synced, store->at(column::internal), format_key, format_version);
    if (!put.ok()) return store_failure("writing its format", put);
  } else if (*format != format_version) {
    return fail(errc::corrupt, "replica: " + path + " has format " + *format +
                                   ", this program knows " + std::string(format_version) +
                                   "; move it aside to have it cloned again");
  }
  return store;
}

replica_store::replica_store() = default;

replica_store::~replica_store() {
  if (!db_) return;
  for (rocksdb::ColumnFamilyHandle* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
  // A failure to close loses nothing that was promised: our log has it.
  (void)db_->Close();
}

result<std::optional<std::string>> replica_store::get(column c, std::string_view key,
                                                      const rocksdb::Snapshot* as_of) const {
  rocksdb::ReadOptions options;
  options.snapshot = as_of;
  std::string found;
  const auto status = db_->Get(options, at(c), key, &found);
  if (status.IsNotFound()) return std::optional<std::string>{};
  if (!status.ok()) return store_failure("reading", status);
  return std::optional<std::string>(std::move(found));
}

std::uint64_t replica_store::memory_bytes() const {
  std::uint64_t sum = cache_->GetUsage();
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    for (const std::string& property : {rocksdb::DB::Properties::kSizeAllMemTables,
                                        rocksdb::DB::Properties::kEstimateTableReadersMem}) {
      std::uint64_t n = 0;
      if (db_->GetIntProperty(handle, property, &n)) sum += n;
    }
  }
  return sum;
}

std::uint64_t replica_store::disk_bytes() const {
  std::uint64_t sum = 0;
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    std::uint64_t n = 0;
    if (db_->GetIntProperty(handle, rocksdb::DB::Properties::kTotalSstFilesSize, &n)) sum += n;
  }
  return sum;
}

std::string encode_seq(sequence_number seq) {
  std::string out;
  append_little_endian(out, seq.raw());
  return out;
}

result<sequence_number> decode_seq(std::string_view bytes) {
  if (bytes.size() != sizeof(sequence_number)) {
    return fail(errc::corrupt, "replica: the stored applied seq is malformed");
  }
  return sequence_number{read_little_endian<std::uint64_t>(bytes, 0)};
}

std::string encode_stored(const value& record, std::uint64_t version) {
  std::string out;
  append_little_endian(out, version);
  surrealql::encode_cbor(record, out);
  return out;
}

result<stored_record> decode_stored(record_id id, std::string_view bytes) {
  if (bytes.size() < sizeof(std::uint64_t)) {
    return fail(errc::corrupt, "replica: a stored record of table " + id.table + " is malformed");
  }
  const auto version = read_little_endian<std::uint64_t>(bytes, 0);
  auto record = surrealql::decode_cbor(bytes.substr(sizeof version));
  if (!record) {
    return fail(errc::corrupt, "replica: a stored record of table " + id.table +
                                   " is malformed: " + record.failure().message);
  }
  return stored_record{std::move(id), std::move(record).value(), version};
}

result<std::string> edge_prefix(const record_id& node, char direction) {
  SPOOKY_ASSIGN(std::string key, encode_record_id(node));
  key += direction;
  return key;
}

}  // namespace spooky::storage
