#include "machines/jobs/job_ledger.hpp"

#include "machines/time.hpp"

#include <algorithm>
#include <utility>

namespace spooky::machines {

void job_ledger::detach(const record_id& job, entry& from) {
  if (!from.held) {
    queues_[job.table].erase({from.due, from.turn, job});
    return;
  }
  const auto holder = holders_.find(from.ssp);
  holder->second.erase(job);
  if (holder->second.empty()) holders_.erase(holder);
  const auto count = held_.find({job.table, from.ssp});
  if (--count->second == 0) held_.erase(count);
}

void job_ledger::make_wait(const record_id& job, entry& e, timestamp due) {
  e.held = false;
  e.due = due;
  queues_[job.table].emplace(due, e.turn, job);
}

void job_ledger::make_held(const record_id& job, entry& e, const ssp_id& ssp, timestamp now) {
  e.held = true;
  e.ssp = ssp;
  e.since = now;
  holders_[ssp].insert(job);
  ++held_[{job.table, ssp}];
}

bool job_ledger::pending(const record_id& job, std::uint64_t retries, timestamp due) {
  const auto known = jobs_.find(job);
  if (known == jobs_.end()) {
    if (full()) return false;
    entry fresh;
    fresh.retries = retries;
    fresh.turn = ++turns_;
    make_wait(job, jobs_.emplace(job, fresh).first->second, due);
    return true;
  }
  if (known->second.held && retries > known->second.retries) give_back(job, retries, due);
  return true;
}

void job_ledger::held_by(const record_id& job, const ssp_id& ssp, timestamp now) {
  hand_out(job, ssp, now);
}

bool job_ledger::finish(const record_id& job) {
  const auto known = jobs_.find(job);
  if (known == jobs_.end()) return false;
  detach(job, known->second);
  jobs_.erase(known);
  return true;
}

std::optional<record_id> job_ledger::due(const std::string& table, timestamp now) const {
  const auto next = next_due(table);
  if (!next || *next > now) return std::nullopt;
  return std::get<record_id>(*queues_.at(table).begin());
}

std::optional<timestamp> job_ledger::next_due(const std::string& table) const {
  const auto queue = queues_.find(table);
  if (queue == queues_.end() || queue->second.empty()) return std::nullopt;
  return std::get<timestamp>(*queue->second.begin());
}

ssp_id job_ledger::hand_out(const record_id& job, const ssp_id& ssp, timestamp now) {
  auto [known, fresh] = jobs_.try_emplace(job);
  auto& e = known->second;
  ssp_id from;
  if (fresh)
    e.turn = ++turns_;
  else
    detach(job, e), from = e.held ? ssp_id{} : e.ssp;
  make_held(job, e, ssp, now);
  return from;
}

void job_ledger::give_back(const record_id& job, std::uint64_t retries, timestamp due,
                           const ssp_id& from) {
  const auto known = jobs_.find(job);
  if (known == jobs_.end()) return;
  auto& e = known->second;
  detach(job, e);
  e.ssp = from;
  e.retries = std::max(e.retries, retries);
  make_wait(job, e, due);
}

std::size_t job_ledger::lose(const ssp_id& ssp, timestamp now) {
  const auto holder = holders_.find(ssp);
  if (holder == holders_.end()) return 0;
  const auto lost = holder->second;
  for (const auto& job : lost) {
    auto& e = jobs_.at(job);
    detach(job, e);
    make_wait(job, e, now);
  }
  return lost.size();
}

const job_ledger::entry* job_ledger::find(const record_id& job) const {
  const auto known = jobs_.find(job);
  return known == jobs_.end() ? nullptr : &known->second;
}

std::size_t job_ledger::waiting(const std::string& table) const {
  const auto queue = queues_.find(table);
  return queue == queues_.end() ? 0 : queue->second.size();
}

std::size_t job_ledger::held(const std::string& table) const {
  std::size_t sum = 0;
  for (auto it = held_.lower_bound({table, {}}); it != held_.end() && it->first.first == table;
       ++it)
    sum += it->second;
  return sum;
}

std::size_t job_ledger::held(const std::string& table, const ssp_id& ssp) const {
  const auto count = held_.find({table, ssp});
  return count == held_.end() ? 0 : count->second;
}

std::size_t job_ledger::held_at(const ssp_id& ssp) const {
  const auto holder = holders_.find(ssp);
  return holder == holders_.end() ? 0 : holder->second.size();
}

std::vector<record_id> job_ledger::unconfirmed(const ssp_id& ssp, timestamp before, timestamp now) {
  std::vector<record_id> found;
  const auto holder = holders_.find(ssp);
  if (holder == holders_.end()) return found;
  for (const auto& job : holder->second) {
    auto& e = jobs_.at(job);
    if (e.since > before) continue;
    e.since = now;
    found.push_back(job);
  }
  return found;
}

}  // namespace spooky::machines
