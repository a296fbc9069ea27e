#pragma once

#include "protocol/ids.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/database/select_rules.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spooky {

/// What a client asks for when it registers a view, already validated.
struct view_registration {
  /// A view of the query: its key, for system users; for others it is told apart by who they are.
  view_id id;
  /// What its clients know it by: the key of its record in `_spooky_query`.
  query_key query;
  std::string surql;
  object params;
  std::string client_id;
  std::optional<duration> ttl;
  std::optional<datetime> last_active_at;
  std::string format;
  bool edges = true;
  surrealql::caller caller;  ///< whose rights it has, as the database said it
  bool rows = true;          ///< the answer to the registration carries the rows
  bool wait = true;          ///< and waits until its record and edges are in the database
  /// The fence of the placement it comes from: who writes under a lower one is refused by the
  /// database. Nothing where there is no scheduler.
  std::optional<placement_epoch> epoch;
};

/// Whether both ask the same. A view's id stands for one query with its parameters.
inline bool same_query(const view_registration& a, const view_registration& b) {
  return a.surql == b.surql && value{a.params} == value{b.params};
}

using registration_ptr = std::shared_ptr<const view_registration>;
using registrations = std::vector<registration_ptr>;

/// A view as it was placed under an epoch; without one: as it is held, whatever its epoch.
struct view_claim {
  view_id id;
  std::optional<placement_epoch> epoch;
  /// It is a query's key: all views of the query are meant.
  bool whole_query = false;
  /// Who says so saw that nobody wants it: it ends if that is still so when its turn comes.
  bool unless_wanted = false;
};

/// The record of the user who owns the view; nothing for system users and guests.
std::optional<record_id> owner_of(const view_registration& view);

/// The id of a caller's view of a query: the query's key for system users; for others made of the
/// statement, the parameters and who they are, as far as that outlives a sign-in.
view_id view_id_of(const view_registration& view);

/// The query that a view is of. Linear in the id's length.
query_key query_of(const view_id& view);

/// Whether a view is one of that query's.
bool is_view_of(const view_id& view, const query_key& query);

/// What registering a view, or asking for it, is answered with.
struct view_answer {
  query_key query;
  view_id view;
  std::optional<value> rows;  ///< the result; nothing: the rows were not asked for
  std::vector<std::pair<record_id, std::uint64_t>> members;  ///< main rows, with their versions
  std::size_t row_count = 0;  ///< of the result, also those that are no records': groups, split
  double cost = 1;            ///< what the view costs its SSP
  std::string result_hash;
  std::string merkle_root;
  sequence_number seq = 0;  ///< what it shows
  std::string mode = "incremental";  ///< how it is kept, or "recompute", or "asked"
  std::string reason;                ///< why not incremental; empty: it is
  std::string failure;      ///< why it shows an older result; empty: it does not
};

/// Where a registered view lives.
struct view_assignment {
  view_id view;
  ssp_id ssp;
  std::string ssp_url;
  value answer;  ///< the SSP's own answer: initial result summary
};

/// How far the draining of an SSP is.
struct drain_progress {
  std::size_t views = 0;  ///< still to move; 0: it may leave
  std::string obstacle;   ///< why they do not move at present; empty: they do
};

}  // namespace spooky
