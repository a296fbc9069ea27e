#pragma once

#include "actors/messages.hpp"
#include "surrealql/values/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What jobs read and write in SurrealDB: the application's outbox records, of which `status`,
/// `retries`, `errors` and `updated_at` are ours to write, and `<prefix>job`, which says who runs
/// which job. The application's tables are often SCHEMAFULL, so nothing else goes into them.
///
/// Every query here is one statement, hence one transaction.
namespace spooky::actors {

struct job_format {
  std::string prefix = "_spooky_";
  spooky::ssp_id ssp_id;

  std::string lease_table() const { return prefix + "job"; }
};

/// Takes a job if it is pending, or processing by nobody, by this SSP itself (an earlier life of
/// it) or by `from`. What it was taken from is noted in its errors.
db_query claim_query(const job_format& format, const record_id& job, const ssp_id& from);

struct job_claim {
  enum class outcome : std::uint8_t {
    claimed,
    held,      ///< another SSP runs it
    finished,  ///< it is neither pending nor processing
    gone,      ///< there is no such record
  };
  outcome what = outcome::gone;
  ssp_id holder;              ///< when held
  std::uint64_t attempt = 0;  ///< when claimed: the fence, one more than ever before
  value record;               ///< when claimed: the job's record
};
result<job_claim> read_claim(result<db_answer> answer);

/// How an attempt ended, as it is written back.
struct job_outcome {
  std::string status;  ///< "success", "failed", or "pending": to be tried again
  std::uint64_t retries = 0;
  std::string code;  ///< with `reason` appended to `errors`; empty: no error
  std::string reason;
};

/// Writes an outcome, provided that this attempt still holds the job and the record is still
/// processing. `with_error` false leaves `errors` alone, for tables that refuse it.
db_query outcome_query(const job_format& format, const record_id& job, std::uint64_t attempt,
                       const job_outcome& outcome, bool with_error = true);

struct job_settled {
  enum class outcome : std::uint8_t {
    written,
    rejected,   ///< another attempt has taken the job over
    overruled,  ///< somebody gave the record another status meanwhile, or deleted it
  };
  outcome what = outcome::written;
  std::string status;  ///< when overruled: the record's status, "" for none
};
result<job_settled> read_settled(result<db_answer> answer);

/// The jobs of a table that are not finished, oldest first, at most `limit` of each kind.
db_query scan_query(const job_format& format, const std::string& table, std::size_t limit);

struct job_scan {
  struct waiting {
    record_id job;
    std::uint64_t retries = 0;
    std::chrono::milliseconds pause{0};  ///< what is left of the pause before the next attempt
  };
  struct running {
    record_id job;
    ssp_id ssp;  ///< empty: nobody says so
  };
  std::vector<waiting> pending;
  std::vector<running> processing;
};
/// `seed` varies the pauses. A table that does not exist holds no jobs.
result<job_scan> read_scan(const result<db_answer>& answer, std::uint64_t seed);

/// What is left of the pause before the next attempt of a record that is pending, at `now`.
std::chrono::milliseconds remaining_pause(const value& record, const value& now,
                                          std::uint64_t seed);
/// The record's `retries`; 0 where that is no count.
std::uint64_t read_retries(const value& record) noexcept;

}  // namespace spooky::actors
