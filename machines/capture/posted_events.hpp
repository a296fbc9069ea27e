#pragma once

#include "machines/capture/version_gate.hpp"
#include "protocol/log.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/record_order.hpp"
#include "surrealql/values/result.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace spooky::machines {

/// What happens to events on their way to the sink.
namespace post_event {

/// These changes were posted; the number is the poster's.
struct posted {
  std::uint64_t number = 0;
  change_batches batches;
};
/// The answer to post_effect::read_records: each record as the database has it, and in its version
/// how many were committed.
struct read {
  std::vector<change> found;
};
/// There is none, and nothing else may be expected of the database now.
struct unread {
  error why;
};
/// The sink did not take what had passed.
struct refused {
  const change_batches* batches = nullptr;
};

}  // namespace post_event

namespace post_effect {

/// Read these, together with their versions.
struct read_records {
  std::vector<record_id> ids;
};
/// These are news: they go to the sink.
struct pass {
  std::uint64_t number = 0;
  change_batches batches;
};
/// Nothing of it is news: whatever it says, the sink has it, or has something newer.
struct known {
  std::uint64_t number = 0;
};
/// It is to be posted again.
struct refuse {
  std::uint64_t number = 0;
  error why;
};
using any = std::variant<read_records, pass, known, refuse>;

}  // namespace post_effect

using post_effects = std::vector<post_effect::any>;

/// Which of the changes that table events post may go to the sink, so that no row there is followed
/// by an older one. Events come late, more than once and in any order, also of tables that another
/// source has, that are gone, or were defined anew.
///
/// * An event of a table that another source reads from the database says nothing: it is known.
/// * The first event of a record (since the start, or since what was known of it was forgotten)
///   waits until the record has been read. If the database has committed its version, what was read
///   takes its place, for it is that or newer. If not, it comes from a transaction that has not
///   ended, and passes.
/// * From then on versions only rise (version_gate).
///
/// A change without a version is not from one of our events; who may post such is not decided here.
class posted_events {
 public:
  /// Remembers the versions of so many records; reads about `at_once` of them at once.
  posted_events(std::size_t remembered, std::size_t at_once)
      : gate_(remembered), at_once_(at_once) {}

  post_effects on(const post_event::posted& event);
  post_effects on(const post_event::read& event);
  post_effects on(const post_event::unread& event);
  void on(const post_event::refused& event);

  /// The table's events are to be taken. `anew`: its rows may have changed without being counted.
  void adopt(const std::string& table, bool anew);
  /// It is gone. Its late events are judged by what the database has of their records: nothing.
  void retract(const std::string& table);
  /// Another source has it.
  void cede(const std::string& table);

  /// Tables whose events are taken.
  const std::set<std::string>& tables() const noexcept { return tables_; }
  bool owns(const std::string& table) const { return tables_.contains(table); }
  /// Whether another source has the table.
  bool has_ceded(const std::string& table) const { return ceded_.contains(table); }
  bool reading() const noexcept { return !asked_.empty(); }

  /// For whoever reads records and offers them to the sink beside what is posted.
  version_gate& gate() noexcept { return gate_; }

 private:
  struct post {
    std::uint64_t number = 0;
    change_batches batches;
  };
  bool unclear(const change& c) const;
  bool certain(const post& waiting) const;
  void judge(post waiting, const record_map<change>& found, post_effects& effects);
  bool take_read(change& c, const record_map<change>& found);
  void read_next(post_effects& effects);

  version_gate gate_;
  std::size_t at_once_;
  std::set<std::string> tables_;
  std::set<std::string> ceded_;
  std::vector<post> asked_;     ///< whose records are being read
  std::vector<post> waiting_;   ///< for the next read
  std::uint64_t asked_at_ = 0;  ///< what had passed the gate when they were asked for
};

}  // namespace spooky::machines
