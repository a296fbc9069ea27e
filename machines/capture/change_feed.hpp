#pragma once

#include "surrealql/database/change.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace spooky::machines {

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
  std::size_t entries = 0;           ///< (transaction, table) entries, which LIMIT counts
};

/// Reads the answer of `SHOW CHANGES FOR DATABASE`. Changes of tables whose name starts with
/// `system_prefix` are left out, but count as entries; the field `<prefix>rv` is a record's
/// version. Fails with `corrupt` on an unknown shape.
result<std::vector<feed_transaction>> read_feed(const value& shown, std::string_view system_prefix);

/// Where the feed has been read to. The feed's stamps are taken before a commit becomes visible, so
/// a commit may appear behind the newest stamp seen: every read overlaps what was read before, and
/// stamps taken already are recognised (section 3.4). Two widths keep that cheap: frequent shallow
/// reads find what is new, and a deep read over the whole window finds what was late.
class feed_cursor {
 public:
  struct widths {
    std::chrono::milliseconds shallow{250};
    std::chrono::milliseconds deep{10'000};
  };

  feed_cursor(versionstamp newest, const std::vector<versionstamp>& seen, widths overlap);

  versionstamp newest() const noexcept { return newest_; }
  /// Where the next read starts.
  versionstamp since(bool deep) const;

  /// What of a page is new, in feed order; marks it as taken. A page with `limit` entries or more
  /// may have cut its last transaction in half: that one is left for the next page, which starts
  /// at `*next`. A null `next` afterwards means that the end of the feed was reached.
  struct page {
    std::vector<feed_transaction> fresh;
    versionstamp next = 0;  ///< 0: end of the feed
  };
  page take(std::vector<feed_transaction> transactions, std::size_t limit);

  std::size_t remembered() const noexcept { return seen_.size(); }

 private:
  void forget_old();

  versionstamp newest_;
  std::set<versionstamp> seen_;
  widths overlap_;
};

}  // namespace spooky::machines
