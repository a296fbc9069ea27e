#include "machines/ssp/asked_ledger.hpp"

#include "machines/backoff.hpp"
#include "views/results/identical.hpp"

#include <algorithm>
#include <utility>

namespace spooky::machines {

namespace {

/// 1 and 1.0 are equal, and what is answered may differ.
bool same(const asked_ledger::query& a, const asked_ledger::query& b) {
  return a.text == b.text && views::identical(value{a.params}, value{b.params});
}

}  // namespace

std::size_t asked_ledger::fingerprint(const query& what) {
  return std::hash<std::string>{}(what.text) * 1099511628211ULL ^ value { what.params }.hash();
}

void asked_ledger::reset() {
  queries_.clear();
  by_fingerprint_.clear();
  views_.clear();
}

// -- views ----------------------------------------------------------------------------------------

void asked_ledger::admit(const view_id& view, const query& what, std::set<table_name> tables,
                         timestamp now) {
  drop(view);
  const auto print = fingerprint(what);
  const auto [first, last] = by_fingerprint_.equal_range(print);
  const auto known = std::find_if(
      first, last, [&](const auto& each) { return same(queries_.at(each.second).what, what); });
  std::uint64_t number = 0;
  if (known != last) {
    number = known->second;
  } else {
    number = ++numbers_;
    by_fingerprint_.emplace(print, number);
    auto& fresh = queries_[number];
    fresh.what = what;
    fresh.due = now;
  }
  auto& one = queries_.at(number);
  one.tables.merge(tables);
  one.views.insert(view);
  views_[view] = number;
}

void asked_ledger::drop(const view_id& view) {
  const auto known = views_.find(view);
  if (known == views_.end()) return;
  const auto number = known->second;
  views_.erase(known);
  auto& one = queries_.at(number);
  one.views.erase(view);
  if (!one.views.empty()) return;
  const auto [first, last] = by_fingerprint_.equal_range(fingerprint(one.what));
  by_fingerprint_.erase(
      std::find_if(first, last, [&](const auto& each) { return each.second == number; }));
  queries_.erase(number);
}

std::optional<view_id> asked_ledger::sibling(const view_id& view) const {
  for (const auto& other : queries_.at(views_.at(view)).views)
    if (other != view) return other;
  return std::nullopt;
}

void asked_ledger::depends_on(const view_id& view, std::set<table_name> tables,
                              sequence_number applied, timestamp now) {
  auto& one = queries_.at(views_.at(view));
  one.tables = std::move(tables);
  want(one, now, applied);
}

void asked_ledger::lacks_answer(const view_id& view, timestamp now) {
  auto& one = queries_.at(views_.at(view));
  if (!one.due && one.ticket == 0) one.due = now;
}

std::set<table_name> asked_ledger::tables() const {
  std::set<table_name> all;
  for (const auto& [number, one] : queries_) all.insert(one.tables.begin(), one.tables.end());
  return all;
}

const std::set<table_name>& asked_ledger::tables_of(const view_id& view) const {
  return queries_.at(views_.at(view)).tables;
}

std::uint64_t asked_ledger::times_asked(const view_id& view) const {
  return queries_.at(views_.at(view)).asked;
}

// -- asking ---------------------------------------------------------------------------------------

/// Where its answer was right so far, it was so until `held`.
void asked_ledger::want(entry& one, timestamp when, sequence_number held) {
  if (settled(one)) one.holds_until = std::max(one.holds_until, held);
  if (!one.due) one.due = when;
}

bool asked_ledger::is_heard(const entry& one, const reaches_us& heard) {
  return std::all_of(one.tables.begin(), one.tables.end(), heard);
}

timestamp asked_ledger::due_at(const entry& one) const {
  return std::max({*one.due, one.not_before, not_before_});
}

void asked_ledger::changed(const table_name& table, sequence_number before, timestamp now) {
  for (auto& [number, one] : queries_)
    if (one.tables.contains(table)) want(one, now + pace_.debounce, before);
}

std::vector<asked_ledger::question> asked_ledger::take(timestamp now, sequence_number applied,
                                                       const reaches_us& heard) {
  std::vector<question> taken;
  while (in_flight_.size() < pace_.at_once) {
    entry* first = nullptr;
    for (auto& [number, one] : queries_) {
      if (!one.due || one.ticket != 0 || due_at(one) > now) continue;
      if (first != nullptr && *first->due <= *one.due) continue;
      if (is_heard(one, heard)) first = &one;
    }
    if (first == nullptr) break;
    first->due.reset();
    first->not_before = now + pace_.between;
    first->ticket = ++tickets_;
    first->asked_at = applied;
    ++first->asked;
    not_before_ = now + pace_.between_all;
    in_flight_.insert(first->ticket);
    taken.push_back({first->ticket, first->what});
  }
  return taken;
}

std::optional<timestamp> asked_ledger::next(const reaches_us& heard) const {
  std::optional<timestamp> soonest;
  if (in_flight_.size() >= pace_.at_once) return soonest;
  for (const auto& [number, one] : queries_) {
    if (!one.due || one.ticket != 0 || (soonest && due_at(one) >= *soonest)) continue;
    if (is_heard(one, heard)) soonest = due_at(one);
  }
  return soonest;
}

asked_ledger::entries::iterator asked_ledger::by_ticket(std::uint64_t ticket) {
  return std::find_if(queries_.begin(), queries_.end(),
                      [&](const auto& each) { return each.second.ticket == ticket; });
}

asked_ledger::outcome asked_ledger::over(entry& one) {
  one.ticket = 0;
  return {{one.views.begin(), one.views.end()}, one.asked_at};
}

asked_ledger::outcome asked_ledger::answered(std::uint64_t ticket) {
  if (in_flight_.erase(ticket) == 0) return {};
  const auto known = by_ticket(ticket);
  if (known == queries_.end()) return {};
  auto& one = known->second;
  one.failures = 0;
  one.holds_until = one.asked_at;
  return over(one);
}

asked_ledger::outcome asked_ledger::failed(std::uint64_t ticket, bool again, timestamp now) {
  if (in_flight_.erase(ticket) == 0) return {};
  const auto known = by_ticket(ticket);
  if (known == queries_.end()) return {};
  auto& one = known->second;
  ++one.failures;
  const auto pause = backoff_delay(
      one.failures, std::chrono::duration_cast<std::chrono::milliseconds>(pace_.retry_initial),
      std::chrono::duration_cast<std::chrono::milliseconds>(pace_.retry_limit), ticket);
  one.not_before = std::max(one.not_before, now + timespan{pause});
  if (again && !one.due) one.due = now;
  return over(one);
}

sequence_number asked_ledger::position(const view_id& view, sequence_number applied) const {
  const auto& one = queries_.at(views_.at(view));
  return settled(one) ? applied : one.holds_until;
}

}  // namespace spooky::machines
