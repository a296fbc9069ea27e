#pragma once

#include "actors/ssp/edge_transaction.hpp"
#include "machines/ssp/edge_ledger.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

/// Who may write a view's edges, as the database decides it. `_spooky_query.epoch` is the owner's
/// epoch, `writes` counts its transactions. Every transaction changes the record, so that of two at
/// once one fails and, tried again, sees what the other did; and each checks the record first:
///
/// * a **claim** takes the view over, unless a newer epoch has it, and reads its edges in the same
///   transaction: what the former owner commits later is refused, what it committed before is read;
/// * a batch is refused unless the record has its epoch and a lower count, so a transaction that
///   was given up and commits late cannot undo what came after it;
/// * an end is refused if a newer epoch has the view.
///
/// What was refused so was THROWn as `FENCED`.
namespace spooky::actors {

/// Claims the view of a registration. One without an epoch, where there is no scheduler, gets one
/// above all that the record has seen and not below `floor`.
db_query claim_query(const edge_format& format, const view_registration& view,
                     placement_epoch floor);
result<stored_view> read_claimed(const db_answer& answer);

/// Deletes a view's edges and its query record, unless an epoch above `epoch` owns it.
db_query erase_view_query(const edge_format& format, const view_id& view_id,
                          std::optional<placement_epoch> epoch);

/// Whether the database refused the transaction because the view is not ours to write.
bool is_fenced(const db_answer& answer);

/// What a query record says of its owner.
struct view_owner {
  placement_epoch epoch = 0;
  write_count writes = 0;
};
using view_owners = std::map<view_id, view_owner>;  ///< by view

/// The owners of a batch's views; views whose record is gone are missing.
db_query owners_query(const edge_format& format, const edge_ledger::batch& batch);
result<view_owners> read_owners(const value& rows);

}  // namespace spooky::actors
