#pragma once

#include "intents/statements.hpp"
#include "intents/views/edge_format.hpp"
#include "intents/views/edges.hpp"
#include "intents/views/fence.hpp"
#include "protocol/ids.hpp"
#include "protocol/view.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

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
/// A batch or an end that was refused so was THROWn as `FENCED`; a claim says it in its answer.
namespace spooky::intents {

struct claimed_view {
  bool fenced = false;  ///< a newer epoch has the view: nothing was claimed, nothing read
  stored_view stored;
};
using claimed_views = std::vector<claimed_view>;

/// Claims views in one transaction, each as if it were alone: a view that a newer epoch has does
/// not keep the others from being claimed. Answers in their order. No view may be there twice.
struct claim_views {
  using answer = claimed_views;
  struct claim {
    registration_ptr view;
    /// A view without an epoch, where there is no scheduler, gets one above all that the record has
    /// seen and not below this.
    placement_epoch floor = 0;
  };
  edge_format format;
  std::vector<claim> claims;
};
query_text render(const claim_views& asked);
result<claimed_views> read(const claim_views& asked, const db_answer& answer);

/// Deletes a view's edges and its query record, unless an epoch above `epoch` owns it.
struct erase_view {
  using answer = guarded_write;
  edge_format format;
  spooky::view_id view_id;
  std::optional<placement_epoch> epoch;
};
query_text render(const erase_view& asked);
result<guarded_write> read(const erase_view& asked, const db_answer& answer);

/// What a query record says of its owner.
struct view_owner {
  placement_epoch epoch = 0;
  write_count writes = 0;

  friend bool operator==(const view_owner&, const view_owner&) = default;
};
using view_owners = std::map<view_id, view_owner>;  ///< by view

/// The owners of these views; views whose record is gone are missing.
struct read_owners {
  using answer = view_owners;
  edge_format format;
  std::vector<view_id> view_ids;
};
query_text render(const read_owners& asked);
result<view_owners> read(const read_owners& asked, const db_answer& answer);

}  // namespace spooky::intents
