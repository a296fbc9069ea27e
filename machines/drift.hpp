#pragma once

#include "machines/time.hpp"
#include "surrealql/values/value.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spooky::machines {

/// How what is kept here can differ from what the database has.
enum class drift_kind : std::uint8_t {
  row_missing,   ///< a row of the database is not in the replica
  row_extra,     ///< the replica has a row that the database has not
  row_changed,   ///< both have the row, and it is another one
  view,          ///< a view shows another result than the database answers
  edge_missing,  ///< a member of a view has no edge
  edge_extra,    ///< an edge is no member's
  edge_changed,  ///< an edge says another version, client or place than its member
  view_record,   ///< a view's record says another number of rows or another root
};
/// "row_missing" and so on, as metrics say it.
std::string_view to_string(drift_kind kind) noexcept;

/// One difference as one look found it.
struct drift {
  drift_kind kind = drift_kind::row_changed;
  std::string table;
  std::string row;              ///< its id as text; for a view's result the view's id
  std::optional<record_id> id;  ///< the row's, where there is one
  std::uint64_t mark = 0;       ///< made of what both sides said: other content, another mark

  friend bool operator==(const drift&, const drift&) = default;
};

/// A difference that a second look confirmed.
struct confirmed_drift {
  drift what;
  timestamp at{};
};

/// What a watchman has found, for metrics, health and operators.
struct drift_report {
  using place = std::pair<drift_kind, std::string>;  ///< kind and table
  std::map<place, std::uint64_t> totals;             ///< since the start
  std::vector<confirmed_drift> unseen;  ///< those that nobody has looked at, the newest first
  std::size_t unlisted = 0;             ///< unseen as well, and no longer in the list
  std::size_t unmended = 0;             ///< found again after a repair, unchanged
  std::uint64_t looks = 0;              ///< at pages or views, since the start
  std::uint64_t rounds = 0;             ///< over all there is to look at

  std::size_t unseen_count() const noexcept { return unseen.size() + unlisted; }
};

/// Counts what was confirmed, and lists it until somebody looks. Pure bookkeeping, bounded: the
/// list has the newest `listed`, the counts one entry for each kind and table.
class drift_ledger {
 public:
  explicit drift_ledger(std::size_t listed = 100) : listed_(listed) {}

  void confirm(const drift& what, timestamp now);
  void looked() noexcept { ++report_.looks; }
  void went_round() noexcept { ++report_.rounds; }
  /// Somebody has looked at all that report() lists.
  void seen();

  drift_report report() const;

 private:
  std::size_t listed_;
  drift_report report_;
  std::deque<confirmed_drift> unseen_;
};

}  // namespace spooky::machines
