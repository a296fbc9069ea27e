#include "machines/feed/delta_feed.hpp"

#include "machines/feed/stream_message.hpp"

#include <algorithm>
#include <utility>

namespace spooky::machines {

namespace {

/// What holding a row costs beside its content.
constexpr std::size_t row_overhead = 64;

std::size_t bytes_of(const std::vector<views::member>& members) {
  std::size_t bytes = 0;
  for (const auto& each : members) bytes += row_overhead + each.row.weight();
  return bytes;
}

std::size_t bytes_of(const views::view_delta& delta) {
  return bytes_of(delta.added) + bytes_of(delta.updated) + bytes_of(delta.removed) +
         (delta.order ? delta.order->size() * row_overhead : 0) +
         (delta.result ? delta.result->weight() : 0);
}

bool says_nothing(const views::view_delta& delta) {
  return delta.added.empty() && delta.updated.empty() && delta.removed.empty() && !delta.order &&
         !delta.result && !delta.failed && !delta.healed;
}

}  // namespace

delta_feed::delta_feed(std::string name, feed_limits limits)
    : name_(std::move(name)), limits_(limits) {}

std::size_t delta_feed::index_of(const stream_shape& shape) noexcept {
  return 2 * static_cast<std::size_t>(shape.format) + (shape.rows ? 1 : 0);
}

// -- what the engine says -------------------------------------------------------------------------

void delta_feed::change(std::shared_ptr<const views::view_delta> delta) {
  // What is told of a table that is not captured may carry the position before the step's.
  seq_ = std::max(seq_, delta->seq);
  if (says_nothing(*delta)) return;
  ++last_;
  if (!followed_) return;
  const auto bytes = bytes_of(*delta);
  ring_.push_back({std::move(delta), seq_, bytes, {}});
  ring_bytes_ += bytes;
  trim();
}

void delta_feed::trim() {
  while (ring_.size() > limits_.ring || (ring_bytes_ > limits_.ring_bytes && ring_.size() > 1)) {
    ring_bytes_ -= ring_.front().bytes;
    ring_.pop_front();
  }
  if (!snapshot_) return;
  // A snapshot with more changes behind it than it has content is dearer than the next one.
  std::size_t behind = 0;
  if (snapshot_->place >= first_kept())
    for (auto i = snapshot_->place - first_kept(); i < ring_.size(); ++i) behind += ring_[i].bytes;
  if (snapshot_->place < first_kept() || behind > snapshot_->bytes) snapshot_.reset();
}

void delta_feed::begin_anew(std::string name, timestamp now) {
  name_ = std::move(name);
  const auto ahead = std::exchange(seq_, sequence_number{0});
  last_ = 0;
  ring_.clear();
  ring_bytes_ = 0;
  snapshot_.reset();
  for (auto& [id, who] : followers_) {
    who.place.reset();
    who.ahead = std::max(who.ahead, ahead);
    who.patience = now + limits_.patience;
  }
}

void delta_feed::show(std::shared_ptr<const views::view_snapshot> shown) {
  seq_ = std::max(seq_, shown->seq);
  tells_result_ = shown->tells_result;
  const auto bytes = bytes_of(shown->members) + shown->result.weight();
  snapshot_ = kept_snapshot{std::move(shown), last_, bytes, {}};
}

// -- who follows ----------------------------------------------------------------------------------

void delta_feed::join(subscriber_id who, const stream_shape& shape,
                      const std::optional<stream_place>& since, timestamp now) {
  auto& client = followers_[who];
  client = {shape, std::nullopt, 0, {}, false};
  followed_ = true;
  if (!since) return;
  if (since->feed != name_) {
    client.ahead = since->seq;
    client.patience = now + limits_.patience;
  } else if (since->deltas >= first_kept() && since->deltas <= last_) {
    client.place = since->deltas;
  }
}

void delta_feed::leave(subscriber_id who) {
  followers_.erase(who);
  // Who comes back goes on from the deltas, or is shown the view as it is then.
  if (followers_.empty()) snapshot_.reset();
}

void delta_feed::forget() {
  followed_ = !followers_.empty();
  if (followed_) return;
  ring_.clear();
  ring_bytes_ = 0;
}

bool delta_feed::usable(const kept_snapshot& snapshot, const follower& of, timestamp now) const {
  return snapshot.shown->seq >= of.ahead || now >= of.patience;
}

bool delta_feed::lacks_snapshot(timestamp now) const {
  return std::any_of(followers_.begin(), followers_.end(), [&](const auto& each) {
    const auto& [id, who] = each;
    if (who.stalled || (who.place && *who.place >= first_kept())) return false;
    return !snapshot_ || !usable(*snapshot_, who, now);
  });
}

// -- what goes out --------------------------------------------------------------------------------

stream_message delta_feed::snapshot_for(const follower& who, timestamp now) {
  if (!snapshot_ || !usable(*snapshot_, who, now)) return nullptr;
  auto& message = snapshot_->as.messages[index_of(who.shape)];
  if (!message)
    message = std::make_shared<const std::string>(encode_snapshot(
        *snapshot_->shown, {name_, snapshot_->place, snapshot_->shown->seq}, who.shape));
  return message;
}

const stream_message& delta_feed::delta_for(kept_delta& kept, std::uint64_t place,
                                            const stream_shape& shape) {
  const auto index = index_of(shape);
  if (!kept.as.said[index]) {
    kept.as.said[index] = true;
    if (auto text = encode_delta(*kept.delta, {name_, place, kept.seq}, shape, tells_result_))
      kept.as.messages[index] = std::make_shared<const std::string>(std::move(*text));
  }
  return kept.as.messages[index];
}

stream_message delta_feed::next(subscriber_id who, timestamp now) {
  const auto found = followers_.find(who);
  if (found == followers_.end() || found->second.stalled) return nullptr;
  auto& client = found->second;
  if (client.place && *client.place < first_kept()) client.place.reset();
  if (!client.place) return snapshot_for(client, now);
  while (*client.place < last_) {
    auto& kept = ring_[*client.place - first_kept()];
    if (const auto& message = delta_for(kept, *client.place + 1, client.shape)) return message;
    ++*client.place;
  }
  return nullptr;
}

void delta_feed::taken(subscriber_id who) {
  auto& client = followers_.at(who);
  if (client.place)
    ++*client.place;
  else
    client.place = snapshot_->place;
}

void delta_feed::refused(subscriber_id who) { followers_.at(who).stalled = true; }

void delta_feed::drained(subscriber_id who) {
  if (const auto found = followers_.find(who); found != followers_.end())
    found->second.stalled = false;
}

}  // namespace spooky::machines
