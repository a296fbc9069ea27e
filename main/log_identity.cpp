#include "main/log_identity.hpp"

#include "main/process.hpp"
#include "surrealql/codec/cbor.hpp"

#include <optional>

namespace spooky::process {

namespace {

/// The coordinator writes the same note when the database has been cloned anew.
constexpr std::string_view note_key = "log";

result<std::optional<std::string>> stored_identity(const storage::replica& replica) {
  SPOOKY_ASSIGN(const auto snapshot, replica.snapshot());
  SPOOKY_ASSIGN(const auto note, snapshot->get_meta(storage::meta_family::meta, note_key));
  if (!note) return std::optional<std::string>{};
  SPOOKY_ASSIGN(const auto id, surrealql::decode_cbor(std::string_view{*note}));
  if (!id.is_string()) return std::optional<std::string>{};
  return std::optional{std::string{id.as_string()}};
}

}  // namespace

bool goes_on(const storage::wal& log, const storage::replica& replica, config::wal_sync sync) {
  return sync == config::wal_sync::always && !log.recovered().created &&
         log.next_seq() > replica.applied_seq();
}

result<std::string> log_identity(storage::replica& replica, bool on) {
  SPOOKY_ASSIGN(const auto known, stored_identity(replica));
  if (on && known) return *known;
  const auto id = fresh_log_id();
  storage::meta_write note{storage::meta_family::meta, std::string{note_key}, std::string{}};
  surrealql::encode_cbor(value{id}, *note.value);
  SPOOKY_TRY(replica.put({&note, 1}));
  return id;
}

std::string fresh_log_id() { return id_or_fresh({}, "log"); }

}  // namespace spooky::process
