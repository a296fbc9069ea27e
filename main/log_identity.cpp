#include "main/log_identity.hpp"

#include "main/process.hpp"
#include "surrealql/codec/cbor.hpp"

#include <optional>

namespace spooky::process {

namespace {

/// The coordinator writes these notes: the one when the database has been cloned anew or answers
/// differently, the other when it has told its version.
constexpr std::string_view identity_key = "log";
constexpr std::string_view version_key = "database";

result<std::optional<std::string>> stored_text(const storage::replica& replica,
                                               std::string_view key) {
  SPOOKY_ASSIGN(const auto snapshot, replica.snapshot());
  SPOOKY_ASSIGN(const auto note, snapshot->get_meta(storage::meta_family::meta, key));
  if (!note) return std::optional<std::string>{};
  SPOOKY_ASSIGN(const auto text, surrealql::decode_cbor(std::string_view{*note}));
  if (!text.is_string()) return std::optional<std::string>{};
  return std::optional{std::string{text.as_string()}};
}

}  // namespace

bool goes_on(const storage::wal& log, const storage::replica& replica, config::wal_sync sync) {
  return sync == config::wal_sync::always && !log.recovered().created &&
         log.next_seq() > replica.applied_seq();
}

result<std::string> log_identity(storage::replica& replica, bool on) {
  SPOOKY_ASSIGN(const auto known, stored_text(replica, identity_key));
  if (on && known) return *known;
  const auto id = fresh_log_id();
  storage::meta_write note{storage::meta_family::meta, std::string{identity_key}, std::string{}};
  surrealql::encode_cbor(value{id}, *note.value);
  SPOOKY_TRY(replica.put({&note, 1}));
  return id;
}

result<std::string> stored_database_version(const storage::replica& replica) {
  SPOOKY_ASSIGN(auto text, stored_text(replica, version_key));
  return std::move(text).value_or(std::string{});
}

std::string fresh_log_id() { return id_or_fresh({}, "log"); }

}  // namespace spooky::process
