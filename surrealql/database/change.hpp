#pragma once

#include "surrealql/values/strong.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spooky {

/// Position in the one total order of changes. `wal_writer` assigns it, gap-free, starting at 1;
/// 0 means "before the first change".
using sequence_number = strong<struct sequence_kind, std::uint64_t>;

enum class change_op : std::uint8_t { create = 1, update = 2, erase = 3 };

/// "CREATE", "UPDATE" or "DELETE", as on the wire.
std::string_view to_string(change_op op) noexcept;

/// One committed change of one record.
struct change {
  sequence_number seq = 0;  ///< 0 until wal_writer has assigned it
  change_op op = change_op::create;
  record_id id;
  value record;  ///< the whole record after the change; NONE for a delete
  value before;  ///< the record before, where the source knows it; else NONE
  std::optional<std::uint64_t> version;  ///< the application's record version; else `seq` stands in

  friend bool operator==(const change&, const change&) = default;
};

/// Changes that become visible together: one source transaction. Never split on the way to a view.
struct change_batch {
  std::vector<change> changes;
  /// Where the source continues after this batch, such as a change feed versionstamp. Logged with
  /// the changes so that a restart resumes without loss or repetition (I3). Empty: no cursor.
  std::string source;    ///< which capture source, for example "changefeed"
  std::string cursor;    ///< opaque to everyone but that source
  std::string event_id;  ///< the producer's duplicate-suppression id; may be empty

  friend bool operator==(const change_batch&, const change_batch&) = default;
};

}  // namespace spooky
