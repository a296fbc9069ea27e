#include "protocol/pool_codec.hpp"

#include "protocol/fields.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace spooky {

namespace {

using fields::of_count;
using fields::of_names;
using fields::of_number;
using fields::wrong;

error lacks(std::string_view what, std::string_view field) {
  return fail(errc::corrupt, std::string{what} + " lacks " + std::string{field});
}

/// A whole number of an answer, not below 0.
result<std::uint64_t> read_answered(const value& body, std::string_view field) {
  if (body[field].type() != value_type::integer || body[field].as_integer() < 0)
    return lacks("the scheduler's answer", field);
  return static_cast<std::uint64_t>(body[field].as_integer());
}

double number_or_zero(const value& body, const char* name, const char* alias) {
  const auto& found = body[name].is_number() ? body[name] : body[alias];
  if (found.type() == value_type::integer) return static_cast<double>(found.as_integer());
  return found.type() == value_type::floating ? found.as_floating() : 0.0;
}

/// Whatever was said, a number that of_count() can write.
std::uint64_t count_within_limits(double said) {
  constexpr double most = 9e18;
  return static_cast<std::uint64_t>(std::min(std::max(0.0, said), most));
}

}  // namespace

result<ssp_id> read_ssp_id(const value& body) {
  if (!body["ssp_id"].is_string() || body["ssp_id"].as_string().empty())
    return wrong("ssp_id", "must be a non-empty string");
  return ssp_id{std::string{body["ssp_id"].as_string()}};
}

value to_body(const ssp_id& id) { return value{object{{"ssp_id", value{id.raw()}}}}; }

result<ssp_registration> read_ssp_registration(const value& body) {
  ssp_registration who;
  SPOOKY_ASSIGN(who.id, read_ssp_id(body));
  if (!body["url"].is_string()) return wrong("url", "must be a string");
  who.url = body["url"].as_string();
  who.version = fields::text_or_empty(body["version"]);
  who.instance = fields::text_or_empty(body["instance"]);
  who.log_id = fields::text_or_empty(body["log_id"]);
  SPOOKY_ASSIGN(who.views, fields::read_names<view_id>(body, "views"));
  if (!body["tables"].is_nullish()) {
    SPOOKY_ASSIGN(who.tables, fields::read_names<table_name>(body, "tables"));
  }
  SPOOKY_ASSIGN(who.revision, fields::read_count(body, "revision"));
  SPOOKY_ASSIGN(const auto applied, fields::read_count(body, "applied_seq"));
  who.applied = sequence_number{applied};
  return who;
}

value to_body(const ssp_registration& who) {
  object body{{"ssp_id", value{who.id.raw()}},
              {"url", value{who.url}},
              {"version", value{who.version}},
              {"views", of_names(who.views)},
              {"instance", value{who.instance}}};
  if (who.tables) body.set("tables", of_names(*who.tables));
  body.set("revision", of_count(who.revision));
  if (!who.log_id.empty()) {
    body.set("log_id", value{who.log_id});
    body.set("applied_seq", of_number(who.applied));
  }
  return value{std::move(body)};
}

result<ssp_admission> read_admission(const value& body) {
  ssp_admission admission;
  SPOOKY_ASSIGN(const auto seq, read_answered(body, "snapshot_seq"));
  admission.seq = sequence_number{seq};
  admission.resumed = body["resume"].truthy();
  admission.log_id = fields::text_or_empty(body["log_id"]);
  admission.database = fields::text_or_empty(body["database"]);
  if (body["epoch"].type() == value_type::integer) {
    SPOOKY_ASSIGN(const auto epoch, read_answered(body, "epoch"));
    admission.epoch = registration_epoch{epoch};
  }
  return admission;
}

value to_body(const ssp_admission& admission) {
  object body{{"snapshot_seq", of_number(admission.seq)},
              {"log_id", value{admission.log_id}},
              {"epoch", of_number(admission.epoch)}};
  if (admission.resumed) body.set("resume", value{true});
  if (!admission.database.empty()) body.set("database", value{admission.database});
  return value{std::move(body)};
}

