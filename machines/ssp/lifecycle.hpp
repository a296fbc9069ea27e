#pragma once

#include "machines/progress.hpp"
#include "machines/say.hpp"
#include "machines/ssp/circuit_position.hpp"
#include "machines/ssp/held_views.hpp"
#include "machines/ssp/ssp_status.hpp"
#include "machines/time.hpp"
#include "protocol/deadlines.hpp"
#include "protocol/log.hpp"
#include "protocol/pool.hpp"
#include "protocol/view.hpp"
#include "surrealql/values/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spooky::machines {

struct ssp_config {
  ssp_id id;
  std::string url;  ///< under which the scheduler and clients reach it
  std::string version;
  std::string instance;  ///< of this process: another one with the same id has another
  std::chrono::milliseconds heartbeat_interval{5'000};
  std::chrono::seconds sweep_interval{60};
  std::chrono::milliseconds request_timeout = deadlines::to_scheduler.asked;
  std::chrono::milliseconds bootstrap_timeout = deadlines::bootstrap;
  std::chrono::milliseconds retry_initial{100};
  std::chrono::milliseconds retry_limit{5'000};
  std::chrono::milliseconds drain_poll{100};  ///< pause between questions how far draining is
  /// Single mode: its log is in this process, nobody else places views, so those that the database
  /// knows of are taken up before it is ready.
  bool alone = false;
};

enum class ssp_timer : std::uint8_t { retry, heartbeat, sweep, drain };

/// What happens to an SSP. `round`: of the bootstrap that asked; an answer to an earlier one is
/// void.
namespace ssp_event {

struct positioned {  ///< where the circuit stands
  std::uint64_t round = 0;
  circuit_position position;
};
struct admitted {  ///< the scheduler's answer to a registration
  std::uint64_t round = 0;
  ssp_admission admission;
};
struct resumed {  ///< the circuit goes on from where it stood
  std::uint64_t round = 0;
};
struct loaded {  ///< the circuit has started over
  std::uint64_t round = 0;
  std::vector<view_id> lost;  ///< views it could not restore
};
struct stored {  ///< the views that the database has a record of
  std::uint64_t round = 0;
  registrations views;
};
struct told_lost {  ///< the scheduler knows which views were lost
  std::uint64_t round = 0;
};
struct failed {  ///< a step of a bootstrap
  std::uint64_t round = 0;
  error why;
};
struct due {  ///< a timer that was asked for
  ssp_timer timer = ssp_timer::retry;
};
struct beaten {};  ///< the scheduler has heard a heartbeat
struct unbeaten {  ///< it has not, or refused it
  std::uint64_t round = 0;
  error why;
};
struct expired {  ///< views past their time to live
  std::vector<view_id> views;
};
struct not_ended {  ///< the scheduler did not end a view
  view_id view;
  error why;
};
struct fenced {  ///< the database does not let us write this view any more
  view_claim view;
  bool deleted = false;
};
struct applied {  ///< by the circuit
  sequence_number seq = 0;
};
struct reset {};    ///< answered: forget everything
struct forgotten {  ///< the circuit has
  result<void> outcome;
};
struct missed {  ///< changes that nobody can name
  std::string why;
};
struct captured {
  capture_report report;
};
struct drain {  ///< answered: hand over the views, for at most this long, and leave the pool
  timespan limit{};
};
struct drained_to {  ///< how far that is
  drain_progress progress;
};
struct not_drained {
  error why;
};
struct departed {  ///< the scheduler was told, or could not be
  result<void> outcome;
};
struct connected {};  ///< to the database
struct disconnected {
  std::string why;
};
using any =
    std::variant<positioned, admitted, resumed, loaded, stored, told_lost, failed, due, beaten,
                 unbeaten, expired, not_ended, fenced, applied, reset, forgotten, missed, captured,
                 drain, drained_to, not_drained, departed, connected, disconnected>;

}  // namespace ssp_event

/// What an SSP wants done. Where one is followed by an event, `failed` is the other outcome.
namespace ssp_effect {

struct ask_position {  ///< of the circuit; `positioned` follows
  std::uint64_t round = 0;
};
struct enroll {  ///< with the scheduler; `admitted` follows
  std::uint64_t round = 0;
  ssp_registration who;
};
struct resume {  ///< the circuit; `resumed` follows
  std::uint64_t round = 0;
};
struct load {  ///< the circuit starts over; `loaded` follows
  std::uint64_t round = 0;
  circuit_start start;
};
struct read_stored {  ///< from the database; `stored` follows
  std::uint64_t round = 0;
};
struct tell_lost {  ///< to the scheduler; `told_lost` follows
  std::uint64_t round = 0;
  ssp_heartbeat said;
};
struct beat {  ///< `beaten` or `unbeaten` follows
  std::uint64_t round = 0;
  ssp_heartbeat said;
};
struct wake {  ///< `due` follows
  ssp_timer timer = ssp_timer::retry;
  timespan pause{};
};
struct sweep {};   ///< asks for views past their time to live; `expired` follows
struct end_view {  ///< the scheduler forgets it too, and has it removed here; or `not_ended`
  view_id view;
};
struct drop_view {  ///< from the circuit, with its edges (ended) or without
  view_id view;
  bool ended = false;
};
struct forget {};     ///< the circuit and all its edges; `forgotten` follows
struct ask_drain {};  ///< has our views moved; `drained_to` or `not_drained` follows
struct depart {};     ///< tells the scheduler that we leave; `departed` follows
struct answer {       ///< to who asks at this moment
  result<void> what;
};
struct was_reset {  ///< to the first who waits for a reset
  result<void> outcome;
};
struct was_drained {};  ///< to whoever waits for that
using any = std::variant<ask_position, enroll, resume, load, read_stored, tell_lost, beat, wake,
                         sweep, end_view, drop_view, forget, ask_drain, depart, answer, was_reset,
                         was_drained, say>;

}  // namespace ssp_effect

using ssp_effects = std::vector<ssp_effect::any>;

/// The states of an SSP, each with what only it has. `works`: takes changes, and ends views;
/// `takes_views`: new ones; `leaving`: for good.
namespace ssp_phase {

/// Joins and loads, step by step; or waits to try again.
struct bootstrapping {
  static constexpr std::string_view name = "bootstrapping";
  static constexpr bool works = false;
  static constexpr bool takes_views = false;
  static constexpr bool leaving = false;
  bool under_way = false;
  unsigned attempts = 0;  ///< failed in a row
  circuit_position stated;
  ssp_admission admission;
  registrations stored;  ///< views to take up that it does not hold
};
struct ready {
  static constexpr std::string_view name = "ready";
  static constexpr bool works = true;
  static constexpr bool takes_views = true;
  static constexpr bool leaving = false;
};
/// Another process has taken our id. Two that registered by turns would end each other's links for
/// ever, so this one stands back for as long as the scheduler knows the other.
struct displaced {
  static constexpr std::string_view name = "failed";
  static constexpr bool works = false;
  static constexpr bool takes_views = false;
  static constexpr bool leaving = false;
};
/// Its views move to others. As Ready, but for new views; and it does not join again.
struct draining {
  static constexpr std::string_view name = "draining";
  static constexpr bool works = true;
  static constexpr bool takes_views = false;
  static constexpr bool leaving = true;
  timestamp until{};  ///< the pool is left then, with views or without
};
/// Out of the pool: waits for the process to end.
struct left {
  static constexpr std::string_view name = "left";
  static constexpr bool works = false;
  static constexpr bool takes_views = false;
  static constexpr bool leaving = true;
};
using any = std::variant<bootstrapping, ready, displaced, draining, left>;

}  // namespace ssp_phase

/// The lifecycle of an SSP: joins, loads what its views need, says that it is ready, and keeps
/// saying so. 404 on a heartbeat: joins again, and keeps what it holds if the scheduler's log
/// allows that. 409: starts over from a new snapshot, or, when another process has taken its id,
/// stands back until that one is gone.
class ssp_lifecycle {
 public:
  /// `seed`: of the jitter of its pauses.
  ssp_lifecycle(ssp_config config, std::uint64_t seed);

  ssp_effects begin(timestamp now);
  ssp_effects on(const ssp_event::any& event, timestamp now);

  const ssp_phase::any& phase() const noexcept { return phase_; }
  ssp_status status() const;
  const ssp_config& config() const noexcept { return config_; }
  /// The views it holds: told to the scheduler when joining.
  held_views& views() noexcept { return views_; }
  /// Whether this stretch of the log is for us, now.
  result<void> takes(const log_slice& slice) const;
  /// What whoever asks for more than this state allows is told.
  error refusal() const;

 private:
  struct step;

  ssp_config config_;
  std::uint64_t seed_;
  ssp_phase::any phase_;
  ssp_status status_;
  held_views views_;
  std::vector<view_id> lost_;     ///< views not restored that the scheduler does not know of yet
  std::string log_id_;            ///< the log the circuit's rows belong to; empty: it has none
  registration_epoch epoch_ = 0;  ///< of the registration that holds
  std::uint64_t round_ = 0;       ///< counts bootstraps
};

}  // namespace spooky::machines
