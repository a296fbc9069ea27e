#pragma once

#include "machines/ssp/circuit_position.hpp"
#include "surrealql/database/change.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace spooky::machines {

/// The tables whose changes an SSP needs, and those it is known to be sent. Statements go out one
/// at a time, each with a higher revision than the last; around a registration there are none, for
/// they could reach the link that ends. Pure bookkeeping; the circuit owns it.
class interest_ledger {
 public:
  /// A set of tables to state.
  struct statement {
    std::uint64_t revision = 0;
    std::vector<table_name> tables;
  };

  /// From `start` on these tables' changes are sent. Nothing: all are, and nothing is ever stated.
  void reset(const circuit_start& start);
  void want(const table_name& table) { wanted_.insert(table); }
  void unwant(const table_name& table);
  const std::set<table_name>& wanted() const noexcept { return wanted_; }

  /// The seq above which every change of the table is sent; nothing while that is not known.
  std::optional<sequence_number> granted(const table_name& table) const;

  /// What to state now; nothing if all is said, or an answer is awaited.
  std::optional<statement> next();
  /// The statement was heard: changes above `from` contain its tables. Gives those that are new.
  std::vector<table_name> heard(std::uint64_t revision, sequence_number from);
  /// It was not, or nobody knows: next() states it again. False if its answer counts no more.
  bool unheard(std::uint64_t revision);

  /// A registration is about to be sent: what it states. Until reset() or resumed() next() is
  /// silent and answers to earlier statements count no more.
  statement hold();
  /// The registration was accepted at `applied` for all that hold() gave. Gives the new tables.
  std::vector<table_name> resumed(sequence_number applied);

 private:
  std::vector<table_name> grant(sequence_number from);

  bool stating_ = false;
  bool held_ = false;
  std::uint64_t revision_ = 0;
  std::optional<std::uint64_t> awaited_;  ///< the revision whose answer is due
  std::set<table_name> wanted_;
  std::optional<std::set<table_name>> stated_;  ///< by the last statement; nothing: unknown
  std::map<table_name, sequence_number> granted_;
};

}  // namespace spooky::machines
