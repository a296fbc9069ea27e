#include "storage/replica.hpp"

#include "storage/replica_store.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

namespace spooky::storage {
namespace {

/// The two ends of an edge record.
struct edge_ends {
  record_id from;  ///< its `in`
  record_id to;    ///< its `out`
  friend bool operator==(const edge_ends&, const edge_ends&) = default;
};

std::optional<edge_ends> ends_of(const value& record) {
  const value& in = record["in"];
  const value& out = record["out"];
  if (!in.is_record() || !out.is_record()) return std::nullopt;
  return edge_ends{in.as_record(), out.as_record()};
}

error missing_seq(sequence_number applied, sequence_number found) {
  return fail(errc::invalid_argument, "replica: seq " + std::to_string(found.raw()) +
                                          " cannot follow " + std::to_string(applied.raw()) +
                                          "; the changes between are missing");
}

}  // namespace

class replica::impl {
 public:
  explicit impl(std::shared_ptr<replica_store> store) : store_(std::move(store)) {}

  result<void> start();
  result<void> apply(std::span<const change_batch> batches);
  result<void> load(std::span<const stored_record> rows, std::span<const meta_write> metadata);
  result<void> set_applied(sequence_number seq, std::span<const meta_write> metadata);
  result<void> put(std::span<const meta_write> writes);
  result<void> drop_table(std::string_view table);
  result<void> clear(std::span<const meta_write> kept);
  result<sequence_number> checkpoint();
  replica_stats stats() const;

  std::shared_ptr<replica_store> store_;
  std::atomic<sequence_number> applied_{};
  std::atomic<sequence_number> durable_{};

 private:
  class writer;

  result<void> commit(rocksdb::WriteBatch& batch, bool sync = false);

  /// Tables that have held an edge: only there does a change ask what it replaces.
  std::set<std::string, std::less<>> edge_tables_;
  bool failed_before_ = false;
};

/// One atomic write while it is put together. Remembers what it does to edge tables, where later
/// changes depend on earlier ones.
class replica::impl::writer {
 public:
  explicit writer(impl& owner) : owner_(owner), store_(*owner.store_) {}

  result<void> put_record(const record_id& id, const value& record, std::uint64_t version) {
    SPOOKY_ASSIGN(const std::string key, encode_record_id(id));
    const auto ends = ends_of(record);
    if (ends && !is_edge_table(id.table)) {
      new_edge_tables_.insert(id.table);
      batch_.Put(store_.at(column::internal), std::string(edge_table_prefix) + id.table, "");
    }
    if (is_edge_table(id.table)) SPOOKY_TRY(move_edge(key, ends));
    batch_.Put(store_.at(column::records), key, encode_stored(record, version));
    return {};
  }

  result<void> erase_record(const record_id& id) {
    SPOOKY_ASSIGN(const std::string key, encode_record_id(id));
    if (is_edge_table(id.table)) SPOOKY_TRY(move_edge(key, std::nullopt));
    batch_.Delete(store_.at(column::records), key);
    return {};
  }

  void put_meta(const meta_write& write) {
    rocksdb::ColumnFamilyHandle* family = store_.at(column_of(write.family));
    if (write.value) {
      batch_.Put(family, write.key, *write.value);
    } else {
      batch_.Delete(family, write.key);
    }
  }

  void put_applied(sequence_number seq) {
    batch_.Put(store_.at(column::internal), applied_key, encode_seq(seq));
  }

  result<void> commit() {
    SPOOKY_TRY(owner_.commit(batch_));
    owner_.edge_tables_.merge(new_edge_tables_);
    return {};
  }

 private:
  bool is_edge_table(const std::string& table) const {
    return owner_.edge_tables_.contains(table) || new_edge_tables_.contains(table);
  }

  /// The ends of the stored edge, as of the changes before this one.
  result<std::optional<edge_ends>> ends_before(const std::string& key) {
    if (const auto seen = ends_.find(key); seen != ends_.end()) return seen->second;
    SPOOKY_ASSIGN(const auto bytes, store_.get(column::records, key));
    if (!bytes) return std::optional<edge_ends>{};
    SPOOKY_ASSIGN(const stored_record row, decode_stored({}, *bytes));
    return ends_of(row.record);
  }

  result<void> move_edge(const std::string& key, const std::optional<edge_ends>& now) {
    SPOOKY_ASSIGN(const std::optional<edge_ends> before, ends_before(key));
    ends_[key] = now;
    if (before == now) return {};
    if (before) {
      SPOOKY_TRY(each_entry(*before, key, [&](const std::string& entry) {
        batch_.Delete(store_.at(column::edges), entry);
      }));
    }
    if (now) {
      SPOOKY_TRY(each_entry(*now, key, [&](const std::string& entry) {
        batch_.Put(store_.at(column::edges), entry, "");
      }));
    }
    return {};
  }

