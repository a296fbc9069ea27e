#include "protocol/job_codec.hpp"

#include "protocol/fields.hpp"
#include "protocol/job.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

namespace spooky {

namespace {

/// The record that `job_id`, with or without its table, and `table` name together.
result<record_id> read_job_id(const value& body) {
  const auto& id = body["job_id"];
  const auto& table = body["table"];
  if (!id.is_string() || id.as_string().empty())
    return fields::wrong("job_id", "must be a record id such as \"job:abc\"");
  if (!table.is_nullish() && (!table.is_string() || table.as_string().empty()))
    return fields::wrong("table", "must be an outbox table's name");
  auto parsed = surrealql::parse_record_id(id.as_string());
  if (parsed.ok() && parsed->key.type() == value_type::range)
    return fields::wrong("job_id", "must name one record, not a range");
  if (table.is_nullish())
    return parsed.ok() ? std::move(parsed)
                       : fields::wrong("job_id", "must be a record id such as \"job:abc\"");
  if (!parsed.ok()) return record_id{std::string{table.as_string()}, id};
  if (parsed->table != table.as_string())
    return fields::wrong("job_id", "is a record of table " + parsed->table + ", not of " +
                                       std::string{table.as_string()});
  return parsed;
}

std::int64_t count_or_zero(const value& field) {
  return field.type() == value_type::integer && field.as_integer() > 0 ? field.as_integer() : 0;
}

}  // namespace

result<job_assignment> read_assignment(const value& body) {
  if (!body["table"].is_string()) return fields::wrong("table", "must be an outbox table's name");
  SPOOKY_ASSIGN(auto job, read_job_id(body));
  return job_assignment{std::move(job), ssp_id{fields::text_or_empty(body["from"])}};
}

value to_body(const job_assignment& assignment) {
  return value{object{{"job_id", value{surrealql::to_text(assignment.job)}},
                      {"table", value{assignment.job.table}},
                      {"payload", value{object{}}},
                      {"from", value{assignment.from.raw()}}}};
}

result<job_report> read_report(const value& body) {
  job_report report;
  SPOOKY_ASSIGN(report.job, read_job_id(body));
  static constexpr std::array states{job_state::pending, job_state::running, job_state::completed,
                                     job_state::failed};
  const auto state = std::find_if(states.begin(), states.end(), [&](job_state known) {
    return body["status"] == value{to_string(known)};
  });
  if (state == states.end())
    return fields::wrong("status", "must be pending, running, completed or failed");
  report.state = *state;
  report.ssp = ssp_id{fields::text_or_empty(body["ssp_id"])};
  report.retries = static_cast<std::uint64_t>(count_or_zero(body["retries"]));
  const std::chrono::milliseconds longest{std::chrono::hours{24}};
  report.retry_after = std::chrono::milliseconds{
      std::min<std::int64_t>(count_or_zero(body["retry_after_ms"]), longest.count())};
  report.ran = body["ran"] != value{false};
  return report;
}

value to_body(const job_report& report) {
  return value{object{{"job_id", value{surrealql::to_text(report.job)}},
                      {"table", value{report.job.table}},
                      {"status", value{to_string(report.state)}},
                      {"ssp_id", value{report.ssp.raw()}},
                      {"retries", fields::of_count(report.retries)},
                      {"retry_after_ms", value{std::int64_t{report.retry_after.count()}}},
                      {"ran", value{report.ran}}}};
}

}  // namespace spooky
