#pragma once

#include "machines/time.hpp"
#include "protocol/ids.hpp"
#include "surrealql/values/record_order.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace spooky::machines {

/// The unfinished jobs that a job_dispatcher knows of. Each either waits until it is due, or is
/// held by one SSP. Pure bookkeeping; every operation is O(log n) unless it says otherwise.
class job_ledger {
 public:
  /// At most `limit` jobs wait; those that are held count as well.
  explicit job_ledger(std::size_t limit) : limit_(limit) {}

  /// The database shows this job as pending after `retries` retries. An unknown job waits until
  /// `due`. One that is held goes back to waiting if `retries` has grown, for then the attempt that
  /// held it has ended; else the news is older than the hand-out. False: there is no room for it.
  bool pending(const record_id& job, std::uint64_t retries, timestamp due);
  /// The database, or whoever runs it, says that this SSP holds the job.
  void held_by(const record_id& job, const ssp_id& ssp, timestamp now);
  /// The job is over, or its record is gone. False if it was unknown.
  bool finish(const record_id& job);

  /// The job of this table that has been due longest; nothing if none is.
  std::optional<record_id> due(const std::string& table, timestamp now) const;
  /// When the next job of this table is due; nothing if none waits.
  std::optional<timestamp> next_due(const std::string& table) const;
  /// Gives a job, waiting or new, to an SSP. Answers with the SSP it may be taken over from.
  ssp_id hand_out(const record_id& job, const ssp_id& ssp, timestamp now);
  /// The attempt under way is over, or was never begun: the job waits again. `from`: whom it may be
  /// taken over from, if nobody was known to take it.
  void give_back(const record_id& job, std::uint64_t retries, timestamp due,
                 const ssp_id& from = {});
  /// The SSP is gone: what it held is due at once, to be taken over from it. O(its jobs).
  std::size_t lose(const ssp_id& ssp, timestamp now);

  struct entry {
    bool held = false;
    ssp_id ssp;                 ///< who holds it; waiting: whom it may be taken over from
    std::uint64_t retries = 0;  ///< as the database showed it last
    timestamp since{};          ///< held: since, or when that was last confirmed
    timestamp due{};            ///< waiting: until
    std::uint64_t turn = 0;     ///< order of arrival
  };
  /// Nothing for an unknown job. Valid until the next change.
  const entry* find(const record_id& job) const;

  bool full() const noexcept { return jobs_.size() >= limit_; }
  std::size_t size() const noexcept { return jobs_.size(); }
  std::size_t limit() const noexcept { return limit_; }
  std::size_t waiting(const std::string& table) const;
  std::size_t held(const std::string& table) const;
  std::size_t held(const std::string& table, const ssp_id& ssp) const;
  /// Over all tables.
  std::size_t held_at(const ssp_id& ssp) const;
  /// SSPs that hold jobs, and those jobs.
  const std::map<ssp_id, std::set<record_id, record_before>>& holders() const noexcept {
    return holders_;
  }
  /// Jobs of `ssp` not confirmed since `before`, which are confirmed by this. O(its jobs).
  std::vector<record_id> unconfirmed(const ssp_id& ssp, timestamp before, timestamp now);

 private:
  using place = std::tuple<timestamp, std::uint64_t, record_id>;
  void detach(const record_id& job, entry& from);
  void make_wait(const record_id& job, entry& e, timestamp due);
  void make_held(const record_id& job, entry& e, const ssp_id& ssp, timestamp now);

  std::size_t limit_;
  std::uint64_t turns_ = 0;
  record_map<entry> jobs_;
  std::map<std::string, std::set<place>> queues_;                 ///< by table
  std::map<ssp_id, std::set<record_id, record_before>> holders_;  ///< by SSP
  std::map<std::pair<std::string, ssp_id>, std::size_t> held_;    ///< by table and SSP
};

}  // namespace spooky::machines