  template <class Use>
  result<void> each_entry(const edge_ends& ends, const std::string& edge_key, const Use& use) {
    SPOOKY_ASSIGN(const std::string out, edge_prefix(ends.from, leaving));
    SPOOKY_ASSIGN(const std::string in, edge_prefix(ends.to, entering));
    use(out + edge_key);
    use(in + edge_key);
    return {};
  }

  impl& owner_;
  replica_store& store_;
  rocksdb::WriteBatch batch_;
  std::set<std::string, std::less<>> new_edge_tables_;
  std::unordered_map<std::string, std::optional<edge_ends>> ends_;
};

result<void> replica::impl::start() {
  SPOOKY_ASSIGN(const auto applied, store_->get(column::internal, applied_key));
  if (applied) {
    SPOOKY_ASSIGN(const sequence_number seq, decode_seq(*applied));
    applied_ = durable_ = seq;
  }
  const std::string end = prefix_end(std::string(edge_table_prefix));
  const std::unique_ptr<rocksdb::Iterator> at(
      store_->db().NewIterator({}, store_->at(column::internal)));
  for (at->Seek(edge_table_prefix); at->Valid() && at->key().ToStringView() < end; at->Next()) {
    edge_tables_.emplace(at->key().ToStringView().substr(edge_table_prefix.size()));
  }
  if (!at->status().ok()) return store_failure("reading its tables", at->status());
  return {};
}

result<void> replica::impl::commit(rocksdb::WriteBatch& batch, bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  auto status = store_->db().Write(options, &batch);
  // After a full disk RocksDB recovers by itself; after other failures it waits to be told.
  if (!status.ok() && failed_before_ && store_->db().Resume().ok()) {
    status = store_->db().Write(options, &batch);
  }
  failed_before_ = !status.ok();
  if (!status.ok()) return store_failure("writing", status);
  return {};
}

result<void> replica::impl::apply(std::span<const change_batch> batches) {
  writer out(*this);
  sequence_number seq = applied_;
  bool anything = false;
  for (const change_batch& batch : batches) {
    const bool applied_before = !batch.changes.empty() && batch.changes.back().seq <= seq;
    if (applied_before) continue;
    for (const change& c : batch.changes) {
      if (c.seq <= seq) continue;
      if (c.seq != seq + 1) return missing_seq(seq, c.seq);
      if (c.op == change_op::erase) {
        SPOOKY_TRY(out.erase_record(c.id));
      } else {
        SPOOKY_TRY(out.put_record(c.id, c.record, c.version.value_or(c.seq.raw())));
      }
      seq = c.seq;
    }
    if (!batch.source.empty()) out.put_meta({meta_family::cursors, batch.source, batch.cursor});
    anything = true;
  }
  if (!anything) return {};
  out.put_applied(seq);
  SPOOKY_TRY(out.commit());
  applied_ = seq;
  return {};
}

result<void> replica::impl::load(std::span<const stored_record> rows,
                                 std::span<const meta_write> metadata) {
  writer out(*this);
  for (const stored_record& row : rows) {
    SPOOKY_TRY(out.put_record(row.id, row.record, row.version));
  }
  for (const meta_write& write : metadata) out.put_meta(write);
  return out.commit();
}

result<void> replica::impl::set_applied(sequence_number seq, std::span<const meta_write> metadata) {
  if (seq < applied_.load()) {
    return fail(errc::invalid_argument, "replica: applied seq cannot go back from " +
                                            std::to_string(applied_.load().raw()) + " to " +
                                            std::to_string(seq.raw()));
  }
  writer out(*this);
  for (const meta_write& write : metadata) out.put_meta(write);
  out.put_applied(seq);
  SPOOKY_TRY(out.commit());
  applied_ = seq;
  return {};
}

result<void> replica::impl::put(std::span<const meta_write> writes) {
  rocksdb::WriteBatch batch;
  for (const meta_write& write : writes) {
    rocksdb::ColumnFamilyHandle* family = store_->at(column_of(write.family));
    if (write.value) {
      batch.Put(family, write.key, *write.value);
    } else {
      batch.Delete(family, write.key);
    }
  }
  const sequence_number applied = applied_;
  SPOOKY_TRY(commit(batch, true));
  durable_ = applied;
  return {};
}

result<void> replica::impl::drop_table(std::string_view table) {
  const std::string prefix = table_prefix(table);
  if (edge_tables_.contains(table)) {
    SPOOKY_ASSIGN(const auto state, take_snapshot(store_));
    std::vector<record_id> edges;
    result<void> erased;
    const auto erase_some = [&]() -> result<void> {
      writer out(*this);
      for (const record_id& id : edges) SPOOKY_TRY(out.erase_record(id));
      edges.clear();
      return out.commit();
    };
    SPOOKY_TRY(state->visit(table, {}, [&](const stored_record& row) {
      constexpr std::size_t edges_at_once = 1000;
      edges.push_back(row.id);
      if (edges.size() == edges_at_once) erased = erase_some();
      return erased.ok();
    }));
    SPOOKY_TRY(erased);
    SPOOKY_TRY(erase_some());
  }
  rocksdb::WriteBatch batch;
  batch.DeleteRange(store_->at(column::records), prefix, prefix_end(prefix));
  batch.Delete(store_->at(column::schema), table);
  batch.Delete(store_->at(column::internal), std::string(edge_table_prefix) + std::string(table));
  SPOOKY_TRY(commit(batch));
  if (const auto known = edge_tables_.find(table); known != edge_tables_.end()) {
    edge_tables_.erase(known);
  }
  return {};
}

result<void> replica::impl::clear(std::span<const meta_write> kept) {
  rocksdb::WriteBatch batch;
  for (std::size_t i = 0; i < column_count; ++i) {
    const auto c = static_cast<column>(i);
    const std::unique_ptr<rocksdb::Iterator> at(store_->db().NewIterator({}, store_->at(c)));
    at->SeekToLast();
    if (!at->status().ok()) return store_failure("clearing", at->status());
    if (at->Valid()) batch.DeleteRange(store_->at(c), "", at->key().ToString() + '\0');
  }
  batch.Put(store_->at(column::internal), format_key, format_version);
  for (const meta_write& note : kept)
    if (note.value) batch.Put(store_->at(column_of(note.family)), note.key, *note.value);
  SPOOKY_TRY(commit(batch, true));
  edge_tables_.clear();
  applied_ = durable_ = sequence_number{};
  return {};
}

result<sequence_number> replica::impl::checkpoint() {
  const sequence_number seq = applied_;
  if (const auto status = store_->db().FlushWAL(true); !status.ok()) {
    return store_failure("syncing", status);
  }
  durable_ = seq;
  return seq;
}

replica_stats replica::impl::stats() const {
  replica_stats s;
  s.applied_seq = applied_;
  s.durable_seq = durable_;
  s.disk_bytes = store_->disk_bytes();
  s.memory_bytes = store_->memory_bytes();
  s.snapshots = store_->snapshots;
  std::uint64_t pinned_at = 0;
  if (store_->db().GetIntProperty(rocksdb::DB::Properties::kOldestSnapshotTime, &pinned_at)) {
    s.oldest_snapshot = static_cast<std::int64_t>(pinned_at);
  }
  std::uint64_t keys = 0;
  if (store_->db().GetIntProperty(store_->at(column::records),
                                  rocksdb::DB::Properties::kEstimateNumKeys, &keys)) {
    s.approximate_records = keys;
  }
  return s;
}

// -- the public face ----------------------------------------------------------

replica::replica(std::shared_ptr<impl> state) : impl_(std::move(state)) {}
replica::replica(replica&&) noexcept = default;
replica& replica::operator=(replica&&) noexcept = default;
replica::~replica() = default;

result<replica> replica::open(replica_options options) {
  SPOOKY_ASSIGN(std::shared_ptr<replica_store> store, replica_store::open(options));
  auto state = std::make_shared<impl>(std::move(store));
  SPOOKY_TRY(state->start());
  return replica(std::move(state));
}

result<void> replica::apply(std::span<const change_batch> batches) { return impl_->apply(batches); }
result<void> replica::load(std::span<const stored_record> rows,
                           std::span<const meta_write> metadata) {
  return impl_->load(rows, metadata);
}
result<void> replica::set_applied(sequence_number seq, std::span<const meta_write> metadata) {
  return impl_->set_applied(seq, metadata);
}
result<void> replica::put(std::span<const meta_write> writes) { return impl_->put(writes); }
result<void> replica::drop_table(std::string_view table) { return impl_->drop_table(table); }
result<void> replica::clear(std::span<const meta_write> kept) { return impl_->clear(kept); }
result<std::shared_ptr<const replica_snapshot>> replica::snapshot() const {
  return take_snapshot(impl_->store_);
}
sequence_number replica::applied_seq() const noexcept { return impl_->applied_; }
sequence_number replica::durable_seq() const noexcept { return impl_->durable_; }
result<sequence_number> replica::checkpoint() { return impl_->checkpoint(); }
replica_stats replica::stats() const { return impl_->stats(); }

}  // namespace spooky::storage
