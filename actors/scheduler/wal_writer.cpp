#include "actors/scheduler/wal_writer.hpp"

#include "actors/clock.hpp"
#include "surrealql/database/change_codec.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::actors {

sequence_number event_memory::find(const std::string& id) const {
  const auto it = seqs_.find(id);
  return it == seqs_.end() ? 0 : it->second;
}

void event_memory::remember(std::string id, sequence_number seq) {
  if (capacity_ == 0 || !seqs_.emplace(id, seq).second) return;
  order_.push_back(std::move(id));
  if (order_.size() <= capacity_) return;
  seqs_.erase(order_.front());
  order_.pop_front();
}

void event_memory::forget(const std::string& id) {
  if (seqs_.erase(id) == 0) return;
  order_.erase(std::prev(std::find(order_.rbegin(), order_.rend(), id).base()));
}

namespace {

constexpr std::chrono::seconds trouble_memory{30};

/// Numbers the changes of a batch from `next` on.
void number(change_batch& batch, sequence_number next) {
  for (auto& c : batch.changes) c.seq = next++;
}

/// A batch that is not a repetition, with its numbers and its bytes.
struct framed_batch {
  change_batch* batch = nullptr;
  committed place;
  std::string bytes;
};

/// Frames a whole request before anything of it reaches the log, so that it is taken or refused
/// as one. Adds repetitions and new batches alike to `whole`, the place the producer is told.
result<std::vector<framed_batch>> frame_all(const wal_writer_state& state, change_batches& batches,
                                            committed& whole) {
  std::vector<framed_batch> framed;
  auto next = state.log->next_seq();
  for (auto& batch : batches) {
    if (batch.changes.empty()) continue;
    const auto known = batch.event_id.empty() ? 0 : state.events.find(batch.event_id);
    const auto first = known != 0 ? known : next;
    const committed place{first, first + batch.changes.size() - 1};
    if (known == 0) {
      number(batch, first);
      framed.push_back({&batch, place, {}});
      surrealql::encode_batch(batch, framed.back().bytes);
      next = place.last + 1;
      if (framed.back().bytes.size() > storage::max_frame_payload)
        return fail(errc::limit_exceeded, "one transaction is larger than the log takes; split it");
    }
    if (whole.first == 0) whole.first = place.first;
    whole.last = place.last;
  }
  return framed;
}

result<committed> append_all(wal_writer_state& state, change_batches& batches) {
  committed whole{0, 0};
  SPOOKY_ASSIGN(auto framed, frame_all(state, batches, whole));
  for (auto& frame : framed) {
    SPOOKY_TRY(state.log->append(frame.place.first, frame.place.last, frame.bytes));
    if (!frame.batch->event_id.empty())
      state.events.remember(frame.batch->event_id, frame.place.first);
    if (!state.group) {
      state.group = std::make_shared<change_batches>();
      state.group_first = frame.place.first;
    }
    state.group->push_back(std::move(*frame.batch));
  }
  if (whole.first == 0) return committed{1, 0};
  return whole;
}

result<void> make_durable(wal_writer_state& state) {
  if (state.config.sync == config::wal_sync::always) return state.log->sync();
  return state.log->write();
}

void refuse_group(wal_writer_ptr self, const error& failure) {
  auto& state = self->state;
  const auto full = storage::is_out_of_space(failure);
  const auto reason = to_caf(
      fail(full ? errc::overloaded : failure.code,
           "the write-ahead log refused the change: " + failure.message + "; nothing was stored"));
  state.trouble = failure.message;
  state.troubled_since = now(self);
  for (auto& entry : state.waiting) entry.promise.deliver(reason);
  state.waiting.clear();
  // What was refused must not be mistaken for a repetition when it is offered again.
  if (state.group)
    for (auto batch = state.group->rbegin(); batch != state.group->rend(); ++batch)
      state.events.forget(batch->event_id);
  state.group.reset();
}

void publish_group(wal_writer_ptr self) {
  auto& state = self->state;
  if (state.group) {
    const log_slice slice{state.group_first, state.log->next_seq() - 1, std::move(state.group)};
    state.group.reset();
    for (const auto& listener : state.listeners) self->send(listener, durable_atom_v, slice);
  }
  for (auto& entry : state.waiting) entry.promise.deliver(entry.place);
  state.waiting.clear();
  // After the producers are answered, so that no commit waits for a new segment's zeros.
  state.log->prepare_next_segment();
}

void commit_group(wal_writer_ptr self) {
  auto& state = self->state;
  if (state.waiting.empty() && !state.group) return;
  const auto outcome = make_durable(state);
  if (outcome.ok()) {
    state.trouble.clear();
    return publish_group(self);
  }
  spdlog::error("write-ahead log: {}", outcome.failure().message);
  refuse_group(self, outcome.failure());
  if (state.log->failed()) self->quit(to_caf(*state.log->failed()));
}

void sync_on_timer(wal_writer_ptr self) {
  auto& state = self->state;
  // What is appended but not published yet must be refused by its own commit if the disk fails.
  commit_group(self);
  if (const auto outcome = state.log->sync(); !outcome.ok())
    spdlog::error("write-ahead log: {}", outcome.failure().message);
  if (state.log->failed()) {
    self->quit(to_caf(*state.log->failed()));
    return;
  }
  self->delayed_send(self, state.config.sync_interval, sync_tick_atom_v);
}

/// Without appends there is no telling whether the trouble is over: it is told for a while.
std::string disk_status(wal_writer_ptr self) {
  const auto& state = self->state;
  if (state.trouble.empty() || now(self) - state.troubled_since > trouble_memory) return {};
  return "the write-ahead log: " + state.trouble;
}

caf::result<committed> accept(wal_writer_ptr self, change_batches& batches) {
  auto& state = self->state;
  const auto place = append_all(state, batches);
  if (!place.ok()) return to_caf(place.failure());
  auto promise = self->make_response_promise<committed>();
  state.waiting.push_back({promise, *place});
  if (!std::exchange(state.sync_due, true)) self->send(self, sync_atom_v);
  return promise;
}

}  // namespace

wal_writer_actor::behavior_type wal_writer(wal_writer_ptr self, std::shared_ptr<storage::wal> log,
                                           wal_writer_config config) {
  self->state.log = std::move(log);
  self->state.events = event_memory{config.remembered_events};
  self->state.config = config;
  self->set_exit_handler([self](caf::exit_msg& message) {
    commit_group(self);
    if (const auto closed = self->state.log->close(); !closed.ok())
      spdlog::error("write-ahead log: {}", closed.failure().message);
    self->state.listeners.clear();
    self->quit(std::move(message.reason));
  });
  if (config.sync == config::wal_sync::interval)
    self->delayed_send(self, config.sync_interval, sync_tick_atom_v);
  return {
      [self](append_atom, change_batches& batches) { return accept(self, batches); },
      [self](follow_log_atom, const log_listener& who) { self->state.listeners.push_back(who); },
      [self](truncate_atom, sequence_number seq) {
        const auto kept = self->state.log->truncate_through(seq);
        if (!kept.ok()) spdlog::error("write-ahead log: {}", kept.failure().message);
      },
      [self](last_durable_atom) {
        const auto& state = self->state;
        return (state.group ? state.group_first : state.log->next_seq()) - 1;
      },
      [self](sync_atom) {
        self->state.sync_due = false;
        commit_group(self);
      },
      [self](sync_tick_atom) { sync_on_timer(self); },
      [self](disk_status_atom) { return disk_status(self); },
  };
}

}  // namespace spooky::actors
