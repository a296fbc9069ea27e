#pragma once

#include "machines/time.hpp"
#include "protocol/stream.hpp"
#include "views/results/view_delta.hpp"
#include "views/results/view_snapshot.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace spooky::machines {

/// Which of a feed's subscribers.
using subscriber_id = strong<struct subscriber_kind, std::uint64_t>;

/// A message as it goes out, shared by all who are sent it.
using stream_message = std::shared_ptr<const std::string>;

struct feed_limits {
  std::size_t ring = 256;            ///< deltas that are kept for who comes back or is slow
  std::size_t ring_bytes = 1 << 20;  ///< and what they may hold; the newest is kept in any case
  /// How long a client that is ahead of this feed, since it comes from one that was, waits for it:
  /// what it has is not taken back. A log that was begun anew has lower positions for good.
  std::chrono::milliseconds patience{2'000};
};

/// One view's deltas on their way to its subscribers. Each subscriber has a place in them: what it
/// is sent next follows from the place, so that a slow one costs no more than that, and gets a
/// snapshot where what it lacks is no longer kept. A delta is encoded once for all who want it in
/// the same shape.
///
/// Whoever follows a feed has what the engine's view has once nothing is left for it: by a snapshot
/// and the deltas behind it, in order, none twice. Nothing is kept while nobody follows.
class delta_feed {
 public:
  /// `name` is of this feed alone, among all feeds of the view that there ever are.
  delta_feed(std::string name, feed_limits limits);

  // -- what the engine says -----------------------------------------------------------------------

  /// What a step did to the view. One that only tells a position changes nothing.
  void change(std::shared_ptr<const views::view_delta> delta);
  /// The view shows something else than its deltas tell: it was opened anew. Who follows it is
  /// shown that, but for `patience` nothing older than what the feed has led to so far.
  void begin_anew(std::string name, timestamp now);
  const std::string& name() const noexcept { return name_; }
  /// The view as it is behind all deltas so far: what lacks_snapshot() is about.
  void show(std::shared_ptr<const views::view_snapshot> shown);

  // -- who follows --------------------------------------------------------------------------------

  /// A subscriber, who has got to `since` already. O(log subscribers).
  void join(subscriber_id who, const stream_shape& shape, const std::optional<stream_place>& since,
            timestamp now);
  void leave(subscriber_id who);
  std::size_t subscribers() const noexcept { return followers_.size(); }
  /// Nobody comes back any more: forgets what was kept for that.
  void forget();

  /// Whether somebody waits for a snapshot that has to be asked for: at once, or again after a
  /// pause where the last one was older than what he has. O(subscribers).
  bool lacks_snapshot(timestamp now) const;

  /// What the subscriber is to be sent now; nothing: it has everything, waits for a snapshot, or
  /// has not taken what it was sent before.
  stream_message next(subscriber_id who, timestamp now);
  /// It was sent that.
  void taken(subscriber_id who);
  /// It could not be sent that: too much waits for it already. Nothing more until it is drained().
  void refused(subscriber_id who);
  void drained(subscriber_id who);

 private:
  static constexpr std::size_t shapes = 6;
  /// A message in each shape, as far as somebody wanted it; `said` even where it is empty.
  struct encoded {
    std::array<stream_message, shapes> messages;
    std::array<bool, shapes> said{};
  };
  struct kept_delta {
    std::shared_ptr<const views::view_delta> delta;
    sequence_number seq = 0;
    std::size_t bytes = 0;
    encoded as;
  };
  struct kept_snapshot {
    std::shared_ptr<const views::view_snapshot> shown;
    std::uint64_t place = 0;
    std::size_t bytes = 0;
    encoded as;
  };
  struct follower {
    stream_shape shape;
    std::optional<std::uint64_t> place;  ///< nothing: it needs a snapshot
    sequence_number ahead = 0;           ///< what it has is as new as this
    timestamp patience{};                ///< and is not taken back before
    bool stalled = false;                ///< refused, and not drained since
  };

  static std::size_t index_of(const stream_shape& shape) noexcept;
  std::uint64_t first_kept() const noexcept { return last_ - ring_.size(); }
  bool usable(const kept_snapshot& snapshot, const follower& of, timestamp now) const;
  stream_message snapshot_for(const follower& who, timestamp now);
  const stream_message& delta_for(kept_delta& kept, std::uint64_t place, const stream_shape& shape);
  void trim();

  std::string name_;
  feed_limits limits_;
  std::uint64_t last_ = 0;   ///< deltas so far
  sequence_number seq_ = 0;  ///< where they lead to
  bool followed_ = false;    ///< somebody does, or may come back
  bool tells_result_ = false;
  std::deque<kept_delta> ring_;  ///< the newest of them
  std::size_t ring_bytes_ = 0;
  std::optional<kept_snapshot> snapshot_;
  std::map<subscriber_id, follower> followers_;
};

}  // namespace spooky::machines
