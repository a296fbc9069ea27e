#include "intents/jobs/job_records.hpp"

#include "protocol/fields.hpp"
#include "surrealql/values/text.hpp"

#include <map>
#include <utility>

namespace spooky::intents {

namespace {

/// Errors kept per record: `max_retries` is the application's, and each attempt rewrites them all.
constexpr std::int64_t max_errors = 100;

object job_vars(const job_format& format, const record_id& job) {
  object vars;
  vars.set("job", value{job});
  vars.set("lease",
           value{record_id{format.lease_table(), value{array{value{job.table}, job.key}}}});
  vars.set("ssp", value{format.ssp_id.raw()});
  vars.set("max_errors", value{max_errors});
  return vars;
}

error unreadable(const std::string& what, const record_id& job) {
  return fail(errc::corrupt, "SurrealDB did not answer " + what + " of job " +
                                 surrealql::to_text(job) + " as it should");
}

}  // namespace

query_text render(const claim_job& asked) {
  auto vars = job_vars(asked.format, asked.job);
  vars.set("from", value{asked.from.raw()});
  // A job that was processing is taken over: its lost attempt counts, and is noted.
  return {R"surql({
  LET $row = SELECT * FROM ONLY $job;
  LET $held = SELECT * FROM ONLY $lease;
  IF $row = NONE { DELETE $lease RETURN NONE; RETURN { outcome: "gone" } };
  LET $lost = $row.status = "processing";
  IF !$lost AND ($row.status ?? "pending") != "pending" { DELETE $lease RETURN NONE; RETURN { outcome: "finished" } };
  IF $lost AND $held != NONE AND $held.ssp != $ssp AND $held.ssp != $from { RETURN { outcome: "held", ssp: $held.ssp } };
  LET $before = IF type::is_array($row.errors) { $row.errors } ELSE { [] };
  LET $retries = IF type::is_int($row.retries) { $row.retries } ELSE { 0 };
  LET $attempt = math::max([$held.attempt ?? 0, $retries, array::len($before)]) + 1;
  LET $errors = IF $lost {
    array::append($before, { code: "ABANDONED", reason: "attempt " + <string> ($attempt - 1) + " was lost with SSP " + ($held.ssp ?? "unknown") })
  } ELSE { $before };
  UPSERT $lease CONTENT { job: $job, ssp: $ssp, attempt: $attempt, since: time::now() } RETURN NONE;
  LET $now = UPDATE ONLY $job SET status = "processing", errors = array::slice($errors, -$max_errors), updated_at = time::now() RETURN AFTER;
  RETURN { outcome: "claimed", attempt: $attempt, record: $now };
})surql",
          std::move(vars)};
}

result<job_claim> read(const claim_job& asked, const db_answer& answer) {
  SPOOKY_ASSIGN(const auto said, first_result(answer));
  static const std::map<std::string_view, job_claim::outcome> outcomes{
      {"claimed", job_claim::outcome::claimed},
      {"held", job_claim::outcome::held},
      {"finished", job_claim::outcome::finished},
      {"gone", job_claim::outcome::gone}};
  const auto known = outcomes.find(fields::text_or_empty(said["outcome"]));
  if (known == outcomes.end()) return unreadable("the claim", asked.job);
  job_claim claim;
  claim.what = known->second;
  claim.holder = ssp_id{fields::text_or_empty(said["ssp"])};
  if (claim.what != job_claim::outcome::claimed) return claim;
  if (said["attempt"].type() != value_type::integer) return unreadable("the attempt", asked.job);
  claim.attempt = static_cast<std::uint64_t>(said["attempt"].as_integer());
  claim.record = said["record"];
  return claim;
}

