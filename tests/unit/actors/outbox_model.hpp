#pragma once

#include "tests/unit/actors/fake_database.hpp"

#include <map>
#include <string>
#include <utility>

namespace spooky::actors::test {

/// The outbox tables and leases of a database, as far as the queries of job_records go: what those
/// do in the engine itself is for the system tests.
class outbox_model {
 public:
  explicit outbox_model(fake_database& database) {
    database.answer = [this](const db_query& query) { return answer(query); };
  }

  record_id add(std::int64_t key, object fields = {}, const std::string& table = "job") {
    const record_id id{table, value{key}};
    fields.set("id", value{id});
    if (fields.find("status") == nullptr) fields.set("status", value{"pending"});
    if (fields.find("path") == nullptr) fields.set("path", value{"/do"});
    rows[id] = std::move(fields);
    return id;
  }
  std::string status(const record_id& job) const { return text(rows.at(job), "status"); }
  std::int64_t retries(const record_id& job) const { return count(rows.at(job), "retries"); }
  /// The codes of a job's errors, joined by blanks.
  std::string errors(const record_id& job) const {
    std::string codes;
    const auto* list = rows.at(job).find("errors");
    if (list == nullptr) return codes;
    for (const auto& error : list->as_array())
      codes += (codes.empty() ? "" : " ") + std::string{error["code"].as_string()};
    return codes;
  }

  struct lease {
    std::string ssp;
    std::int64_t attempt = 0;
  };
  std::map<record_id, object> rows;
  std::map<record_id, lease> leases;
  std::optional<db_statement> failure;         ///< answers every query
  std::optional<db_statement> refuses_errors;  ///< answers outcomes that append errors

 private:
  static std::string text(const object& row, std::string_view field) {
    const auto* found = row.find(field);
    return found != nullptr && found->is_string() ? std::string{found->as_string()} : "";
  }
  static std::int64_t count(const object& row, std::string_view field) {
    const auto* found = row.find(field);
    return found != nullptr && found->type() == value_type::integer ? found->as_integer() : 0;
  }
  static array errors_of(const object& row) {
    const auto* found = row.find("errors");
    return found != nullptr && found->is_array() ? found->as_array() : array{};
  }
  static db_answer said(const char* outcome, object more = {}) {
    more.set("outcome", value{outcome});
    return one(value{std::move(more)});
  }

  result<db_answer> answer(const db_query& query) {
    if (failure) return db_answer{*failure};
    if (query.vars.find("limit") != nullptr) return scan(query.vars);
    const auto job = query.vars.find("job")->as_record();
    if (query.vars.find("from") != nullptr) return claim(query.vars, job);
    return settle(query.vars, job);
  }

  db_answer claim(const object& vars, const record_id& job) {
    const auto row = rows.find(job);
    if (row == rows.end()) return said("gone");
    const auto now = text(row->second, "status");
    const auto held = leases.find(job);
    const bool lost = now == "processing";
    if (!lost && now != "pending") return said("finished");
    const auto own = text(vars, "ssp");
    if (lost && held != leases.end() && held->second.ssp != own &&
        held->second.ssp != text(vars, "from"))
      return said("held", {{"ssp", value{held->second.ssp}}});
    auto errors = errors_of(row->second);
    const auto before = held == leases.end() ? 0 : held->second.attempt;
    const auto attempt = std::max({before, count(row->second, "retries"),
                                   static_cast<std::int64_t>(errors.size())}) +
                         1;
    if (lost) errors.emplace_back(object{{"code", value{"ABANDONED"}}});
    leases[job] = {own, attempt};
    row->second.set("status", value{"processing"});
    row->second.set("errors", value{std::move(errors)});
    return said("claimed", {{"attempt", value{attempt}}, {"record", value{row->second}}});
  }

  db_answer settle(const object& vars, const record_id& job) {
    const auto& added = vars.find("added")->as_array();
    if (refuses_errors && !added.empty()) return {*refuses_errors};
    const auto held = leases.find(job);
    const auto row = rows.find(job);
    const auto status = text(vars, "status");
    if (held == leases.end() && row != rows.end() && text(row->second, "status") == status)
      return said("written");
    if (held == leases.end() || held->second.ssp != text(vars, "ssp") ||
        held->second.attempt != count(vars, "attempt"))
      return said("rejected");
    leases.erase(held);
    if (row == rows.end()) return said("overruled");
    if (text(row->second, "status") != "processing")
      return said("overruled", {{"status", *row->second.find("status")}});
    row->second.set("status", value{status});
    row->second.set("retries", value{count(vars, "retries")});
    auto errors = errors_of(row->second);
    errors.insert(errors.end(), added.begin(), added.end());
    row->second.set("errors", value{std::move(errors)});
    return said("written");
  }

  db_answer scan(const object& vars) {
    const auto table = text(vars, "table");
    const auto limit = static_cast<std::size_t>(count(vars, "limit"));
    array pending, processing, held;
    for (const auto& [id, row] : rows) {
      if (id.table != table) continue;
      if (text(row, "status") == "pending" && pending.size() < limit) pending.emplace_back(row);
      if (text(row, "status") == "processing") processing.emplace_back(value{id});
    }
    for (const auto& [id, by] : leases)
      held.emplace_back(object{{"job", value{id}}, {"ssp", value{by.ssp}}});
    return {{true, value{datetime{}}, {}, false, false},
            {true, value{std::move(pending)}, {}, false, false},
            {true, value{std::move(processing)}, {}, false, false},
            {true, value{std::move(held)}, {}, false, false}};
  }
};

}  // namespace spooky::actors::test
