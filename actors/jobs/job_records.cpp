#include "actors/jobs/job_records.hpp"

#include "actors/database_query.hpp"
#include "machines/jobs/outbox_job.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace spooky::actors {

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

value count(std::uint64_t n) { return value{static_cast<std::int64_t>(n)}; }

std::string text_of(const value& field) {
  return field.is_string() ? std::string{field.as_string()} : std::string{};
}

}  // namespace

db_query claim_query(const job_format& format, const record_id& job, const ssp_id& from) {
  auto vars = job_vars(format, job);
  vars.set("from", value{from.raw()});
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

result<job_claim> read_claim(result<db_answer> answer) {
  SPOOKY_ASSIGN(const auto said, first_result(std::move(answer)));
  static const std::map<std::string_view, job_claim::outcome> outcomes{
      {"claimed", job_claim::outcome::claimed},
      {"held", job_claim::outcome::held},
      {"finished", job_claim::outcome::finished},
      {"gone", job_claim::outcome::gone}};
  const auto known = outcomes.find(text_of(said["outcome"]));
  if (known == outcomes.end()) return fail(errc::corrupt, "SurrealDB did not answer a claim");
  job_claim claim;
  claim.what = known->second;
  claim.holder = ssp_id{text_of(said["ssp"])};
  if (claim.what != job_claim::outcome::claimed) return claim;
  if (said["attempt"].type() != value_type::integer)
    return fail(errc::corrupt, "SurrealDB answered a claim without its attempt");
  claim.attempt = static_cast<std::uint64_t>(said["attempt"].as_integer());
  claim.record = said["record"];
  return claim;
}

db_query outcome_query(const job_format& format, const record_id& job, std::uint64_t attempt,
                       const job_outcome& outcome, bool with_error) {
  auto vars = job_vars(format, job);
  vars.set("attempt", count(attempt));
  vars.set("status", value{outcome.status});
  vars.set("retries", count(outcome.retries));
  array added;
  if (with_error && !outcome.code.empty())
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

result<job_settled> read_settled(result<db_answer> answer) {
  SPOOKY_ASSIGN(const auto said, first_result(std::move(answer)));
  static const std::map<std::string_view, job_settled::outcome> outcomes{
      {"written", job_settled::outcome::written},
      {"rejected", job_settled::outcome::rejected},
      {"overruled", job_settled::outcome::overruled}};
  const auto known = outcomes.find(text_of(said["outcome"]));
  if (known == outcomes.end()) return fail(errc::corrupt, "SurrealDB did not answer an outcome");
  return job_settled{known->second, text_of(said["status"])};
}

db_query scan_query(const job_format& format, const std::string& table, std::size_t limit) {
  const auto from = " FROM " + surrealql::escape_name(table);
  object vars;
  vars.set("table", value{table});
  vars.set("limit", count(limit));
  return {
      "RETURN time::now();\n"
      "SELECT id, retries, retry_strategy, updated_at, created_at" +
          from +
          " WHERE status IN ['pending', NONE, NULL] ORDER BY created_at LIMIT $limit;\n"
          "SELECT VALUE id" +
          from +
          " WHERE status = 'processing' LIMIT $limit;\n"
          "SELECT job, ssp FROM " +
          surrealql::escape_name(format.lease_table()) +
          " WHERE record::tb(job) = $table LIMIT $limit;",
      std::move(vars)};
}

std::uint64_t read_retries(const value& record) noexcept {
  const auto& retries = record["retries"];
  return retries.type() == value_type::integer && retries.as_integer() > 0
             ? static_cast<std::uint64_t>(retries.as_integer())
             : 0;
}

std::chrono::milliseconds remaining_pause(const value& record, const value& now,
                                          std::uint64_t seed) {
  const auto retries = read_retries(record);
  const auto& since = record["updated_at"];
  if (retries == 0 || since.type() != value_type::datetime || now.type() != value_type::datetime)
    return {};
  const auto strategy = read_strategy(record["retry_strategy"]).value_or(retry_strategy::linear);
  const auto passed = std::chrono::seconds{now.as_datetime().seconds - since.as_datetime().seconds};
  const auto left = retry_pause(strategy, retries - 1, seed) - passed;
  return std::clamp<std::chrono::milliseconds>(left, std::chrono::milliseconds{0}, max_retry_pause);
}

namespace {

/// A statement's rows; none where its table does not exist.
result<array> rows_of(const db_statement& statement) {
  if (statement.ok && statement.result.is_array()) return statement.result.as_array();
  if (statement.missing) return array{};
  return fail(errc::corrupt, "SurrealDB: " + (statement.ok ? "no rows" : statement.message));
}

}  // namespace

result<job_scan> read_scan(const result<db_answer>& answer, std::uint64_t seed) {
  if (!answer.ok()) return answer.failure();
  if (answer->size() != 4) return fail(errc::corrupt, "SurrealDB left out an answer");
  SPOOKY_ASSIGN(const auto pending, rows_of((*answer)[1]));
  SPOOKY_ASSIGN(const auto processing, rows_of((*answer)[2]));
  SPOOKY_ASSIGN(const auto leases, rows_of((*answer)[3]));
  std::map<value, ssp_id> holders;
  for (const auto& lease : leases) holders.emplace(lease["job"], text_of(lease["ssp"]));
  job_scan scan;
  for (const auto& row : pending) {
    if (!row["id"].is_record()) continue;
    scan.pending.push_back({row["id"].as_record(), read_retries(row),
                            remaining_pause(row, answer->front().result, ++seed)});
  }
  for (const auto& id : processing) {
    if (!id.is_record()) continue;
    const auto holder = holders.find(id);
    scan.processing.push_back(
        {id.as_record(), holder == holders.end() ? ssp_id{} : holder->second});
  }
  return scan;
}

}  // namespace spooky::actors
