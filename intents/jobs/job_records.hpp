#pragma once

#include "intents/statements.hpp"
#include "protocol/ids.hpp"
#include "surrealql/values/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// What jobs read and write in SurrealDB: the application's outbox records, of which `status`,
/// `retries`, `errors` and `updated_at` are ours to write, and `<prefix>job`, which says who runs
/// which job. The application's tables are often SCHEMAFULL, so nothing else goes into them.
///
/// Claims and outcomes are one statement each, hence one transaction.
namespace spooky::intents {

struct job_format {
  std::string prefix = "_spooky_";
  spooky::ssp_id ssp_id;

  std::string lease_table() const { return prefix + "job"; }
};

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

/// Takes a job if it is pending, or processing by nobody, by this SSP itself (an earlier life of
/// it) or by `from`. What it was taken from is noted in its errors.
struct claim_job {
  using answer = job_claim;
  job_format format;
  record_id job;
  ssp_id from;
};
query_text render(const claim_job& asked);
result<job_claim> read(const claim_job& asked, const db_answer& answer);

/// How an attempt ended, as it is written back.
struct job_outcome {
  std::string status;  ///< "success", "failed", or "pending": to be tried again
  std::uint64_t retries = 0;
  std::string code;  ///< with `reason` appended to `errors`; empty: no error
  std::string reason;
};

struct job_settled {
  enum class outcome : std::uint8_t {
    written,
    rejected,   ///< another attempt has taken the job over
    overruled,  ///< somebody gave the record another status meanwhile, or deleted it
  };
  outcome what = outcome::written;
  std::string status;  ///< when overruled: the record's status, "" for none
};

/// Writes an outcome, provided that this attempt still holds the job and the record is still
/// processing. `with_error` false leaves `errors` alone, for tables that refuse it.
struct settle_job {
  using answer = job_settled;
  job_format format;
  record_id job;
  std::uint64_t attempt = 0;
  job_outcome outcome;
  bool with_error = true;
};
query_text render(const settle_job& asked);
result<job_settled> read(const settle_job& asked, const db_answer& answer);

struct job_scan {
  struct waiting {
    record_id job;
    value record;  ///< what of it tells when the next attempt is due
  };
  struct running {
    record_id job;
    ssp_id ssp;  ///< empty: nobody says so
  };
  value now;  ///< the database's time
  std::vector<waiting> pending;
  std::vector<running> processing;
};

/// The jobs of a table that are not finished, oldest first, at most `limit` of each kind. A table
/// that does not exist holds no jobs.
struct scan_jobs {
  using answer = job_scan;
  job_format format;
  std::string table;
  std::size_t limit = 0;
};
query_text render(const scan_jobs& asked);
result<job_scan> read(const scan_jobs& asked, const db_answer& answer);

}  // namespace spooky::intents
