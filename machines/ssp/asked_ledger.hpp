#pragma once

#include "machines/time.hpp"
#include "protocol/ids.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/value.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace spooky::machines {

/// How often the database is asked.
struct asking_pace {
  /// From a change to the question: what changes meanwhile is answered with it.
  timespan debounce = std::chrono::milliseconds{100};
  timespan between = std::chrono::milliseconds{500};     ///< two questions of one query
  timespan between_all = std::chrono::milliseconds{50};  ///< two questions of any
  std::size_t at_once = 4;                               ///< questions that wait for an answer
  timespan retry_initial = std::chrono::milliseconds{500};
  timespan retry_limit = std::chrono::seconds{30};
};

/// When which query is asked of the database, of those that views here show but cannot evaluate.
/// Equal queries are one, however many views show it. It is asked when it is new, when a table
/// behind it has changed, and again when the database could not be reached. A change that comes
/// while an answer is awaited is asked about again: the answer may be of a moment before it. Pure
/// bookkeeping; the circuit owns it.
class asked_ledger {
 public:
  /// What is asked. The same text and parameters are the same query, whoever asks.
  struct query {
    std::string text;
    object params;
  };
  struct question {
    std::uint64_t ticket = 0;
    query what;
  };
  /// Of an answer that has come, or of one that will not.
  struct outcome {
    std::vector<view_id> views;  ///< that show it; none: nobody wants it any more
    sequence_number seq = 0;     ///< what had been applied when it was asked
  };

  explicit asked_ledger(asking_pace pace) : pace_(pace) {}
  asked_ledger() = default;

  /// Forgets everything; answers still to come are void.
  void reset();

  // -- views ------------------------------------------------------------------------------------

  /// The view shows this query's answer, which follows these tables. One that shows another one
  /// already leaves that first.
  void admit(const view_id& view, const query& what, std::set<table_name> tables, timestamp now);
  void drop(const view_id& view);
  bool has(const view_id& view) const { return views_.contains(view); }
  std::size_t size() const noexcept { return views_.size(); }
  std::size_t queries() const noexcept { return queries_.size(); }
  /// Another view that shows the same.
  std::optional<view_id> sibling(const view_id& view) const;
  /// The tables behind the view may be others from `applied` on: it is asked again.
  void depends_on(const view_id& view, std::set<table_name> tables, sequence_number applied,
                  timestamp now);
  /// The view has nothing to show: it is asked, unless that is due or under way.
  void lacks_answer(const view_id& view, timestamp now);
  /// All tables behind views. O(queries x tables).
  std::set<table_name> tables() const;
  const std::set<table_name>& tables_of(const view_id& view) const;
  /// How often the view's query has been asked since somebody first showed it.
  std::uint64_t times_asked(const view_id& view) const;

  // -- asking -----------------------------------------------------------------------------------

  /// Rows of the table have changed above `before`. O(queries).
  void changed(const table_name& table, sequence_number before, timestamp now);
  /// The questions to put to the database now that the circuit has applied everything up to
  /// `applied`, longest due first. `heard`: whether changes of a table reach us, which they must
  /// before its rows are asked for. O(queries).
  using reaches_us = std::function<bool(const table_name&)>;
  std::vector<question> take(timestamp now, sequence_number applied, const reaches_us& heard);
  /// When take() next has something to give, as far as time decides that. O(queries).
  std::optional<timestamp> next(const reaches_us& heard) const;

  /// The database has answered. Nothing: nobody wants it any more.
  outcome answered(std::uint64_t ticket);
  /// It has not. `again`: it is asked again by itself, later each time; else when a table changes.
  outcome failed(std::uint64_t ticket, bool again, timestamp now);

  /// The seq up to which what the view shows contains every change: `applied` while nothing is to
  /// be asked.
  sequence_number position(const view_id& view, sequence_number applied) const;

 private:
  struct entry {
    query what;
    std::set<table_name> tables;
    std::set<view_id> views;
    std::optional<timestamp> due;     ///< nothing: its answer is what the database would say
    timestamp not_before{};           ///< for it was asked, or has failed, not long ago
    std::uint64_t ticket = 0;         ///< of the question that is in flight; 0: none
    sequence_number asked_at = 0;     ///< of that question
    sequence_number holds_until = 0;  ///< what it answered last contains every change up to there
    std::uint64_t asked = 0;
    unsigned failures = 0;  ///< in a row
  };
  using entries = std::map<std::uint64_t, entry>;

  static void want(entry& one, timestamp when, sequence_number held);
  static bool settled(const entry& one) { return !one.due && one.ticket == 0 && one.failures == 0; }
  static bool is_heard(const entry& one, const reaches_us& heard);
  timestamp due_at(const entry& one) const;
  entries::iterator by_ticket(std::uint64_t ticket);
  static outcome over(entry& one);
  static std::size_t fingerprint(const query& what);

  asking_pace pace_;
  std::uint64_t numbers_ = 0;
  std::uint64_t tickets_ = 0;
  std::set<std::uint64_t> in_flight_;  ///< tickets, also of what nobody wants any more
  timestamp not_before_{};             ///< any question
  entries queries_;
  std::multimap<std::size_t, std::uint64_t> by_fingerprint_;
  std::map<view_id, std::uint64_t> views_;
};

}  // namespace spooky::machines
