#include "machines/feed/stream_session.hpp"

#include <algorithm>
#include <utility>

namespace spooky::machines {

session_effects stream_session::begin(timestamp now) {
  empty_since_ = now;
  look_again(now);
  return std::exchange(effects_, {});
}

session_effects stream_session::on(const session_event::any& event, timestamp now) {
  if (closed_) return {};
  std::visit([&](const auto& happened) { take(happened, now); }, event);
  if (!closed_) look_again(now);
  return std::exchange(effects_, {});
}

/// Looks when the first token ends, or when a connection without any has been so for long enough.
void stream_session::look_again(timestamp now) {
  auto next = until_.empty() ? empty_since_ + terms_.empty_for : for_ever;
  for (const auto& [view, until] : until_) next = std::min(next, until);
  if (next == for_ever || (look_ && *look_ <= next && *look_ > now)) return;
  look_ = next;
  effects_.emplace_back(session_effect::look_at{next});
}

void stream_session::take(const session_event::subscribe& event, timestamp now) {
  const auto& view = event.asked.view;
  if (until_.contains(view)) {
    effects_.emplace_back(session_effect::refuse{
        view, fail(errc::already_exists, "this connection follows the view already")});
    return;
  }
  if (!event.let_in || *event.let_in <= now) return end(view, {stream_end::refused});
  if (until_.size() >= terms_.views) {
    effects_.emplace_back(session_effect::refuse{
        view, fail(errc::limit_exceeded,
                   "one connection follows at most " + std::to_string(terms_.views) + " views")});
    return;
  }
  until_.emplace(view, *event.let_in);
  effects_.emplace_back(session_effect::follow{view, event.asked.rows, event.asked.since});
}

void stream_session::take(const session_event::unsubscribe& event, timestamp now) {
  if (until_.erase(event.view) == 0) return;
  effects_.emplace_back(session_effect::leave{event.view});
  left(now);
}

void stream_session::take(const session_event::renew& event, timestamp now) {
  const auto followed = until_.find(event.view);
  if (followed == until_.end()) {
    effects_.emplace_back(session_effect::refuse{
        event.view, fail(errc::not_found, "this connection does not follow the view")});
  } else if (!event.let_in || *event.let_in <= now) {
    // The one it has is still good.
    effects_.emplace_back(session_effect::refuse{
        event.view, fail(errc::unauthorized, "the token is not one for this view, or has ended")});
  } else {
    followed->second = std::max(followed->second, *event.let_in);
  }
}

void stream_session::take(const session_event::misread& event, timestamp) {
  effects_.emplace_back(session_effect::refuse{{}, event.why});
}

void stream_session::take(const session_event::ended& event, timestamp now) {
  if (until_.erase(event.view) == 0) return;
  left(now);
  end(event.view, event.how);
}

void stream_session::take(const session_event::due&, timestamp now) {
  look_.reset();
  if (until_.empty()) {
    if (empty_since_ + terms_.empty_for > now) return;
    closed_ = true;
    effects_.emplace_back(session_effect::close_idle{});
    return;
  }
  for (auto each = until_.begin(); each != until_.end() && !closed_;) {
    const auto& [view, until] = *each;
    if (until > now) {
      ++each;
      continue;
    }
    effects_.emplace_back(session_effect::leave{view});
    const auto expired = view;
    each = until_.erase(each);
    left(now);
    end(expired, {stream_end::expired});
  }
}

void stream_session::left(timestamp now) {
  if (until_.empty()) empty_since_ = now;
}

/// The view is followed no longer, or was not let in to.
void stream_session::end(const view_id& view, const stream_ending& how) {
  effects_.emplace_back(session_effect::tell_end{view, how});
  if (!terms_.single) return;
  closed_ = true;
  effects_.emplace_back(session_effect::close{how.why});
}

}  // namespace spooky::machines
