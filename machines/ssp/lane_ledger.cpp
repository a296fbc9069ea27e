#include "machines/ssp/lane_ledger.hpp"

#include "machines/view_caps.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace spooky::machines {

namespace {

/// Queries remembered as heavy; with more, remembering begins anew.
constexpr std::size_t max_known = 10'000;

}  // namespace

std::size_t lane_ledger::fingerprint(const view_registration& view) {
  return std::hash<std::string>{}(view.surql) * 1099511628211ULL ^ value { view.params }.hash();
}

// -- beginning anew -----------------------------------------------------------------------------

/// The lane has nothing, or is told to forget it; what is to be there is opened again.
void lane_ledger::begin_anew() {
  ++generation_;
  busy_ = false;
  definitions_due_ = true;
  closed_.clear();
  held_.clear();
  missing_.clear();
  waiting_.clear();
  time_due_ = false;
  next_moment_.reset();
  last_turns_.clear();
  for (auto& [id, view] : views_) {
    view.open = false;
    view.asked = false;
    if (!view.failed || view.ticket != 0) queue(view);
  }
}

void lane_ledger::reset() {
  views_.clear();
  known_.clear();
  begin_anew();
  position_ = 0;
  tidy_due_ = false;
}

std::vector<lane_opened> lane_ledger::ended(const std::string& why) {
  const bool opening =
      std::any_of(views_.begin(), views_.end(), [](const auto& view) { return view.second.asked; });
  std::vector<lane_opened> failed;
  for (auto& [id, view] : views_) {
    if (opening ? !view.asked : !view.open) continue;
    view.open = false;
    failed.push_back(
        fail_view(view, fail(errc::internal, "the lane of heavy views ended with view " + id +
                                                 " in it (" + why + "); register the view again")));
  }
  begin_anew();
  return failed;
}

// -- views --------------------------------------------------------------------------------------

void lane_ledger::admit(const registration_ptr& view, const std::vector<table_name>& tables) {
  if (known_.size() >= max_known) known_.clear();
  known_.insert(fingerprint(*view));
  auto& kept = views_[view->id];
  kept.view = view;
  kept.tables.insert(tables.begin(), tables.end());
  if (kept.ticket == 0) queue(kept);
}

void lane_ledger::drop(const view_id& id) {
  const auto it = views_.find(id);
  if (it == views_.end()) return;
  if (it->second.open || it->second.asked) closed_.insert(id);
  views_.erase(it);
}

lane_ledger::place lane_ledger::place_of(const view_id& id) const {
  const auto it = views_.find(id);
  if (it == views_.end()) return place::circuit;
  if (it->second.open) return place::open;
  return it->second.ticket != 0 ? place::opening : place::failed;
}

const error& lane_ledger::failure(const view_id& id) const { return *views_.at(id).failed; }

bool lane_ledger::known(const view_registration& view) const {
  return known_.contains(fingerprint(view));
}

std::vector<view_id> lane_ledger::ids() const {
  std::vector<view_id> ids;
  ids.reserve(views_.size());
  for (const auto& [id, view] : views_) ids.push_back(id);
  return ids;
}

/// The attempt is over. A view that is open stays so: it only was to be asked for again.
lane_opened lane_ledger::fail_view(entry& view, error why) {
  lane_opened over{view.ticket, view.view->id, why};
  view.ticket = 0;
  view.asked = false;
  if (!view.open) view.failed = std::move(why);
  return over;
}

std::vector<lane_opened> lane_ledger::refused(const table_name& table, const error& why) {
  missing_.erase(table);
  std::vector<lane_opened> failed;
  for (auto& [id, view] : views_)
    if (view.ticket != 0 && !view.asked && view.tables.contains(table))
      failed.push_back(fail_view(view, why));
  return failed;
}

// -- what the lane is told ----------------------------------------------------------------------

void lane_ledger::pass_time() noexcept {
  time_due_ = true;
  next_moment_.reset();
}

void lane_ledger::changed(std::span<const change> changes) {
  if (held_.empty()) return;
  for (const change& c : changes)
    if (held_.contains(table_name{c.id.table})) waiting_.insert_or_assign(c.id, c);
  if (waiting_.size() > max_changes_) begin_anew();
}

bool lane_ledger::any_open() const {
  return std::any_of(views_.begin(), views_.end(),
                     [](const auto& view) { return view.second.open; });
}

/// A client's views have turns of their own, one after the other; the first is due with whatever
/// the lane opens next.
void lane_ledger::queue(entry& view) {
  auto& last = last_turns_[client_of(*view.view)];
  view.turn = last = std::max(last, turn_) + 1;
  view.ticket = ++tickets_;
}

