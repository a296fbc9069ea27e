#pragma once

#include "protocol/ids.hpp"
#include "surrealql/database/change.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace spooky {

/// Transactions on their way to the log, in commit order.
using change_batches = std::vector<change_batch>;

/// The place the log gave to what was appended. `first > last` for nothing but duplicates.
struct committed {
  sequence_number first = 0;
  sequence_number last = 0;
};

/// A durable, sequenced stretch of the log: whole transactions, gap-free. On its way to an SSP it
/// holds only changes of the tables the SSP needs, and still stands for everything first..last.
struct log_slice {
  sequence_number first = 0;
  sequence_number last = 0;
  std::shared_ptr<const change_batches> batches;
  /// Which registration of the SSP it was sent for (link_status::epoch); 0: none.
  registration_epoch epoch = 0;

  /// How many positions of the log it covers.
  std::size_t span() const { return batches ? static_cast<std::size_t>(last - first + 1) : 0; }
};

}  // namespace spooky
