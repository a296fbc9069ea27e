#include "main/recovery.hpp"

#include "actors/capture/source_watch.hpp"
#include "machines/capture/feed_notes.hpp"
#include "storage/wal_reader.hpp"
#include "surrealql/codec/cbor.hpp"
#include "surrealql/database/change_codec.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

namespace spooky::process {

namespace {

constexpr std::size_t batches_per_write = 1'000;
constexpr std::uint64_t report_every = 100'000;

result<void> replay(storage::wal_reader& reader, sequence_number last, storage::replica& replica) {
  std::vector<change_batch> pending;
  const auto first = replica.applied_seq();
  auto reported = first;
  while (true) {
    SPOOKY_ASSIGN(const auto frame, reader.next(last));
    if (frame && !frame->is_seal()) {
      SPOOKY_ASSIGN(auto batch, surrealql::decode_batch(frame->payload));
      pending.push_back(std::move(batch));
    }
    if (pending.size() >= batches_per_write || (!frame && !pending.empty())) {
      SPOOKY_TRY(replica.apply(pending));
      pending.clear();
    }
    if (replica.applied_seq() - reported >= report_every) {
      reported = replica.applied_seq();
      spdlog::info("recovery: {} of {} changes applied", reported - first, last - first);
    }
    if (!frame) return {};
  }
}

}  // namespace

result<void> recover(storage::file_system& files, const std::string& wal_directory,
                     storage::wal& log, storage::replica& replica) {
  const auto last = log.next_seq() - 1;
  const auto applied = replica.applied_seq();
  if (const auto& found = log.recovered(); found.torn_bytes != 0)
    spdlog::warn("the log ended in {} bytes of an unfinished write, set aside in {}",
                 found.torn_bytes, found.torn_copy);
  if (last < applied) {
    spdlog::warn("the log ends at {}, behind the replica at {}: it goes on from there", last.raw(),
                 applied.raw());
    return log.restart_after(applied);
  }
  if (last == applied) return {};
  auto reader = storage::wal_reader::open(files, wal_directory, applied + 1);
  if (!reader.ok())
    return fail(errc::corrupt, "the replica is at " + std::to_string(applied.raw()) +
                                   " and the log cannot fill the gap (" + reader.failure().message +
                                   "); remove replica_db_path and wal_path to clone again");
  spdlog::info("recovery: applying changes {} to {}", (applied + 1).raw(), last.raw());
  return replay(*reader, last, replica);
}

namespace {

actors::copied_table read_copied(const value& note) {
  actors::copied_table copied;
  if (note["id"].type() == value_type::integer) copied.id = note["id"].as_integer();
  if (note["mode"].is_string()) copied.mode = note["mode"].as_string();
  return copied;
}

result<void> read_clone_note(const std::string& bytes, actors::feed_start& start) {
  SPOOKY_ASSIGN(const auto note, surrealql::decode_cbor(std::string_view{bytes}));
  if (note["stamp"].type() != value_type::integer)
    return fail(errc::corrupt, "the replica's note of its clone cannot be read");
  start.stamp = static_cast<std::uint64_t>(note["stamp"].as_integer());
  const auto& tables = note["tables"];
  if (tables.is_object())
    for (const auto& [name, table] : tables.as_object())
      start.tables[std::string{name}] = read_copied(table);
  // As replicas of earlier versions have it.
  if (tables.is_array())
    for (const auto& name : tables.as_array())
      if (name.is_string()) start.tables[std::string{name.as_string()}] = {};
  return {};
}

/// What has changed since the clone: tables that came, went, or must be compared, and how far the
/// feed was read.
result<void> read_later_notes(const storage::replica_snapshot& snapshot,
                              actors::feed_start& start) {
  const auto prefix = actors::table_note("");
  std::vector<std::string> unread;
  SPOOKY_TRY(snapshot.scan_meta(
      storage::meta_family::meta, "", [&](std::string_view key, std::string_view data) {
        const auto note = surrealql::decode_cbor(data);
        if (!note.ok()) return true;
        if (key.starts_with(prefix)) {
          const std::string table{key.substr(prefix.size())};
          if ((*note)["copied"].truthy())
            start.tables[table] = read_copied(*note);
          else
            start.tables.erase(table);
        } else if (key == machines::feed_read_note && note->type() == value_type::integer) {
          start.read_through = std::chrono::milliseconds{note->as_integer()};
        } else if (key == machines::feed_gap_note && note->is_array()) {
          for (const auto& table : note->as_array())
            if (table.is_string()) unread.emplace_back(table.as_string());
        }
        return true;
      }));
  for (const auto& table : unread) start.tables.erase(table);
  return {};
}

}  // namespace

result<std::optional<actors::feed_start>> stored_feed_start(const storage::replica& replica,
                                                            std::string_view definition_table) {
  SPOOKY_ASSIGN(const auto snapshot, replica.snapshot());
  SPOOKY_ASSIGN(const auto note, snapshot->get_meta(storage::meta_family::meta, "clone"));
  if (!note) return std::optional<actors::feed_start>{};
  actors::feed_start start;
  SPOOKY_TRY(read_clone_note(*note, start));
  SPOOKY_TRY(read_later_notes(*snapshot, start));
  SPOOKY_TRY(snapshot->scan_meta(storage::meta_family::cursors, "",
                                 [&](std::string_view source, std::string_view) {
                                   if (const auto stamp = machines::feed_stamp(source))
                                     start.seen.push_back(*stamp);
                                   return true;
                                 }));
  SPOOKY_TRY(snapshot->visit(definition_table, {}, [&](const storage::stored_record& row) {
    start.definitions.push_back(row.record);
    return true;
  }));
  for (const auto stamp : start.seen) start.stamp = std::max(start.stamp, stamp);
  return std::optional{std::move(start)};
}

}  // namespace spooky::process