lane_ledger::entry* lane_ledger::next_to_open(const ready& loaded) {
  entry* next = nullptr;
  for (auto& [id, view] : views_) {
    const bool can_open =
        view.ticket != 0 &&
        std::all_of(view.tables.begin(), view.tables.end(),
                    [&](const auto& table) { return held_.contains(table) || loaded(table); });
    if (can_open &&
        (next == nullptr || std::tie(view.turn, view.ticket) < std::tie(next->turn, next->ticket)))
      next = &view;
  }
  if (next == nullptr) return nullptr;
  turn_ = std::max(turn_, next->turn);
  // Whose turns are over begins with the others.
  std::erase_if(last_turns_, [this](const auto& last) { return last.second <= turn_; });
  return next;
}

std::optional<lane_ledger::order> lane_ledger::take(
    sequence_number position, const std::function<bool(const table_name&)>& loaded) {
  if (busy_) return std::nullopt;
  order out;
  const auto hand_over = [&](const table_name& table) {
    if (held_.insert(table).second) out.tables.push_back(table);
  };
  if (entry* const view = next_to_open(loaded)) {
    std::for_each(view->tables.begin(), view->tables.end(), hand_over);
    view->asked = true;
    out.work.opened.push_back({view->ticket, view->view});
  }
  std::erase_if(missing_, [&](const table_name& table) {
    if (!held_.contains(table) && !loaded(table)) return false;
    hand_over(table);
    return true;
  });
  out.work.closed.assign(closed_.begin(), closed_.end());
  const bool open = any_open();
  out.definitions = definitions_due_ && (open || !out.work.opened.empty());
  // What nobody reads any more need not be kept up to date until the next sweep.
  out.work.tidy = !held_.empty() && (tidy_due_ || views_.empty());
  const bool moves = open && (position > position_ || !waiting_.empty() || time_due_);
  if (!moves && !out.definitions && !out.work.tidy && out.work.opened.empty() &&
      out.tables.empty() && closed_.empty())
    return std::nullopt;
  out.work.generation = generation_;
  out.work.position = position;
  for (auto& [id, c] : waiting_) out.work.changes.push_back(std::move(c));
  std::sort(out.work.changes.begin(), out.work.changes.end(),
            [](const change& a, const change& b) { return a.seq < b.seq; });
  waiting_.clear();
  closed_.clear();
  definitions_due_ = definitions_due_ && !out.definitions;
  tidy_due_ = false;
  time_due_ = false;
  next_moment_.reset();
  busy_ = true;
  return out;
}

// -- what the lane says -------------------------------------------------------------------------

void lane_ledger::lacks(const std::optional<error>& failed, std::vector<table_name>& missing) {
  const auto* table = failed ? missing_table(*failed) : nullptr;
  if (table == nullptr) return;
  const table_name name{*table};
  if (held_.contains(name)) return;
  missing_.insert(name);
  missing.push_back(name);
}

lane_ledger::outcome lane_ledger::done(lane_report report) {
  outcome out;
  if (report.generation != generation_) return out;
  out.counts = true;
  busy_ = false;
  position_ = report.position;
  if (!time_due_) next_moment_ = report.next_moment;
  held_ = {report.tables.begin(), report.tables.end()};
  std::erase_if(waiting_,
                [&](const auto& waits) { return !held_.contains(table_name{waits.first.table}); });
  for (auto& delta : report.deltas) {
    if (place_of(view_id{delta.view_id}) != place::open) continue;
    lacks(delta.failed, out.missing);
    out.deltas.push_back(std::move(delta));
  }
  for (auto& snapshot : report.shown) {
    if (place_of(view_id{snapshot->view_id}) != place::open) continue;
    lacks(snapshot->failed, out.missing);
    out.shown.push_back(std::move(snapshot));
  }
  for (auto& attempt : report.opened) {
    const auto it = views_.find(attempt.view);
    if (it == views_.end() || it->second.ticket != attempt.ticket) continue;
    auto& view = it->second;
    if (attempt.shown.ok()) {
      lacks((*attempt.shown)->failed, out.missing);
      view.ticket = 0;
      view.asked = false;
      view.open = true;
      view.failed.reset();
      out.opened.push_back(std::move(attempt));
      continue;
    }
    const auto* table = missing_table(attempt.shown.failure());
    if (table != nullptr && view.tables.insert(table_name{*table}).second) {
      view.asked = false;
      out.missing.emplace_back(*table);
      continue;
    }
    out.opened.push_back(fail_view(view, std::move(attempt.shown).failure()));
  }
  return out;
}

std::set<table_name> lane_ledger::tables() const {
  std::set<table_name> needed = held_;
  needed.insert(missing_.begin(), missing_.end());
  for (const auto& [id, view] : views_)
    if (view.ticket != 0) needed.insert(view.tables.begin(), view.tables.end());
  return needed;
}

}  // namespace spooky::machines