result<ssp_interest> read_interest(const value& body) {
  ssp_interest interest;
  SPOOKY_ASSIGN(interest.id, read_ssp_id(body));
  interest.instance = fields::text_or_empty(body["instance"]);
  SPOOKY_ASSIGN(interest.revision, fields::read_count(body, "revision"));
  if (!body["tables"].is_array()) return wrong("tables", "must be a list of strings");
  SPOOKY_ASSIGN(interest.tables, fields::read_names<table_name>(body, "tables"));
  return interest;
}

value to_body(const ssp_interest& interest) {
  return value{object{{"ssp_id", value{interest.id.raw()}},
                      {"instance", value{interest.instance}},
                      {"revision", of_count(interest.revision)},
                      {"tables", of_names(interest.tables)}}};
}

result<sequence_number> read_interest_answer(const value& body) {
  SPOOKY_ASSIGN(const auto from, read_answered(body, "from_seq"));
  return sequence_number{from};
}

value interest_answer(sequence_number from) { return value{object{{"from_seq", of_number(from)}}}; }

result<std::string> read_flush(const value& body) {
  if (!body["table"].is_string()) return wrong("table", "must be a table's name");
  return std::string{body["table"].as_string()};
}

value flush_body(const std::string& table) { return value{object{{"table", value{table}}}}; }

result<sequence_number> read_flushed(const value& body) {
  SPOOKY_ASSIGN(const auto seq, read_answered(body, "seq"));
  return sequence_number{seq};
}

value flushed_answer(sequence_number seq) { return value{object{{"seq", of_number(seq)}}}; }

result<ssp_heartbeat> read_heartbeat(const value& body) {
  ssp_heartbeat beat;
  SPOOKY_ASSIGN(beat.id, read_ssp_id(body));
  const auto& views = body["views"];
  if (!views.is_nullish() && views.type() != value_type::integer && !views.is_array())
    return wrong("views", "must be a number");
  if (views.type() == value_type::integer && views.as_integer() > 0)
    beat.views = static_cast<std::size_t>(views.as_integer());
  if (views.is_array()) beat.views = views.as_array().size();
  beat.cpu = number_or_zero(body, "cpu", "cpu_usage");
  beat.memory = count_within_limits(number_or_zero(body, "memory", "memory_usage"));
  if (!body["applied_seq"].is_nullish()) {
    SPOOKY_ASSIGN(const auto applied, fields::read_count(body, "applied_seq"));
    beat.applied = sequence_number{applied};
  }
  beat.instance = fields::text_or_empty(body["instance"]);
  SPOOKY_ASSIGN(beat.lost, fields::read_names<view_id>(body, "lost"));
  return beat;
}

value to_body(const ssp_heartbeat& beat) {
  object body{{"ssp_id", value{beat.id.raw()}},
              {"views", of_count(beat.views)},
              {"cpu", value{beat.cpu}},
              {"memory", of_count(beat.memory)}};
  if (beat.applied) body.set("applied_seq", of_number(*beat.applied));
  body.set("instance", value{beat.instance});
  if (!beat.lost.empty()) body.set("lost", of_names(beat.lost));
  return value{std::move(body)};
}

result<drain_progress> read_drain_progress(const value& body) {
  SPOOKY_ASSIGN(const auto views, read_answered(body, "views"));
  return drain_progress{static_cast<std::size_t>(views), fields::text_or_empty(body["obstacle"])};
}

value to_body(const drain_progress& progress) {
  object body{{"views", of_count(progress.views)}};
  if (!progress.obstacle.empty()) body.set("obstacle", value{progress.obstacle});
  return value{std::move(body)};
}

result<ssp_health> read_health(unsigned http_status, const value& body) {
  if (!body["status"].is_string())
    return fail(errc::corrupt, "the SSP's /health is no JSON object with a status");
  ssp_health health;
  health.state = body["status"].as_string();
  health.reason = fields::text_or_empty(body["reason"]);
  health.ready = http_status == 200 && (health.state == "ok" || health.state == "ready");
  health.failed = health.state == "failed";
  return health;
}

object health_fields(const ssp_health& health) {
  return {{"status", value{health.ready ? std::string{"ok"} : health.state}},
          {"state", value{health.state}},
          {"reason", value{health.reason}}};
}

}  // namespace spooky
