#include "machines/ssp/interest_ledger.hpp"

namespace spooky::machines {

void interest_ledger::reset(const circuit_start& start) {
  held_ = false;
  awaited_.reset();
  stating_ = start.tables.has_value();
  wanted_.clear();
  granted_.clear();
  stated_.reset();
  if (!start.tables) return;
  wanted_.insert(start.tables->begin(), start.tables->end());
  stated_ = wanted_;
  grant(start.seq);
}

void interest_ledger::unwant(const table_name& table) {
  wanted_.erase(table);
  granted_.erase(table);
}

std::optional<sequence_number> interest_ledger::granted(const table_name& table) const {
  if (!stating_) return 0;
  const auto it = granted_.find(table);
  if (it == granted_.end()) return std::nullopt;
  return it->second;
}

std::optional<interest_ledger::statement> interest_ledger::next() {
  if (!stating_ || held_ || awaited_ || stated_ == wanted_) return std::nullopt;
  stated_ = wanted_;
  awaited_ = ++revision_;
  return statement{revision_, {wanted_.begin(), wanted_.end()}};
}

std::vector<table_name> interest_ledger::grant(sequence_number from) {
  std::vector<table_name> fresh;
  for (const auto& table : *stated_)
    if (wanted_.contains(table) && granted_.emplace(table, from).second) fresh.push_back(table);
  return fresh;
}

std::vector<table_name> interest_ledger::heard(std::uint64_t revision, sequence_number from) {
  if (awaited_ != revision) return {};
  awaited_.reset();
  return grant(from);
}

bool interest_ledger::unheard(std::uint64_t revision) {
  if (awaited_ != revision) return false;
  awaited_.reset();
  // Nobody knows what holds now: only a newer statement makes that certain.
  stated_.reset();
  return true;
}

interest_ledger::statement interest_ledger::hold() {
  held_ = true;
  awaited_.reset();
  stated_ = wanted_;
  return {++revision_, {wanted_.begin(), wanted_.end()}};
}

std::vector<table_name> interest_ledger::resumed(sequence_number applied) {
  held_ = false;
  return grant(applied);
}

}  // namespace spooky::machines
