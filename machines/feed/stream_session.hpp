#pragma once

#include "machines/time.hpp"
#include "protocol/stream.hpp"
#include "surrealql/values/result.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <variant>
#include <vector>

namespace spooky::machines {

/// How long a client is let in to a view; nothing: not at all.
using admission = std::optional<timestamp>;
/// As long as it likes: for who shows a secret, and where none is asked for.
inline constexpr timestamp for_ever = timestamp::max();

struct session_terms {
  std::size_t views = 100;  ///< on one connection
  bool single = false;      ///< it is for one view, and ends with it
  /// A connection that carries nothing ends after this.
  std::chrono::milliseconds empty_for{10'000};
};

/// What happens to a client's connection.
namespace session_event {

struct subscribe {
  stream_request::subscribe asked;
  admission let_in;
};
struct unsubscribe {
  view_id view;
};
struct renew {
  view_id view;
  admission let_in;
};
struct misread {  ///< what it said is no request
  error why;
};
struct ended {  ///< the view, or its stay on this SSP
  view_id view;
  stream_ending how;
};
struct due {};  ///< time to look at tokens

using any = std::variant<subscribe, unsubscribe, renew, misread, ended, due>;

}  // namespace session_event

/// What is to be done about it.
namespace session_effect {

struct follow {  ///< -> `ended`, where the view is not here or is no longer
  view_id view;
  bool rows = false;
  std::optional<stream_place> since;
};
struct leave {
  view_id view;
};
struct tell_end {
  view_id view;
  stream_ending how;
};
struct refuse {  ///< `view` may be empty
  view_id view;
  error why;
};
struct close {
  stream_end why = stream_end::gone;
};
struct close_idle {};
struct look_at {  ///< -> `due`
  timestamp when;
};

using any = std::variant<follow, leave, tell_end, refuse, close, close_idle, look_at>;

}  // namespace session_effect

using session_effects = std::vector<session_effect::any>;

/// Which views one client follows on one connection, and for how long it may. No stream outlives
/// its token; a newer one prolongs it.
class stream_session {
 public:
  explicit stream_session(const session_terms& terms) : terms_(terms) {}

  session_effects begin(timestamp now);
  session_effects on(const session_event::any& event, timestamp now);

  std::size_t views() const noexcept { return until_.size(); }

 private:
  void take(const session_event::subscribe& event, timestamp now);
  void take(const session_event::unsubscribe& event, timestamp now);
  void take(const session_event::renew& event, timestamp now);
  void take(const session_event::misread& event, timestamp now);
  void take(const session_event::ended& event, timestamp now);
  void take(const session_event::due& event, timestamp now);
  void left(timestamp now);
  void end(const view_id& view, const stream_ending& how);
  void look_again(timestamp now);

  session_terms terms_;
  std::map<view_id, timestamp> until_;
  timestamp empty_since_{};
  std::optional<timestamp> look_;  ///< that was asked for
  bool closed_ = false;
  session_effects effects_;
};

}  // namespace spooky::machines
