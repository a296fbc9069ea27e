#pragma once

#include "machines/pool/placement_status.hpp"
#include "machines/time.hpp"
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
  std::string ssp_id;         ///< its SSP; if it has none, the one it would go back to, or nobody
  std::uint64_t epoch = 0;    ///< of its newest placement
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
  void restore(const std::string& id, placement noted);
  /// An SSP has it under this epoch.
  void place(const std::string& id, const std::string& ssp_id, std::uint64_t epoch, double cost);
  /// Nobody has it; `home` may have had it and is asked first.
  void displace(const std::string& id, const std::string& home);
  /// A placement failed: it is not tried again before `due`.
  void postpone(const std::string& id, timestamp due);
  void doom(const std::string& id);
  void remove(const std::string& id);

  const placement* find(const std::string& id) const;
  using condition = std::function<bool(const std::string&)>;
  /// At most `limit` of those without an SSP that meet the condition, the most active first.
  std::vector<std::string> waiting(std::size_t limit, const condition& meets) const;
  std::vector<std::string> doomed(std::size_t limit, const condition& meets) const;
  /// Those an SSP has, the most active first; all of them, or some that meet a condition.
  std::vector<std::string> on(const std::string& ssp_id) const;
  std::vector<std::string> on(const std::string& ssp_id, std::size_t limit,
                              const condition& meets) const;
  /// At most `limit` of those an SSP has, the least active first.
  std::vector<std::string> least_active_on(const std::string& ssp_id, std::size_t limit) const;
  /// The ids of all SSPs that have views.
  std::vector<std::string> homes() const;
  std::size_t count_on(const std::string& ssp_id) const;
  ssp_load load(const std::string& ssp_id) const;
  /// An SSP that keeps this query up to date already, but not `except`; empty if there is none.
  std::string home_of_equal(const view_registration& view, const std::string& except = {}) const;
  /// The views that share one query with this one on the SSP that has it, itself included.
  std::vector<std::string> equals_of(const std::string& id) const;
  placement_status status() const;

 private:
  /// The most active first, then by id.
  using rank = std::pair<std::int64_t, std::string>;
  struct household {
    std::set<rank> views;
    double cost = 0;
  };
  struct entry : placement {
    std::string identity;
  };
  static rank rank_of(const std::string& id, const placement& view) { return {-view.activity, id}; }
  /// Takes the entry out of the indexes, and puts it back; what they depend on changes in between.
  void unlink(const std::string& id, const entry& view);
  void link(const std::string& id, const entry& view);

  std::map<std::string, entry> views_;
  std::set<rank> waiting_;
  std::set<std::string> doomed_;
  std::map<std::string, household> homes_;
  /// By query: the views that share it on each SSP.
  std::map<std::string, std::map<std::string, std::set<std::string>>> equals_;
};

}  // namespace spooky::machines
