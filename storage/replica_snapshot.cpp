#include "storage/replica_snapshot.hpp"

#include "storage/replica_store.hpp"
#include "surrealql/codec/cbor.hpp"

#include <algorithm>

#include <rocksdb/db.h>
#include <rocksdb/snapshot.h>

namespace spooky::storage {
namespace {

constexpr std::size_t scan_readahead_bytes = 2u << 20;

/// The byte range [begin, end) of keys; an empty end means to the end.
struct key_span {
  std::string begin;
  std::string end;
  bool long_scan = false;  ///< likely many megabytes: read ahead, leave the cache to others
};

key_span prefix_span(std::string prefix) {
  std::string end = prefix_end(prefix);
  return {std::move(prefix), std::move(end), false};
}

/// The keys of a table's records within `keys`. No encoding is a prefix of another, so a zero byte
/// behind one is just past it.
result<key_span> table_span(std::string_view table, const value_range& keys) {
  using kind = range_bound::kind;
  const std::string prefix = table_prefix(table);
  key_span span = prefix_span(prefix);
  if (keys.begin.type != kind::unbounded) {
    span.begin = prefix;
    SPOOKY_TRY(append_record_key(span.begin, keys.begin.at));
    if (keys.begin.type == kind::excluded) span.begin += '\0';
  }
  if (keys.end.type != kind::unbounded) {
    span.end = prefix;
    SPOOKY_TRY(append_record_key(span.end, keys.end.at));
    if (keys.end.type == kind::included) span.end += '\0';
  }
  span.long_scan = keys.begin.type == kind::unbounded && keys.end.type == kind::unbounded;
  return span;
}

class pinned_snapshot final : public replica_snapshot {
 public:
  explicit pinned_snapshot(std::shared_ptr<const replica_store> store)
      : store_(std::move(store)), pin_(&store_->db()) {
    ++store_->snapshots;
  }
  ~pinned_snapshot() override { --store_->snapshots; }

  /// Reads the seq this state has; to be called once, before anything else.
  result<void> read_seq() {
    SPOOKY_ASSIGN(const auto stored, store_->get(column::internal, applied_key, pin_.snapshot()));
    if (!stored) return {};
    SPOOKY_ASSIGN(seq_, decode_seq(*stored));
    return {};
  }

  sequence_number seq() const noexcept override { return seq_; }

  result<std::optional<stored_record>> find(const record_id& id) const override {
    SPOOKY_ASSIGN(const std::string key, encode_record_id(id));
    SPOOKY_ASSIGN(const auto bytes, store_->get(column::records, key, pin_.snapshot()));
    if (!bytes) return std::optional<stored_record>{};
    SPOOKY_ASSIGN(stored_record row, decode_stored(id, *bytes));
    return std::optional<stored_record>(std::move(row));
  }

  result<void> visit(std::string_view table, const value_range& keys,
                     const record_visitor& visitor) const override {
    SPOOKY_ASSIGN(const key_span span, table_span(table, keys));
    return each(column::records, span,
                [&](std::string_view key, std::string_view bytes) -> result<bool> {
                  SPOOKY_ASSIGN(record_id id, take_record_id(key));
                  SPOOKY_ASSIGN(const stored_record row, decode_stored(std::move(id), bytes));
                  return visitor(row);
                });
  }

  result<std::uint64_t> count(std::string_view table) const override {
    std::uint64_t n = 0;
    SPOOKY_ASSIGN(const key_span span, table_span(table, {}));
    SPOOKY_TRY(each(column::records, span, [&](std::string_view, std::string_view) -> result<bool> {
      ++n;
      return true;
    }));
    return n;
  }

  result<std::vector<std::string>> tables() const override;

  result<std::optional<std::string>> get_meta(meta_family family,
                                              std::string_view key) const override {
    return store_->get(column_of(family), key, pin_.snapshot());
  }

  result<void> scan_meta(meta_family family, std::string_view prefix,
                         const meta_visitor& visitor) const override {
    return each(column_of(family), prefix_span(std::string(prefix)),
                [&](std::string_view key, std::string_view data) -> result<bool> {
                  return visitor(key, data);
                });
  }

  // -- table_source ---------------------------------------------------------

  bool has_table(std::string_view table) const override {
    const auto described = store_->get(column::schema, table, pin_.snapshot());
    if (described && *described) return true;
    bool found = false;
    const auto looked = each(column::records, prefix_span(table_prefix(table)),
                             [&](std::string_view, std::string_view) -> result<bool> {
                               found = true;
                               return false;
                             });
    return looked.ok() && found;
  }

  result<value> get(const record_id& id) const override {
    SPOOKY_ASSIGN(auto row, find(id));
    return row ? std::move(row->record) : value();
  }

