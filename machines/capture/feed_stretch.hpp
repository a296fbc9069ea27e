#pragma once

#include "machines/capture/change_feed.hpp"
#include "protocol/log.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace spooky::machines {

/// What a change feed says of a table.
struct fed_table {
  std::chrono::milliseconds retention{0};  ///< of its feed; 0: unknown
  /// False for a table defined DROP: its feed has rows that were written and are not there.
  bool stores = true;
  /// What happened to its definition until then is known, in the database's time.
  std::chrono::milliseconds known_until{0};
};
using fed_tables = std::map<std::string, fed_table>;

/// New transactions of one read of the feed, made ready for the sink.
///
/// A transaction that wrote a record twice says in no way what came last: where an event writes its
/// own record, the feed has the outer write behind the inner one. Such a record is read again,
/// unless a later transaction of the stretch says what it is. What is read is newer than the
/// stretch and older than whatever is read next, so it may take the place of the record's last
/// change.
class feed_stretch {
 public:
  /// Of tables that are not among `captured` nothing is taken.
  feed_stretch(std::vector<feed_transaction> fresh, const fed_tables& captured);

  /// Records that have to be read again: given to settle() before batches() is asked for.
  const std::vector<record_id>& doubtful() const noexcept { return doubtful_; }
  /// What some of them are now, as read after the stretch.
  void settle(const std::vector<change>& read);

  /// A batch for each transaction that changes something here, with its stamp as cursor.
  change_batches batches() const;

  bool defines() const noexcept { return defines_; }  ///< a table was defined in it
  /// Tables captured here that were defined again: they may have had no feed for a while before.
  const std::set<std::string>& redefined() const noexcept { return redefined_; }
  bool nameless() const noexcept { return nameless_; }  ///< see feed_transaction
  /// Tables captured here of which it has entries that are not understood.
  const std::set<std::string>& unread() const noexcept { return unread_; }

 private:
  void find_doubtful();

  std::vector<feed_transaction> transactions_;
  std::vector<record_id> doubtful_;
  std::set<std::string> unread_;
  std::set<std::string> redefined_;
  bool defines_ = false;
  bool nameless_ = false;
};

}  // namespace spooky::machines
