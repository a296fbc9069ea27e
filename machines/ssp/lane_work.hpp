#pragma once

#include "protocol/table_rows.hpp"
#include "protocol/view.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/database/select_rules.hpp"
#include "surrealql/evaluate/catalog.hpp"
#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/result.hpp"
#include "views/results/view_delta.hpp"
#include "views/results/view_snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What a circuit and the lane of its heavy views tell each other.
namespace spooky::machines {

/// A view to be registered in the lane; one that is there shows itself again, and tries again if it
/// was halted.
struct lane_opening {
  std::uint64_t ticket = 0;  ///< of this attempt
  registration_ptr view;
};

/// What the database defines besides rows, and who may see what.
struct lane_definitions {
  std::shared_ptr<const surrealql::catalog> catalog{};
  std::shared_ptr<const surrealql::select_rules> rules{};
};

/// What a lane has to do, in the order of these members.
struct lane_work {
  std::uint64_t generation = 0;    ///< another than before: everything is forgotten first
  std::optional<datetime> now{};   ///< the circuit's
  surrealql::semantics answers{};  ///< of the SurrealDB that views answer as
  std::vector<view_id> closed{};
  std::vector<table_rows_ptr> tables{};  ///< to be kept from now on
  std::vector<change> changes{};         ///< in order, one for each record; of tables it has
  sequence_number position = 0;          ///< that these lead to
  /// From now on; nothing: as before. Nothing is told of the state between `changes` and these: it
  /// never was.
  std::optional<lane_definitions> definitions{};
  std::vector<lane_opening> opened{};
  bool tidy = false;          ///< tables that no view reads go
  std::size_t elsewhere = 0;  ///< bytes that the circuit takes of what both may
};

/// The table for want of which a view fails; null: it fails for something else.
inline const std::string* missing_table(const error& failed) {
  return failed.cause == error_cause::missing_table ? &failed.table : nullptr;
}
const std::string* missing_table(error&&) = delete;

/// What came of an opening.
struct lane_opened {
  std::uint64_t ticket = 0;
  view_id view;
  result<std::shared_ptr<const views::view_snapshot>> shown;
};

/// What came of a lane's work.
struct lane_report {
  std::uint64_t generation = 0;
  sequence_number position = 0;
  std::vector<views::view_delta> deltas{};
  /// Views that are told as a whole, for what is defined has changed.
  std::vector<std::shared_ptr<const views::view_snapshot>> shown{};
  std::vector<lane_opened> opened{};
  std::vector<table_name> tables{};       ///< that it has now
  std::optional<datetime> next_moment{};  ///< when its views look at the clock next
  std::size_t bytes = 0;  ///< that it takes now, rows that the circuit has, too, included
  std::map<view_id, std::size_t> kept{};  ///< bytes of views that were opened or changed
};

}  // namespace spooky::machines
