#pragma once

#include "protocol/pool.hpp"
#include "protocol/view.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <string>

/// The JSON bodies that SSPs and their scheduler exchange about the pool, both ends of each: what
/// one writes the other reads back as it was. Requests that are malformed fail with
/// invalid_argument naming the field, answers with corrupt.
namespace spooky {

/// `/ssp/register`: `{ssp_id, url, version?, views?, instance?, tables?, revision?, log_id?,
/// applied_seq?}`. Whether `url` can be reached, or is one, is not checked.
result<ssp_registration> read_ssp_registration(const value& body);
value to_body(const ssp_registration& who);

/// Its answer: `{snapshot_seq, log_id, epoch, resume?, database?}`.
result<ssp_admission> read_admission(const value& body);
value to_body(const ssp_admission& admission);

/// `/ssp/interest`: `{ssp_id, instance?, revision, tables}`.
result<ssp_interest> read_interest(const value& body);
value to_body(const ssp_interest& interest);

/// Its answer: `{from_seq}`.
result<sequence_number> read_interest_answer(const value& body);
value interest_answer(sequence_number from);

/// `/ssp/flush`: `{table}`, and its answer `{seq}`.
result<std::string> read_flush(const value& body);
value flush_body(const std::string& table);
result<sequence_number> read_flushed(const value& body);
value flushed_answer(sequence_number seq);

/// `/ssp/heartbeat`: `{ssp_id, views, cpu, memory, applied_seq?, instance?, lost?}`, and
/// `cpu_usage`, `memory_usage` and a list of `views` as earlier SSPs send them.
result<ssp_heartbeat> read_heartbeat(const value& body);
value to_body(const ssp_heartbeat& beat);

/// `/ssp/drain` and `/ssp/leave`: `{ssp_id}`.
result<ssp_id> read_ssp_id(const value& body);
value to_body(const ssp_id& id);

/// The answer of `/ssp/drain`: `{views, obstacle?}`.
result<drain_progress> read_drain_progress(const value& body);
value to_body(const drain_progress& progress);

/// What an SSP's `/health` says: `{status, reason?}`, under 200 if it is ready.
result<ssp_health> read_health(unsigned http_status, const value& body);
/// How that begins: `{status, state, reason}`; `status` of one that is ready is "ok".
object health_fields(const ssp_health& health);

}  // namespace spooky
