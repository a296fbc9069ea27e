#pragma once

#include "machines/drift.hpp"
#include "machines/say.hpp"
#include "machines/time.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spooky::machines {

struct watch_pace {
  std::size_t reads_per_second = 2;  ///< of the database; 0: nothing is looked at
  std::size_t share_percent = 1;     ///< of the time that looks may take together
  /// A difference that is the same after so long is drift. Longer than a change takes to arrive.
  std::chrono::milliseconds confirm_after{15'000};
  std::chrono::milliseconds idle{1'000};  ///< until the next question what there is to look at
  std::size_t max_doubts = 100;           ///< looks that wait for their second one
};

/// What is looked at in one piece: a view, or a stretch of a table.
struct watch_subject {
  std::string name;
  std::optional<record_id> after;  ///< the stretch begins after this row; nothing: at the start
};

/// What happens to a watchman. An answer carries the number of the step that asked.
namespace watch_event {

struct began {};
struct subjects {  ///< all that there is to look at now; none: not now
  std::uint64_t step = 0;
  std::vector<std::string> names;
};
struct looked {
  std::uint64_t step = 0;
  std::vector<drift> found;
  std::optional<record_id> reached;  ///< where the next stretch begins; nothing: it was the last
  std::size_t reads = 1;             ///< of the database that it took
};
struct repaired {  ///< as far as can be told at once; the next round sees it
  std::uint64_t step = 0;
};
struct failed {  ///< not_found, not_ready, conflict: it cannot be looked at now
  std::uint64_t step = 0;
  error why;
};
struct due {  ///< a pause is over
  std::uint64_t pause = 0;
};
using any = std::variant<began, subjects, looked, repaired, failed, due>;

}  // namespace watch_event

/// What it wants done.
namespace watch_effect {

struct list_subjects {  ///< `subjects` follows
  std::uint64_t step = 0;
};
struct look {  ///< `looked` follows
  std::uint64_t step = 0;
  watch_subject at;
  /// The second time: all that was committed before now has to have arrived.
  bool again = false;
};
struct repair {  ///< `repaired` follows
  std::uint64_t step = 0;
  watch_subject at;
  std::vector<drift> confirmed;
};
struct pause {  ///< `due` follows
  std::uint64_t number = 0;
  std::chrono::milliseconds length{0};
};
using any = std::variant<list_subjects, look, repair, pause, say>;

}  // namespace watch_effect

using watch_effects = std::vector<watch_effect::any>;

/// What is compared with the database next, when, how a difference is confirmed, and what is
/// repaired. It goes round over all subjects, one look at a time. Where a look finds differences,
/// the subject is looked at again after `confirm_after`: what is found both times with the same
/// mark, so that neither side has changed meanwhile, is no change in flight but drift. It is
/// counted, logged with its table and row, and repaired.
///
/// Between two looks it rests for as many shares of the time the last one took that all together
/// take `share_percent` of the time at most, and so long that `reads_per_second` is kept. A full
/// queue of doubts drops new ones: the next round has them again. What is found unchanged after it
/// was repaired cannot be repaired: that is said and counted once, until it is gone. A repair that
/// could not be carried out is tried again with the next round.
class watch_cycle {
 public:
  explicit watch_cycle(watch_pace pace) : pace_(pace) {}

  watch_effects on(const watch_event::any& event, timestamp now);

  drift_report report() const;
  /// Somebody has looked at what report() lists.
  void seen() { ledger_.seen(); }

 private:
  struct step;
  /// What a first look found.
  struct doubt {
    watch_subject at;
    std::vector<drift> found;
    timestamp due{};
  };
  enum class phase : std::uint8_t { resting, listing, looking, looking_again, repairing };

  watch_pace pace_;
  drift_ledger ledger_;
  phase phase_ = phase::resting;
  std::deque<watch_subject> round_;  ///< the front one is next
  std::deque<doubt> doubts_;         ///< the front one is due first
  /// What was confirmed, by the subject as text, until a look does not find it any more.
  struct known_drift {
    drift what;
    bool repaired = false;
  };
  std::map<std::string, std::vector<known_drift>> known_;
  std::string repairing_;     ///< the subject under repair
  std::size_t unmended_ = 0;  ///< repaired, and found again
  timestamp began_{};         ///< the look under way
  bool troubled_ = false;     ///< and that has been said
  std::uint64_t steps_ = 0;   ///< answers to an earlier step are void
  std::uint64_t pauses_ = 0;  ///< likewise
};

}  // namespace spooky::machines
