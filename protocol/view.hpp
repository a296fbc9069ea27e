#pragma once

#include "surrealql/database/select_rules.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spooky {

/// What a client asks for when it registers a view, already validated.
struct view_registration {
  std::string id;  ///< the key of its `_spooky_query` record, without the table
  std::string surql;
  object params;
  std::string client_id;
  std::optional<duration> ttl;
  std::optional<datetime> last_active_at;
  std::string format;
  bool edges = true;
  surrealql::caller caller;  ///< whose rights it has, as the database said it
  bool rows = true;          ///< the answer to the registration carries the rows
  /// The fence of the placement it comes from: who writes under a lower one is refused by the
  /// database. Nothing where there is no scheduler.
  std::optional<std::uint64_t> epoch;
};

/// Whether both ask the same. A view's id stands for one query with its parameters.
inline bool same_query(const view_registration& a, const view_registration& b) {
  return a.surql == b.surql && value{a.params} == value{b.params};
}

using registration_ptr = std::shared_ptr<const view_registration>;
using registrations = std::vector<registration_ptr>;

/// A view as it was placed under an epoch; without one: as it is held, whatever its epoch.
struct view_claim {
  std::string id;
  std::optional<std::uint64_t> epoch;
};

/// Where a registered view lives.
struct view_assignment {
  std::string query_id;
  std::string ssp_id;
  std::string ssp_url;
  value answer;  ///< the SSP's own answer: initial result summary
};

/// How far the draining of an SSP is.
struct drain_progress {
  std::size_t views = 0;  ///< still to move; 0: it may leave
  std::string obstacle;   ///< why they do not move at present; empty: they do
};

}  // namespace spooky