query_text render(const settle_job& asked) {
  const auto& outcome = asked.outcome;
  auto vars = job_vars(asked.format, asked.job);
  vars.set("attempt", fields::of_count(asked.attempt));
  vars.set("status", value{outcome.status});
  vars.set("retries", fields::of_count(outcome.retries));
  array added;
  if (asked.with_error && !outcome.code.empty())
    added.push_back(
        value{object{{"code", value{outcome.code}}, {"reason", value{outcome.reason}}}});
  const std::string errors =
      added.empty() ? ""
                    : ", errors = array::slice(array::concat(errors ?? [], $added), -$max_errors)";
  vars.set("added", value{std::move(added)});
  // A repetition of what was written already, its answer lost, is not another attempt's doing.
  return {R"surql({
  LET $row = SELECT * FROM ONLY $job;
  LET $held = SELECT * FROM ONLY $lease;
  IF $held = NONE AND $row.status = $status AND $row.retries = $retries { RETURN { outcome: "written" } };
  IF $held.ssp != $ssp OR $held.attempt != $attempt { RETURN { outcome: "rejected" } };
  DELETE $lease RETURN NONE;
  IF $row.status != "processing" { RETURN { outcome: "overruled", status: $row.status } };
  UPDATE $job SET status = $status, retries = $retries, updated_at = time::now())surql" +
              errors + R"surql( RETURN NONE;
  RETURN { outcome: "written" };
})surql",
          std::move(vars)};
}

result<job_settled> read(const settle_job& asked, const db_answer& answer) {
  SPOOKY_ASSIGN(const auto said, first_result(answer));
  static const std::map<std::string_view, job_settled::outcome> outcomes{
      {"written", job_settled::outcome::written},
      {"rejected", job_settled::outcome::rejected},
      {"overruled", job_settled::outcome::overruled}};
  const auto known = outcomes.find(fields::text_or_empty(said["outcome"]));
  if (known == outcomes.end()) return unreadable("the outcome", asked.job);
  return job_settled{known->second, fields::text_or_empty(said["status"])};
}

query_text render(const scan_jobs& asked) {
  const auto from = " FROM " + surrealql::escape_name(asked.table);
  object vars;
  vars.set("table", value{asked.table});
  vars.set("limit", fields::of_count(asked.limit));
  return {
      "RETURN time::now();\n"
      "SELECT id, retries, retry_strategy, updated_at, created_at" +
          from +
          " WHERE status IN ['pending', NONE, NULL] ORDER BY created_at LIMIT $limit;\n"
          "SELECT VALUE id" +
          from +
          " WHERE status = 'processing' LIMIT $limit;\n"
          "SELECT job, ssp FROM " +
          surrealql::escape_name(asked.format.lease_table()) +
          " WHERE record::tb(job) = $table LIMIT $limit;",
      std::move(vars)};
}

namespace {

/// A statement's rows; none where its table does not exist.
result<array> rows_if_any(const db_statement& statement, const std::string& table) {
  if (statement.ok && statement.result.is_array()) return statement.result.as_array();
  if (statement.missing) return array{};
  return fail(errc::corrupt, "SurrealDB: " + (statement.ok ? "no rows of outbox table " + table
                                                           : statement.message));
}

}  // namespace

result<job_scan> read(const scan_jobs& asked, const db_answer& answer) {
  if (answer.size() != 4)
    return fail(errc::corrupt, "SurrealDB left out an answer to the scan of " + asked.table);
  SPOOKY_ASSIGN(const auto pending, rows_if_any(answer[1], asked.table));
  SPOOKY_ASSIGN(const auto processing, rows_if_any(answer[2], asked.table));
  SPOOKY_ASSIGN(const auto leases, rows_if_any(answer[3], asked.table));
  std::map<value, ssp_id> holders;
  for (const auto& lease : leases)
    holders.emplace(lease["job"], fields::text_or_empty(lease["ssp"]));
  job_scan scan;
  scan.now = answer[0].result;
  for (const auto& row : pending)
    if (row["id"].is_record()) scan.pending.push_back({row["id"].as_record(), row});
  for (const auto& id : processing) {
    if (!id.is_record()) continue;
    const auto holder = holders.find(id);
    scan.processing.push_back(
        {id.as_record(), holder == holders.end() ? ssp_id{} : holder->second});
  }
  return scan;
}

}  // namespace spooky::intents
