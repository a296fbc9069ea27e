#pragma once

#include "machines/ssp/lane_work.hpp"
#include "protocol/view.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/record_order.hpp"
#include "surrealql/values/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

namespace spooky::machines {

/// Which views of a circuit its lane keeps because they are too heavy for it, and what the lane is
/// to be told next. One piece of work is under way at a time; what comes meanwhile is merged, one
/// change for each record, into the next. A table is handed over when the first view there needs
/// it: as it is in the circuit at that moment, and its changes from then on. Views are opened one
/// at a time, clients taking turns: what is dear to open delays the others by no more than itself.
/// Pure bookkeeping; the circuit owns it, and its engine keeps no view that is here.
class lane_ledger {
 public:
  enum class place : std::uint8_t {
    circuit,  ///< not here
    opening,  ///< the lane has been asked for it, or will be as soon as its tables are there
    open,     ///< in the lane, maybe halted
    failed,   ///< the lane has not got it: see failure()
  };

  /// More changed records than `max_changes` do not wait: the lane begins anew with whole tables.
  explicit lane_ledger(std::size_t max_changes = 100'000) : max_changes_(max_changes) {}

  /// Forgets everything; what the lane still says is void.
  void reset();

  // -- views ------------------------------------------------------------------------------------

  /// The view is to be kept in the lane, or asked for again there. `tables`: what it reads.
  void admit(const registration_ptr& view, const std::vector<table_name>& tables);
  void drop(const view_id& id);
  place place_of(const view_id& id) const;
  /// Why the lane has not got it; precondition: it failed.
  const error& failure(const view_id& id) const;
  /// Whether a query like this was admitted since the last reset: it need not be tried elsewhere.
  bool known(const view_registration& view) const;
  std::size_t size() const noexcept { return views_.size(); }
  std::vector<view_id> ids() const;

  // -- what the lane is told --------------------------------------------------------------------

  /// Changes that the circuit has applied.
  void changed(std::span<const change> changes);
  void definitions_changed() noexcept { definitions_due_ = true; }
  /// The moment has come at which a view there looks at the clock.
  void pass_time() noexcept;
  /// The lane may let go of tables that no view there reads.
  void tidy() noexcept { tidy_due_ = true; }
  /// The table will never be loaded. Gives the views that fail for it.
  std::vector<lane_opened> refused(const table_name& table, const error& why);

  /// Work to send to the lane; its `tables`, `answers` and `definitions` are for whoever has them.
  struct order {
    lane_work work;
    std::vector<table_name> tables;  ///< to go along, as they are
    bool definitions = false;        ///< to go along
  };
  /// What to send now that the circuit has applied everything up to `position` and has the tables
  /// that `loaded` says. Nothing while work is under way, or if there is none. O(views opening).
  std::optional<order> take(sequence_number position,
                            const std::function<bool(const table_name&)>& loaded);

  // -- what the lane says -----------------------------------------------------------------------

  struct outcome {
    bool counts = false;              ///< else all of it is void
    std::vector<lane_opened> opened;  ///< attempts that are over
    std::vector<views::view_delta> deltas;
    std::vector<std::shared_ptr<const views::view_snapshot>> shown;
    std::vector<table_name> missing;  ///< to be loaded: rows in the lane link to them
  };
  outcome done(lane_report report);
  /// The lane has ended by itself, and there will be another. Gives the views that fail for it:
  /// those it was opening, else all. The others are opened again.
  std::vector<lane_opened> ended(const std::string& why);

  /// When a view in the lane looks at the clock next; nothing while the lane is told of one.
  const std::optional<datetime>& next_moment() const noexcept { return next_moment_; }
  /// Where the views in the lane stand.
  sequence_number position() const noexcept { return position_; }
  /// Tables that the lane has or waits for: the circuit keeps them.
  std::set<table_name> tables() const;

 private:
  struct entry {
    registration_ptr view;
    std::set<table_name> tables;  ///< to be in the lane when it is opened
    std::uint64_t ticket = 0;     ///< of the attempt that is to be made, or under way; 0: none
    std::uint64_t turn = 0;       ///< in which the attempt is made, see last_turns_
    bool asked = false;           ///< the attempt is under way
    bool open = false;
    std::optional<error> failed;
  };
  using ready = std::function<bool(const table_name&)>;
  void queue(entry& view);
  entry* next_to_open(const ready& loaded);
  static std::size_t fingerprint(const view_registration& view);
  static lane_opened fail_view(entry& view, error why);
  void begin_anew();
  bool any_open() const;
  void lacks(const std::optional<error>& failed, std::vector<table_name>& missing);

  std::size_t max_changes_;
  std::uint64_t generation_ = 1;
  std::uint64_t tickets_ = 0;
  std::uint64_t turn_ = 0;  ///< of the view that was opened last
  std::map<view_id, entry> views_;
  std::unordered_set<std::size_t> known_;  ///< queries, by fingerprint
  /// Of each client with views that wait; all system users count as one.
  std::map<std::optional<std::string>, std::uint64_t> last_turns_;
  std::set<view_id> closed_;      ///< that the lane may still have
  std::set<table_name> held_;     ///< that it has, or has been sent
  std::set<table_name> missing_;  ///< that rows of open views link to
  record_map<change> waiting_;
  sequence_number position_ = 0;
  bool busy_ = false;
  bool definitions_due_ = true;
  bool tidy_due_ = false;
  bool time_due_ = false;
  std::optional<datetime> next_moment_;
};

}  // namespace spooky::machines
