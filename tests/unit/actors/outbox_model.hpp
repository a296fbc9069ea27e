#pragma once

#include "tests/unit/actors/fake_database.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace spooky::actors::test {

/// The outbox tables and leases of a database: carries out what jobs ask for. What the statements
/// do in the engine itself is for the system tests.
class outbox_model {
 public:
  explicit outbox_model(fake_database& database) {
    database.execute = [this](const intent& asked) -> result<answer> {
      if (failure) return *failure;
      return std::visit([this](const auto& one) { return carry_out(one); }, asked);
    };
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
    ssp_id ssp;
    std::int64_t attempt = 0;
  };
  std::map<record_id, object> rows;
  std::map<record_id, lease> leases;
  std::optional<error> failure;         ///< answers everything
  std::optional<error> refuses_errors;  ///< answers outcomes that append errors

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
  template <class T>
  result<answer> carry_out(const T& asked) {
    return not_carried_out(asked);
  }

  result<answer> carry_out(const claim_job& asked) {
    using outcome = job_claim::outcome;
    const auto& job = asked.job;
    const auto row = rows.find(job);
    if (row == rows.end()) return answer{job_claim{outcome::gone, {}, 0, {}}};
    const auto now = text(row->second, "status");
    const auto held = leases.find(job);
    const bool lost = now == "processing";
    if (!lost && now != "pending") return answer{job_claim{outcome::finished, {}, 0, {}}};
    const auto& own = asked.format.ssp_id;
    if (lost && held != leases.end() && held->second.ssp != own && held->second.ssp != asked.from)
      return answer{job_claim{outcome::held, held->second.ssp, 0, {}}};
    auto errors = errors_of(row->second);
    const auto before = held == leases.end() ? 0 : held->second.attempt;
    const auto attempt = std::max({before, count(row->second, "retries"),
                                   static_cast<std::int64_t>(errors.size())}) +
                         1;
    if (lost) errors.emplace_back(object{{"code", value{"ABANDONED"}}});
    leases[job] = {own, attempt};
    row->second.set("status", value{"processing"});
    row->second.set("errors", value{std::move(errors)});
    return answer{
        job_claim{outcome::claimed, {}, static_cast<std::uint64_t>(attempt), value{row->second}}};
  }

  result<answer> carry_out(const settle_job& asked) {
    using outcome = job_settled::outcome;
    const auto& [status, retries, code, reason] = asked.outcome;
    const bool adds = asked.with_error && !code.empty();
    if (refuses_errors && adds) return *refuses_errors;
    const auto held = leases.find(asked.job);
    const auto row = rows.find(asked.job);
    if (held == leases.end() && row != rows.end() && text(row->second, "status") == status)
      return answer{job_settled{outcome::written, {}}};
    if (held == leases.end() || held->second.ssp != asked.format.ssp_id ||
        held->second.attempt != static_cast<std::int64_t>(asked.attempt))
      return answer{job_settled{outcome::rejected, {}}};
    leases.erase(held);
    if (row == rows.end()) return answer{job_settled{outcome::overruled, {}}};
    if (text(row->second, "status") != "processing")
      return answer{job_settled{outcome::overruled, text(row->second, "status")}};
    row->second.set("status", value{status});
    row->second.set("retries", value{static_cast<std::int64_t>(retries)});
    auto errors = errors_of(row->second);
    if (adds) errors.emplace_back(object{{"code", value{code}}, {"reason", value{reason}}});
    row->second.set("errors", value{std::move(errors)});
    return answer{job_settled{outcome::written, {}}};
  }

  result<answer> carry_out(const scan_jobs& asked) {
    job_scan found;
    found.now = value{datetime{}};
    for (const auto& [id, row] : rows) {
      if (id.table != asked.table) continue;
      if (text(row, "status") == "pending" && found.pending.size() < asked.limit)
        found.pending.push_back({id, value{row}});
      if (text(row, "status") != "processing") continue;
      const auto by = leases.find(id);
      found.processing.push_back({id, by == leases.end() ? ssp_id{} : by->second.ssp});
    }
    return answer{std::move(found)};
  }
};

}  // namespace spooky::actors::test
