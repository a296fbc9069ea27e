#include "machines/watchman/watch_cycle.hpp"

#include "surrealql/values/text.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

namespace spooky::machines {

namespace {

using std::chrono::milliseconds;

/// Rows of one look that are named in the log; the others are counted.
constexpr std::size_t rows_named = 10;

/// Answers to a step, which are void once another one has been begun.
template <class E>
concept answer_to_step = requires(const E& e) {
  e.step;
};

/// Not the watchman's business: the subject is gone, on its way, or not captured now.
bool passing(errc code) {
  return code == errc::not_found || code == errc::not_ready || code == errc::conflict ||
         code == errc::unavailable;
}

bool among(const std::vector<drift>& found, const drift& one) {
  return std::find(found.begin(), found.end(), one) != found.end();
}

/// What both looks found, unchanged on either side.
std::vector<drift> found_twice(std::vector<drift> second, const std::vector<drift>& first) {
  std::erase_if(second, [&](const drift& each) { return !among(first, each); });
  return second;
}

/// The same piece has the same one.
std::string key_of(const watch_subject& at) {
  return at.after ? at.name + '/' + surrealql::to_text(*at.after) : at.name;
}

}  // namespace

/// One event on its way through the cycle.
struct watch_cycle::step {
  watch_cycle& c;
  timestamp now;
  watch_effects effects;

  template <class Effect>
  void emit(Effect effect) {
    effects.emplace_back(std::move(effect));
  }
  std::uint64_t next_step() { return ++c.steps_; }

  void rest(milliseconds length) {
    c.phase_ = phase::resting;
    emit(watch_effect::pause{++c.pauses_, length});
  }

