#include "machines/capture/posted_events.hpp"

#include <algorithm>
#include <utility>

namespace spooky::machines {

namespace {

template <class Each>
void each_change(const change_batches& batches, const Each& each) {
  for (const auto& batch : batches)
    for (const auto& c : batch.changes) each(c);
}

}  // namespace

void posted_events::adopt(const std::string& table, bool anew) {
  ceded_.erase(table);
  tables_.insert(table);
  if (anew) gate_.forget(table);
}

void posted_events::retract(const std::string& table) {
  ceded_.erase(table);
  tables_.erase(table);
  gate_.forget(table);
}

void posted_events::cede(const std::string& table) {
  tables_.erase(table);
  ceded_.insert(table);
  gate_.forget(table);
}

/// Whether its record has to be read first.
bool posted_events::unclear(const change& c) const {
  return c.version && !has_ceded(c.id.table) && !gate_.knows(c.id);
}

bool posted_events::certain(const post& waiting) const {
  bool certain = true;
  each_change(waiting.batches, [&](const change& c) { certain = certain && !unclear(c); });
  return certain;
}

/// What was read stands for an event that it contains; true if the change is to be delivered then.
bool posted_events::take_read(change& c, const record_map<change>& found) {
  const auto it = found.find(c.id);
  if (it == found.end() || gate_.overtaken(it->second, asked_at_)) return gate_.admit(c);
  const auto committed = it->second.version.value_or(0);
  // Somebody else has read it since.
  if (gate_.knows(c.id) && gate_.known(c.id) > committed) return gate_.admit(c);
  gate_.set(it->second, committed);
  if (*c.version > committed) return gate_.admit(c);
  c = it->second;
  gate_.pass(c.id);
  return true;
}

void posted_events::judge(post waiting, const record_map<change>& found, post_effects& effects) {
  for (auto& batch : waiting.batches)
    std::erase_if(batch.changes, [&](change& c) {
      return c.version && (has_ceded(c.id.table) || !take_read(c, found));
    });
  std::erase_if(waiting.batches, [](const change_batch& batch) { return batch.changes.empty(); });
  if (waiting.batches.empty())
    effects.emplace_back(post_effect::known{waiting.number});
  else
    effects.emplace_back(post_effect::pass{waiting.number, std::move(waiting.batches)});
}

/// Reads for as many as fit into one read. What is certain by now need not wait for it.
void posted_events::read_next(post_effects& effects) {
  auto waiting = std::exchange(waiting_, {});
  post_effect::read_records ask;
  record_set asked;
  for (auto& one : waiting) {
    if (certain(one)) {
      judge(std::move(one), {}, effects);
    } else if (ask.ids.size() >= at_once_) {
      waiting_.push_back(std::move(one));
    } else {
      each_change(one.batches, [&](const change& c) {
        if (unclear(c) && asked.insert(c.id).second) ask.ids.push_back(c.id);
      });
      asked_.push_back(std::move(one));
    }
  }
  asked_at_ = gate_.passed();
  if (!ask.ids.empty()) effects.emplace_back(std::move(ask));
}

post_effects posted_events::on(const post_event::posted& event) {
  post_effects effects;
  post posted{event.number, event.batches};
  if (certain(posted)) {
    judge(std::move(posted), {}, effects);
    return effects;
  }
  waiting_.push_back(std::move(posted));
  if (!reading()) read_next(effects);
  return effects;
}

post_effects posted_events::on(const post_event::read& event) {
  record_map<change> found;
  for (const auto& c : event.found) found.emplace(c.id, c);
  post_effects effects;
  for (auto& one : std::exchange(asked_, {})) judge(std::move(one), found, effects);
  read_next(effects);
  return effects;
}

post_effects posted_events::on(const post_event::unread& event) {
  post_effects effects;
  for (auto* posts : {&asked_, &waiting_})
    for (const auto& one : std::exchange(*posts, {}))
      effects.emplace_back(post_effect::refuse{one.number, event.why});
  return effects;
}

void posted_events::on(const post_event::refused& event) {
  each_change(*event.batches, [&](const change& c) { gate_.withdraw(c); });
}

}  // namespace spooky::machines
