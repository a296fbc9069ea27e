#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/evaluate/table_source.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::storage {

/// A record as the replica keeps it.
struct stored_record {
  record_id id;
  value record;               ///< the whole record, an object with its `id`
  std::uint64_t version = 0;  ///< the application's record version, else the seq that wrote it

  friend bool operator==(const stored_record&, const stored_record&) = default;
};

/// The replica's small key-value families. `schema` holds what `INFO FOR DB` (key "") and
/// `INFO FOR TABLE` (key = table) returned, as CBOR; the others are their owners' own.
enum class meta_family : std::uint8_t { schema, views, cursors, meta };

using record_visitor = std::function<bool(const stored_record& row)>;
using meta_visitor = std::function<bool(std::string_view key, std::string_view data)>;

/// The replica's state at one seq, whatever is applied afterwards (I4). Shareable: any number of
/// threads may read it at once. Scans hold one record at a time in memory.
class replica_snapshot : public surrealql::table_source {
 public:
  /// The last change this state contains.
  virtual sequence_number seq() const noexcept = 0;

  /// The record with its version, if it exists.
  virtual result<std::optional<stored_record>> find(const record_id& id) const = 0;

  /// Visits a table's records with their versions in record-id order within `keys`; the visitor
  /// returns false to stop.
  virtual result<void> visit(std::string_view table, const value_range& keys,
                             const record_visitor& visitor) const = 0;

  /// The number of records. Reads every key of the table: about 2 million a second.
  virtual result<std::uint64_t> count(std::string_view table) const = 0;

  /// Tables that hold a record or have a schema row, sorted. Cost: per table, not per record.
  virtual result<std::vector<std::string>> tables() const = 0;

  virtual result<std::optional<std::string>> get_meta(meta_family family,
                                                      std::string_view key) const = 0;
  /// Visits the keys that start with `prefix`, in byte order.
  virtual result<void> scan_meta(meta_family family, std::string_view prefix,
                                 const meta_visitor& visitor) const = 0;
};

}  // namespace spooky::storage
