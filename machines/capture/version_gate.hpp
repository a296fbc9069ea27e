#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/values/record_order.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace spooky::machines {

/// The newest version of each record that table events brought: events are delivered more than once
/// and in any order, and only what is newer may pass. The same version with other contents is
/// newer, too: a rolled back write may have used the number before. Remembers so many records and
/// forgets the one it has known longest, after which a late event may pass; comparing with the
/// database repairs that. Pure bookkeeping.
class version_gate {
 public:
  explicit version_gate(std::size_t capacity) : capacity_(capacity) {}

  /// Whether this change is newer than what is known of its record; if so it is known from now on.
  /// A change without a version passes always.
  bool admit(const change& c);

  /// A change that was admitted was not taken after all, so that its repetition must pass.
  void withdraw(const change& c);

  /// The newest version known of a record; 0: none.
  std::uint64_t known(const record_id& id) const;

  /// The record has had this version, wherever that is known from.
  void raise(const record_id& id, std::uint64_t version);

  /// The database itself says that this is the record now.
  void set(const change& c);

  /// Counts what passed for a record: if it is the same later, nothing has come meanwhile.
  std::uint64_t passed() const noexcept { return passed_; }
  /// Whether anything of this record has passed since passed() was so much.
  bool passed_since(const record_id& id, std::uint64_t moment) const;

 private:
  struct entry {
    std::uint64_t version = 0;
    std::size_t content = 0;   ///< a hash of what it brought
    std::uint64_t before = 0;  ///< the version that withdraw() brings back
    std::uint64_t moment = 0;
  };
  entry& at(const record_id& id);

  std::size_t capacity_;
  record_map<entry> records_;
  std::deque<record_id> order_;
  std::uint64_t passed_ = 0;
};

}  // namespace spooky::machines
