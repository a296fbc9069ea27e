#pragma once

#include "intents/capture/changes.hpp"

#include <chrono>
#include <cstddef>
#include <set>
#include <vector>

namespace spooky::machines {

using intents::feed_transaction;
using intents::stamp_at;
using intents::time_of;
using intents::versionstamp;

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
