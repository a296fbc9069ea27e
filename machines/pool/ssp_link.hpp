#pragma once

#include "machines/delivery_queue.hpp"
#include "machines/pool/link_status.hpp"
#include "machines/say.hpp"
#include "machines/time.hpp"
#include "protocol/deadlines.hpp"
#include "protocol/log.hpp"
#include "protocol/pool.hpp"
#include "surrealql/values/result.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace spooky::machines {

struct ssp_link_config {
  std::chrono::milliseconds poll_interval =
      deadlines::health.asked;  ///< health polls, and the tick of this link
  std::chrono::milliseconds heartbeat_timeout{15'000};
  std::chrono::milliseconds bootstrap_timeout = deadlines::bootstrap;
  std::chrono::milliseconds delivery_timeout = deadlines::delivery.asked;
  std::size_t max_buffered = 10'000;  ///< unacknowledged changes, then Overflowed
  std::size_t batch_changes = 1'000;  ///< per delivery, unless one transaction is larger
  /// How long a Ready SSP may not be told of log that does not concern it.
  std::chrono::milliseconds quiet_interval{50};
};

/// What happens to a link.
namespace link_event {

struct durable {  ///< the next stretch of the log
  log_slice slice;
};
struct heartbeat {  ///< answered
  ssp_heartbeat said;
};
struct interest {  ///< answered, with the seq from which on it holds
  ssp_interest stated;
};
struct drain {};  ///< answered: no new views from now on
struct leave {};  ///< the SSP leaves the pool
struct tick {};   ///< time to look at health and heartbeats
struct repeat {   ///< time to repeat a delivery
  unsigned attempt = 0;
};
struct flush {};  ///< time to say how far the log is although nothing of it concerns the SSP
struct healthy {  ///< the SSP's answer to ask_health
  ssp_health health;
};
struct unhealthy {  ///< there was none
  error why;
};
struct delivered {  ///< the SSP's answer to deliver
  sequence_number applied = 0;
};
struct undelivered {  ///< there was none, or it refused
  error why;
};
using any = std::variant<durable, heartbeat, interest, drain, leave, tick, repeat, flush, healthy,
                         unhealthy, delivered, undelivered>;

}  // namespace link_event

/// What a link wants done.
namespace link_effect {

struct deliver {  ///< to the SSP; `delivered` or `undelivered` follows
  log_slice slice;
};
struct ask_health {};  ///< of the SSP; `healthy` or `unhealthy` follows
struct report {        ///< to whoever keeps the pool's roll
  link_status status;
};
struct ready {  ///< the registry may count on these views
  std::vector<view_id> held;
};
struct gone {};  ///< the registry moves its views; the link ends
struct tick_after {
  timespan pause{};
};
struct repeat_after {
  timespan pause{};
  unsigned attempt = 0;
};
struct flush_after {
  timespan pause{};
};
/// To whoever asked. The seq only for an interest.
struct answer {
  result<sequence_number> what;
};
using any = std::variant<deliver, ask_health, report, ready, gone, tick_after, repeat_after,
                         flush_after, answer, say>;

}  // namespace link_effect

using link_effects = std::vector<link_effect::any>;

/// The states of a link, each with what only it has. `takes_views`: new ones may be registered;
/// `reachable`: views may be ended and dropped.
namespace link_phase {

/// What the SSP has not acknowledged, and what it wants of it.
struct backlog {
  delivery_queue queue{0};
  std::uint64_t revision = 0;  ///< of the interest stated last
};

/// One delivery at a time.
struct delivery : backlog {
  bool in_flight = false;
  unsigned failures = 0;  ///< in a row
  timestamp resume_at{};  ///< no delivery before this
};

/// Buffers, and polls the SSP's health.
struct bootstrapping : backlog {
  static constexpr auto state = link_state::bootstrapping;
  static constexpr bool takes_views = false;
  static constexpr bool reachable = false;
  timestamp since{};
  timestamp resume_at{};
  std::vector<view_id> held;  ///< views the SSP said it holds when it joined
};
/// Sends the buffer in order.
struct replaying : delivery {
  static constexpr auto state = link_state::replaying;
  static constexpr bool takes_views = false;
  static constexpr bool reachable = true;
  std::vector<view_id> held;
};
/// Sends live.
struct ready : delivery {
  static constexpr auto state = link_state::ready;
  static constexpr bool takes_views = true;
  static constexpr bool reachable = true;
  bool flush_due = false;  ///< a flush is on its way
};
/// As Ready, until its views have moved.
struct draining : delivery {
  static constexpr auto state = link_state::draining;
  static constexpr bool takes_views = false;
  static constexpr bool reachable = true;
};
/// Answers heartbeats with conflict until the SSP registers again.
struct overflowed {
  static constexpr auto state = link_state::overflowed;
  static constexpr bool takes_views = false;
  static constexpr bool reachable = false;
};
/// The end.
struct gone {
  static constexpr auto state = link_state::gone;
  static constexpr bool takes_views = false;
  static constexpr bool reachable = false;
};
using any = std::variant<bootstrapping, replaying, ready, draining, overflowed, gone>;

}  // namespace link_phase

/// The lifecycle of one SSP as its scheduler sees it, from its admission on. Decides what is sent
/// when, whether the SSP lives, and what it is told; does none of it.
class link_lifecycle {
 public:
  /// `seed`: of the jitter of its pauses.
  link_lifecycle(ssp_link_config config, const ssp_registration& who,
                 const ssp_admission& admission, std::uint64_t seed);

  /// `since`: what was delivered after the position the SSP was admitted at and before this link
  /// existed. An SSP that resumes begins with Replaying.
  link_effects begin(const std::vector<log_slice>& since, timestamp now);
  link_effects on(const link_event::any& event, timestamp now);

  const link_phase::any& phase() const noexcept { return phase_; }
  link_status status() const;
  const ssp_link_config& config() const noexcept { return config_; }
  /// What whoever asks for more than this state allows is told.
  error not_ready() const;

 private:
  struct step;

  ssp_link_config config_;
  std::uint64_t seed_;
  link_phase::any phase_;
  link_status status_;
  timestamp ticked_at_{};
  unsigned unreachable_ = 0;  ///< connections refused in a row while its heartbeat is overdue
};

}  // namespace spooky::machines
