#pragma once

#include "protocol/job.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

/// The JSON bodies of `/job/dispatch` and `/job/result`.
namespace spooky {

/// `{job_id, table, payload}`: `job_id` is the record's id as text, or its key alone. The record is
/// what counts, so `payload` may be anything. Fails with invalid_argument naming the field.
result<job_assignment> read_assignment(const value& body);
value to_body(const job_assignment& assignment);

/// `{job_id, status, result?, error?}`, and what an SSP adds: `{ssp_id, retries, retry_after_ms,
/// ran}`. `table` may stand beside a `job_id` that is a key alone.
result<job_report> read_report(const value& body);
value to_body(const job_report& report);

}  // namespace spooky