  result<void> scan(std::string_view table, const value_range& keys,
                    const surrealql::row_visitor& visitor) const override {
    SPOOKY_ASSIGN(const key_span span, table_span(table, keys));
    return each(column::records, span,
                [&](std::string_view, std::string_view bytes) -> result<bool> {
                  SPOOKY_ASSIGN(const stored_record row,
                                decode_stored(record_id{std::string(table), {}}, bytes));
                  return visitor(row.record);
                });
  }

  result<void> edges(const record_id& node, surrealql::graph_direction direction,
                     std::string_view edge_table,
                     const surrealql::row_visitor& visitor) const override;

  result<value> info(const surrealql::info_statement& what) const override {
    using target = surrealql::info_statement::target;
    if (what.structure || (what.of != target::database && what.of != target::table))
      return fail(
          errc::unsupported,
          "the replica knows INFO FOR DB and INFO FOR TABLE, without STRUCTURE; ask SurrealDB");
    const std::string_view key = what.of == target::table ? what.table : std::string_view();
    SPOOKY_ASSIGN(const auto stored, get_meta(meta_family::schema, key));
    if (!stored) return value();
    return surrealql::decode_cbor(*stored);
  }

 private:
  rocksdb::ReadOptions read_options() const {
    rocksdb::ReadOptions options;
    options.snapshot = pin_.snapshot();
    return options;
  }

  /// Visits the keys of a span in order until the visitor returns false or fails.
  template <class Visitor>
  result<void> each(column c, const key_span& span, const Visitor& visitor) const {
    rocksdb::ReadOptions options = read_options();
    const rocksdb::Slice end = span.end;
    if (!span.end.empty()) options.iterate_upper_bound = &end;
    if (span.long_scan) {
      options.fill_cache = false;
      options.readahead_size = scan_readahead_bytes;
    }
    const std::unique_ptr<rocksdb::Iterator> at(store_->db().NewIterator(options, store_->at(c)));
    for (at->Seek(span.begin); at->Valid(); at->Next()) {
      SPOOKY_ASSIGN(const bool more, visitor(at->key().ToStringView(), at->value().ToStringView()));
      if (!more) return {};
    }
    if (!at->status().ok()) return store_failure("scanning", at->status());
    return {};
  }

  std::shared_ptr<const replica_store> store_;
  mutable rocksdb::ManagedSnapshot pin_;  // its getter is not const
  sequence_number seq_ = 0;
};

result<std::vector<std::string>> pinned_snapshot::tables() const {
  std::vector<std::string> names;
  rocksdb::ReadOptions options = read_options();
  const std::unique_ptr<rocksdb::Iterator> at(
      store_->db().NewIterator(options, store_->at(column::records)));
  at->SeekToFirst();
  while (at->Valid()) {
    std::string_view key = at->key().ToStringView();
    SPOOKY_ASSIGN(std::string table, take_text(key));
    at->Seek(prefix_end(table_prefix(table)));
    names.push_back(std::move(table));
  }
  if (!at->status().ok()) return store_failure("listing tables", at->status());
  SPOOKY_TRY(scan_meta(meta_family::schema, "", [&](std::string_view key, std::string_view) {
    if (!key.empty()) names.emplace_back(key);
    return true;
  }));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

result<void> pinned_snapshot::edges(const record_id& node, surrealql::graph_direction direction,
                                    std::string_view edge_table,
                                    const surrealql::row_visitor& visitor) const {
  using surrealql::graph_direction;
  bool stopped = false;
  for (const char way : {entering, leaving}) {
    const bool wanted = direction == graph_direction::both ||
                        (direction == graph_direction::in) == (way == entering);
    if (!wanted || stopped) continue;
    SPOOKY_ASSIGN(const std::string prefix, edge_prefix(node, way));
    std::string begin = prefix;
    if (!edge_table.empty()) append_text(begin, edge_table);
    SPOOKY_TRY(each(column::edges, prefix_span(std::move(begin)),
                    [&](std::string_view key, std::string_view) -> result<bool> {
                      key.remove_prefix(prefix.size());
                      SPOOKY_ASSIGN(record_id edge, take_record_id(key));
                      stopped = !visitor(value(std::move(edge)));
                      return !stopped;
                    }));
  }
  return {};
}

}  // namespace

result<std::shared_ptr<const replica_snapshot>> take_snapshot(
    std::shared_ptr<const replica_store> store) {
  auto pinned = std::make_shared<pinned_snapshot>(std::move(store));
  SPOOKY_TRY(pinned->read_seq());
  return std::shared_ptr<const replica_snapshot>(std::move(pinned));
}

}  // namespace spooky::storage
