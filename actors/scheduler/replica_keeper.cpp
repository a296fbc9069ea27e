#include "actors/scheduler/replica_keeper.hpp"

#include "machines/capture/feed_notes.hpp"
#include "storage/file_system.hpp"
#include "storage/replica_snapshot.hpp"
#include "surrealql/codec/cbor.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

namespace spooky::actors {

result<storage::meta_family> note_family(std::string_view name) {
  if (name == "schema") return storage::meta_family::schema;
  if (name == "views") return storage::meta_family::views;
  if (name == "cursors") return storage::meta_family::cursors;
  if (name == "meta") return storage::meta_family::meta;
  return fail(errc::internal, "no family of notes is called " + std::string{name});
}

namespace {

/// Far more than any overlap window that can be configured.
constexpr std::chrono::hours cursor_retention{1};
constexpr std::chrono::seconds full_disk_pause{2};
constexpr const char* epochs_note = "view_epochs";

void end_with(replica_keeper_ptr self, const error& failure) {
  spdlog::critical("replica: {}", failure.message);
  self->quit(to_caf(failure));
}

/// Applies what waits, in order. A full disk only pauses: the log holds everything, and the
/// coordinator refuses ingest when the replica lags too far behind it.
void apply_waiting(replica_keeper_ptr self) {
  auto& state = self->state;
  while (!state.waiting.empty()) {
    const auto outcome = state.replica->apply(*state.waiting.front().batches);
    if (!outcome.ok()) {
      if (!storage::is_out_of_space(outcome.failure())) return end_with(self, outcome.failure());
      spdlog::error("replica: {}; trying again", outcome.failure().message);
      state.paused = outcome.failure().message;
      self->delayed_send(self, full_disk_pause, apply_again_atom_v);
      return;
    }
    state.waiting.pop_front();
  }
  if (state.coordinator)
    self->send(state.coordinator, applied_atom_v, state.replica->applied_seq());
}

void apply(replica_keeper_ptr self, const log_slice& slice) {
  self->state.waiting.push_back(slice);
  if (self->state.paused.empty()) apply_waiting(self);
}

result<void> load(storage::replica& replica, const table_rows& table, const std::string& note,
                  std::string data) {
  std::vector<storage::stored_record> records;
  records.reserve(table.rows.size());
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto& row = table.rows[i];
    if (!row["id"].is_record())
      return fail(errc::invalid_argument, "a row of table " + table.table + " has no record id");
    const auto version = i < table.versions.size() ? table.versions[i] : table.seq.raw();
    records.push_back({row["id"].as_record(), row, version});
  }
  const storage::meta_write progress{storage::meta_family::meta, note, std::move(data)};
  return replica.load(records, {&progress, 1});
}

/// The epochs given to views outlive what was copied from the database: it knows them, too.
result<void> clear(storage::replica& replica) {
  SPOOKY_ASSIGN(const auto snapshot, replica.snapshot());
  SPOOKY_ASSIGN(auto epochs, snapshot->get_meta(storage::meta_family::meta, epochs_note));
  const storage::meta_write kept{storage::meta_family::meta, epochs_note, std::move(epochs)};
  return replica.clear({&kept, 1});
}

result<void> put_note(storage::replica& replica, const std::string& family, const std::string& key,
                      std::optional<std::string> data) {
  SPOOKY_ASSIGN(const auto into, note_family(family));
  const storage::meta_write write{into, key, std::move(data)};
  return replica.put({&write, 1});
}

result<value> all_notes(const storage::replica& replica, const std::string& family) {
  SPOOKY_ASSIGN(const auto from, note_family(family));
  std::vector<object::member> notes;
  result<void> broken;
  SPOOKY_ASSIGN(const auto snapshot, replica.snapshot());
  SPOOKY_TRY(snapshot->scan_meta(from, "", [&](std::string_view key, std::string_view data) {
    auto decoded = surrealql::decode_cbor(data);
    if (!decoded.ok()) {
      broken = decoded.failure();
      return false;
    }
    notes.emplace_back(std::string{key}, std::move(decoded).value());
    return true;
  }));
  SPOOKY_TRY(broken);
  return value{object{std::move(notes)}};
}

/// Removes cursors of transactions that no overlap window reaches back to any more.
result<void> drop_old_cursors(storage::replica& replica) {
  SPOOKY_ASSIGN(const auto snapshot, replica.snapshot());
  std::vector<versionstamp> stamps;
  SPOOKY_TRY(snapshot->scan_meta(storage::meta_family::cursors, "",
                                 [&](std::string_view source, std::string_view) {
                                   if (const auto stamp = feed_stamp(source))
                                     stamps.push_back(*stamp);
                                   return true;
                                 }));
  if (stamps.empty()) return {};
  const auto newest = *std::max_element(stamps.begin(), stamps.end());
  const auto kept_from = newest - std::min(newest, stamp_at(cursor_retention));
  std::vector<storage::meta_write> removals;
  for (const auto stamp : stamps)
    if (stamp < kept_from)
      removals.push_back({storage::meta_family::cursors, feed_source(stamp), std::nullopt});
  if (removals.empty()) return {};
  return replica.put(removals);
}

result<sequence_number> checkpoint(storage::replica& replica) {
  SPOOKY_TRY(drop_old_cursors(replica));
  return replica.checkpoint();
}

caf::result<ack> answer(const result<void>& outcome) {
  if (outcome.ok()) return ack{};
  return to_caf(outcome.failure());
}

result<frozen_snapshot> freeze(const storage::replica& replica) {
  SPOOKY_ASSIGN(auto pinned, replica.snapshot());
  const auto seq = pinned->seq();
  return frozen_snapshot{seq, std::move(pinned)};
}

std::string encode(const value& v) {
  std::string bytes;
  surrealql::encode_cbor(v, bytes);
  return bytes;
}

}  // namespace

replica_keeper_actor::behavior_type replica_keeper(replica_keeper_ptr self,
                                                   std::shared_ptr<storage::replica> replica) {
  self->state.replica = std::move(replica);
  self->set_exit_handler([self](caf::exit_msg& message) {
    if (const auto done = self->state.replica->checkpoint(); !done.ok())
      spdlog::error("replica: {}", done.failure().message);
    self->state.coordinator = coordinator_actor{};
    self->quit(std::move(message.reason));
  });
  return {
      [self](follow_replica_atom, const coordinator_actor& who) { self->state.coordinator = who; },
      [self](apply_atom, const log_slice& slice) { apply(self, slice); },
      [self](apply_again_atom) {
        self->state.paused.clear();
        apply_waiting(self);
      },
      [self](clear_replica_atom) { return answer(clear(*self->state.replica)); },
      [self](load_page_atom, const table_rows_ptr& table, const std::string& note,
             const value& data) {
        return answer(load(*self->state.replica, *table, note, encode(data)));
      },
      [self](freeze_atom) { return to_reply(freeze(*self->state.replica)); },
      [self](checkpoint_atom) { return to_reply(checkpoint(*self->state.replica)); },
      [self](caf::put_atom, const std::string& family, const std::string& key, const value& note) {
        return answer(put_note(*self->state.replica, family, key, encode(note)));
      },
      [self](caf::delete_atom, const std::string& family, const std::string& key) {
        return answer(put_note(*self->state.replica, family, key, std::nullopt));
      },
      [self](caf::get_atom, const std::string& family) {
        return to_reply(all_notes(*self->state.replica, family));
      },
      [self](last_applied_atom) { return self->state.replica->applied_seq(); },
      [self](disk_status_atom) { return self->state.paused; },
  };
}

}  // namespace spooky::actors