  /// Long enough for both bounds.
  void rest_after_look(std::size_t reads) {
    const auto took = std::chrono::ceil<milliseconds>(now - c.began_);
    const auto share = std::clamp<std::size_t>(c.pace_.share_percent, 1, 100);
    const auto fair = took * static_cast<milliseconds::rep>((100 - share) / share);
    const milliseconds counted{1'000 * std::max<std::size_t>(reads, 1) / c.pace_.reads_per_second};
    rest(std::max(fair, counted));
  }

  void go_on() {
    if (!c.doubts_.empty() && c.doubts_.front().due <= now) {
      c.phase_ = phase::looking_again;
      return look(c.doubts_.front().at, true);
    }
    if (c.round_.empty()) {
      c.phase_ = phase::listing;
      return emit(watch_effect::list_subjects{next_step()});
    }
    c.phase_ = phase::looking;
    look(c.round_.front(), false);
  }

  void look(const watch_subject& at, bool again) {
    c.began_ = now;
    emit(watch_effect::look{next_step(), at, again});
  }

  // -- answers ------------------------------------------------------------------------------------

  void on(const watch_event::subjects& event) {
    for (const auto& name : event.names) c.round_.push_back({name, std::nullopt});
    if (!event.names.empty()) return go_on();
    // Nothing can be compared now, so what was found before is no longer told from what comes late.
    c.doubts_.clear();
    rest(c.pace_.idle);
  }

  void on(const watch_event::looked& event) {
    c.ledger_.looked();
    c.troubled_ = false;
    if (c.phase_ == phase::looking_again) return confirm(event);
    auto at = std::move(c.round_.front());
    c.round_.pop_front();
    forget_mended(at, event.found);
    if (!event.found.empty() && c.doubts_.size() < c.pace_.max_doubts)
      c.doubts_.push_back({at, event.found, now + c.pace_.confirm_after});
    if (event.reached)
      c.round_.push_front({at.name, event.reached});
    else if (c.round_.empty())
      c.ledger_.went_round();
    rest_after_look(event.reads);
  }

  void confirm(const watch_event::looked& event) {
    const auto doubted = std::move(c.doubts_.front());
    c.doubts_.pop_front();
    auto confirmed = found_twice(event.found, doubted.found);
    leave_unmended(doubted.at, confirmed);
    if (confirmed.empty()) return rest_after_look(event.reads);
    tell(doubted.at, note(doubted.at, confirmed));
    c.repairing_ = key_of(doubted.at);
    c.phase_ = phase::repairing;
    emit(watch_effect::repair{next_step(), doubted.at, std::move(confirmed)});
  }

  /// Counts those that have not been counted yet, and gives them.
  std::vector<drift> note(const watch_subject& at, const std::vector<drift>& confirmed) {
    auto& known = c.known_[key_of(at)];
    std::vector<drift> fresh;
    for (const auto& each : confirmed) {
      if (std::any_of(known.begin(), known.end(), [&](const auto& k) { return k.what == each; }))
        continue;
      known.push_back({each, false});
      c.ledger_.confirm(each, now);
      fresh.push_back(each);
    }
    return fresh;
  }

  void forget_mended(const watch_subject& at, const std::vector<drift>& found) {
    const auto known = c.known_.find(key_of(at));
    if (known == c.known_.end()) return;
    std::erase_if(known->second, [&](const auto& each) { return !among(found, each.what); });
    if (known->second.empty()) c.known_.erase(known);
    if (c.known_.empty()) c.unmended_ = 0;
  }

  /// Takes out of `confirmed` what a repair has not changed.
  void leave_unmended(const watch_subject& at, std::vector<drift>& confirmed) {
    const auto known = c.known_.find(key_of(at));
    if (known == c.known_.end()) return;
    const auto left = std::erase_if(confirmed, [&](const drift& each) {
      return std::any_of(known->second.begin(), known->second.end(),
                         [&](const auto& k) { return k.repaired && k.what == each; });
    });
    if (left == 0 || c.unmended_ >= left) return;
    c.unmended_ = left;
    const auto& first = known->second.front().what;
    emit(say{say::severity::error,
             fmt::format("the watchman could not repair {} difference(s) in {}: {} in table {} is "
                         "found again",
                         left, at.name, to_string(first.kind), first.table)});
  }

  void tell(const watch_subject& at, const std::vector<drift>& confirmed) {
    for (std::size_t i = 0; i < std::min(confirmed.size(), rows_named); ++i) {
      const auto& each = confirmed[i];
      emit(say{say::severity::error,
               fmt::format("the watchman found {} in table {}: {}; it is repaired",
                           to_string(each.kind), each.table, each.row)});
    }
    if (confirmed.size() > rows_named)
      emit(say{say::severity::error, fmt::format("the watchman found {} more of these in {}",
                                                 confirmed.size() - rows_named, at.name)});
  }

  void on(const watch_event::repaired&) {
    if (const auto known = c.known_.find(c.repairing_); known != c.known_.end())
      for (auto& each : known->second) each.repaired = true;
    rest_after_look(1);
  }

  void on(const watch_event::failed& event) {
    if (c.phase_ == phase::looking_again) c.doubts_.pop_front();
    if (c.phase_ == phase::looking) c.round_.pop_front();
    if (!passing(event.why.code) && !std::exchange(c.troubled_, true))
      emit(say{say::severity::warning,
               "the watchman could not compare: " + event.why.message + "; it goes on"});
    if (c.phase_ == phase::listing) return rest(c.pace_.idle);
    rest_after_look(1);
  }

  // -- what may happen at any time ----------------------------------------------------------------

  void on(const watch_event::began&) {
    if (c.pace_.reads_per_second != 0) rest(c.pace_.idle);
  }

  void on(const watch_event::due& event) {
    if (event.pause == c.pauses_ && c.phase_ == phase::resting) go_on();
  }
};

drift_report watch_cycle::report() const {
  auto report = ledger_.report();
  report.unmended = unmended_;
  return report;
}

watch_effects watch_cycle::on(const watch_event::any& event, timestamp now) {
  step taken{*this, now, {}};
  std::visit(
      [&](const auto& what) {
        using event_type = std::decay_t<decltype(what)>;
        if constexpr (answer_to_step<event_type>)
          if (what.step != steps_) return;
        taken.on(what);
      },
      event);
  return std::move(taken.effects);
}

}  // namespace spooky::machines
