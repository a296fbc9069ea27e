#pragma once

#include "intents/statements.hpp"
#include "surrealql/database/change.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::intents {

/// A change feed position: unix milliseconds in the upper 48 bits, a counter below
/// (notes, surrealdb-facts section 3.2).
using versionstamp = std::uint64_t;

versionstamp stamp_at(std::chrono::milliseconds since_epoch);
std::chrono::milliseconds time_of(versionstamp stamp);

/// One transaction as `SHOW CHANGES` gives it.
struct feed_transaction {
  versionstamp stamp = 0;
  std::vector<change> changes;
  std::vector<std::string> defined;  ///< tables defined in it
  /// Tables of which it holds an entry in a form that is not understood: it may lack their changes.
  std::set<std::string> unread;
  /// It holds an entry that does not say of which table it is, as those of tables defined AS
  /// SELECT.
  bool nameless = false;
  /// (transaction, table) entries, which LIMIT counts; more where some are nameless.
  std::size_t entries = 0;
};

/// What the change feeds of all tables hold from a position on, at most `limit` entries. Changes of
/// tables whose name starts with `system_prefix` are left out, but count as entries; the field
/// `<prefix>rv` is a record's version. Feeds that INCLUDE ORIGINAL are read alike. An entry in an
/// unknown form is noted with its table and fails nothing; without groups of entries it fails with
/// `corrupt`.
struct read_changes {
  using answer = std::vector<feed_transaction>;
  versionstamp since = 0;
  std::size_t limit = 0;
  std::string system_prefix;
};
query_text render(const read_changes& asked);
result<std::vector<feed_transaction>> read(const read_changes& asked, const db_answer& answer);

/// The database's time since the Unix epoch.
struct read_clock {
  using answer = std::chrono::milliseconds;
};
query_text render(const read_clock& asked);
result<std::chrono::milliseconds> read(const read_clock& asked, const db_answer& answer);

}  // namespace spooky::intents
