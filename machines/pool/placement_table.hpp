#pragma once

#include "machines/pool/placement_status.hpp"
#include "machines/time.hpp"
#include "machines/view_caps.hpp"
#include "protocol/view.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::machines {

/// What two registrations have in common that ask the same: the statement as the parser prints it,
/// and the parameters.
std::string query_identity(std::string_view surql, const object& params);

enum class placement_state : std::uint8_t {
  waiting,  ///< no SSP has it
  placed,   ///< its SSP has it
  doomed,   ///< unregistered; its edges and its record are still to be removed
};

/// A view and where it lives.
struct placement {
  registration_ptr registration;
  placement_state state = placement_state::waiting;
  spooky::ssp_id ssp_id;      ///< its SSP; if it has none, the one it would go back to, or nobody
  placement_epoch epoch = 0;  ///< of its newest placement
  double cost = 1;            ///< what its SSP said at its registration
  std::int64_t activity = 0;  ///< see placement_table
  unsigned attempts = 0;      ///< placements that failed in a row
  timestamp due{};            ///< waiting: not to be tried before
};

/// Which view lives where. A view's **activity**, the later of what its client said at its last
/// registration (`lastActiveAt`) and the time of that registration, decides in which order views
/// are placed when many wait: clients register again when they come back, so the views that
/// somebody looks at come first. Pure bookkeeping; view_registry owns it.
class placement_table {
 public:
  /// A registration: a new view waits; of a known one client and activity are kept.
  /// @param now seconds since 1970.
  void enroll(const registration_ptr& view, std::int64_t now);
  /// A view as an earlier run noted it.
  void restore(const view_id& id, placement noted);
  /// An SSP has it under this epoch.
  void place(const view_id& id, const ssp_id& ssp_id, placement_epoch epoch, double cost);
  /// Nobody has it; `home` may have had it and is asked first.
  void displace(const view_id& id, const ssp_id& home);
  /// A placement failed: it is not tried again before `due`.
  void postpone(const view_id& id, timestamp due);
  void doom(const view_id& id);
  void remove(const view_id& id);

  const placement* find(const view_id& id) const;
  /// What a client's views take, see client_of(): rows by what their SSPs say they cost.
  /// O(views of the client).
  view_usage usage_of(const std::string& client) const;
  /// All views of a query. O(log n + those whose key begins like the query's).
  std::vector<view_id> views_of(const query_key& query) const;
  using condition = std::function<bool(const view_id&)>;
  /// At most `limit` of those without an SSP that meet the condition, the most active first.
  std::vector<view_id> waiting(std::size_t limit, const condition& meets) const;
  std::vector<view_id> doomed(std::size_t limit, const condition& meets) const;
  /// Those an SSP has, the most active first; all of them, or some that meet a condition.
  std::vector<view_id> on(const ssp_id& ssp_id) const;
  std::vector<view_id> on(const ssp_id& ssp_id, std::size_t limit, const condition& meets) const;
  /// At most `limit` of those an SSP has, the least active first.
  std::vector<view_id> least_active_on(const ssp_id& ssp_id, std::size_t limit) const;
  /// The ids of all SSPs that have views.
  std::vector<ssp_id> homes() const;
  std::size_t count_on(const ssp_id& ssp_id) const;
  ssp_load load(const ssp_id& ssp_id) const;
  /// An SSP that keeps this query up to date already, but not `except`; empty if there is none.
  ssp_id home_of_equal(const view_registration& view, const ssp_id& except = {}) const;
  /// The views that share one query with this one on the SSP that has it, itself included.
  std::vector<view_id> equals_of(const view_id& id) const;
  placement_status status() const;

 private:
  /// The most active first, then by id.
  using rank = std::pair<std::int64_t, view_id>;
  struct household {
    std::set<rank> views;
    double cost = 0;
  };
  struct entry : placement {
    std::string identity;
    std::optional<std::string> client;
  };
  static rank rank_of(const view_id& id, const placement& view) { return {-view.activity, id}; }
  /// Takes the entry out of the indexes, and puts it back; what they depend on changes in between.
  void unlink(const view_id& id, const entry& view);
  void link(const view_id& id, const entry& view);

  void belongs_to(const view_id& id, entry& view);

  std::map<view_id, entry> views_;
  std::set<rank> waiting_;
  std::set<view_id> doomed_;
  std::map<std::string, std::set<view_id>> clients_;  ///< doomed ones are nobody's
  std::map<ssp_id, household> homes_;
  /// By query: the views that share it on each SSP.
  std::map<std::string, std::map<ssp_id, std::set<view_id>>> equals_;
};

}  // namespace spooky::machines
