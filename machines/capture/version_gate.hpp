#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/values/record_order.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace spooky::machines {

/// The newest version of each record that table events brought: events are delivered more than once
/// and in any order, and only what is newer may pass. The same version with other contents is
/// newer, too, above what the database has committed: a rolled back write may have used the number
/// before. Remembers so many records and forgets the one it has known longest. Of what is
/// forgotten, and of what it was never told, nothing can be said but by the database: see knows().
/// Pure bookkeeping.
class version_gate {
 public:
  explicit version_gate(std::size_t capacity) : capacity_(capacity) {}

  /// Whether admit() can tell what is newer than what the consumer has of this record.
  bool knows(const record_id& id) const;

  /// Whether this change is newer than what is known of its record; if so it is known from now on.
  /// A change without a version passes always.
  bool admit(const change& c);

  /// A change that was admitted was not taken after all: its record is not known any more.
  void withdraw(const change& c);

  /// The newest version heard of for a record; 0: none.
  std::uint64_t known(const record_id& id) const;

  /// The record has had this version, wherever that is known from. That does not make it known.
  void raise(const record_id& id, std::uint64_t version);

  /// The database itself says that this is the record now, with so many committed versions: none of
  /// these can be newer. Known from now on.
  void set(const change& c, std::uint64_t committed);

  /// Nothing of the table is known any more: its rows may have changed without their versions.
  /// O(log tables).
  void forget(const std::string& table);

  /// Counts what passed: if it is the same later, nothing has come meanwhile.
  std::uint64_t passed() const noexcept { return passed_; }
  /// Whether what was read when passed() was so much is no news any more: something of its record
  /// has passed since that is not older.
  bool overtaken(const change& read, std::uint64_t moment) const;
  /// Something of this record passes that was not asked about.
  void pass(const record_id& id);

 private:
  struct entry {
    std::uint64_t version = 0;
    std::uint64_t committed = 0;  ///< what the database has counted, as far as it was asked
    std::size_t content = 0;      ///< a hash of what the version brought
    std::uint64_t moment = 0;     ///< when something passed; 0: never
    std::uint64_t learned = 0;    ///< when it became known; 0: it is not
  };
  entry& at(const record_id& id);
  bool fresh(const record_id& id, const entry& known) const;
  void learn(entry& known) { known.learned = ++learned_; }

  std::size_t capacity_;
  record_map<entry> records_;
  std::deque<record_id> order_;
  std::map<std::string, std::uint64_t> forgotten_;  ///< what was learned before does not count
  std::uint64_t passed_ = 0;
  std::uint64_t learned_ = 0;
};

}  // namespace spooky::machines
