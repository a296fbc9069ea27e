#pragma once

#include "intents/capture/outbox.hpp"
#include "machines/capture/posted_events.hpp"
#include "surrealql/values/record_order.hpp"

#include <set>
#include <string>
#include <vector>

namespace spooky::machines {

/// What is to be done about the events that lie in the outbox.
struct outbox_plan {
  std::vector<record_id> records;       ///< to be read again and delivered
  std::vector<record_id> rows;          ///< of the outbox, to be removed when that is done
  std::vector<std::string> strangers;   ///< tables of such rows that another source has, once each
  std::vector<std::string> unreadable;  ///< what is wrong with rows that stay
};

/// Events that the server gave up on. An event says no more than that its record was written: what
/// the record is now is read from the database, for newer events may have come long ago. One that
/// is of a table captured otherwise, or that is gone, says nothing at all. Pure bookkeeping.
class left_events {
 public:
  /// A look at the outbox has found these. Rows that no look of the round before found may still be
  /// on their way, or of a table that has not been seen yet; but nobody was there to be posted to
  /// while capture is `catching_up`.
  outbox_plan look(const std::vector<intents::outbox_row>& rows, const posted_events& tables,
                   bool catching_up);

  /// A while has passed: what has been found until now was found before.
  void begin_round();

 private:
  std::set<record_id, record_before> before_;  ///< found in the last round
  std::set<record_id, record_before> found_;   ///< found in this one
  std::set<std::string> told_;                 ///< strangers
};

}  // namespace spooky::machines
