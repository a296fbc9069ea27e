#include "main/database_version.hpp"

#include "net/url.hpp"
#include "surrealql/codec/cbor.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include <spdlog/spdlog.h>

namespace spooky::process {

namespace {

constexpr std::string_view note_key = "database_version";
constexpr std::chrono::milliseconds one_answer{1'000};
constexpr std::chrono::milliseconds between_attempts{200};
constexpr int attempts = 10;

result<net::url> version_url(const config::db_settings& db) {
  SPOOKY_ASSIGN(net::url target, net::parse_url(db.url));
  target.scheme = target.scheme == "wss" || target.scheme == "https" ? "https" : "http";
  target.target = "/version";
  return target;
}

result<std::string> ask_once(net::http_client& client, const net::url& target) {
  net::http_call call;
  call.target = target;
  call.timeout = one_answer;
  call.idempotent = true;
  // Shared: the client may answer after we have stopped waiting.
  const auto answered = std::make_shared<std::promise<result<net::http_response>>>();
  client.send(std::move(call), [answered](result<net::http_response> answer) {
    answered->set_value(std::move(answer));
  });
  auto waiting = answered->get_future();
  if (waiting.wait_for(2 * one_answer) != std::future_status::ready)
    return fail(errc::timeout, "the database does not tell its version");
  SPOOKY_ASSIGN(const net::http_response answer, waiting.get());
  if (answer.status != 200)
    return fail(errc::unavailable,
                "the database's /version answers with status " + std::to_string(answer.status));
  if (!surrealql::parse_server_version(answer.body))
    return fail(errc::corrupt, "the database's /version names no version");
  return answer.body;
}

result<std::string> stored_version(const storage::replica& replica) {
  SPOOKY_ASSIGN(const auto snapshot, replica.snapshot());
  SPOOKY_ASSIGN(const auto note, snapshot->get_meta(storage::meta_family::meta, note_key));
  if (!note) return std::string{};
  SPOOKY_ASSIGN(const auto text, surrealql::decode_cbor(std::string_view{*note}));
  return text.is_string() ? std::string{text.as_string()} : std::string{};
}

surrealql::semantics behaviours_of(const std::string& version) {
  const auto parsed = surrealql::parse_server_version(version);
  return parsed ? surrealql::semantics::of(*parsed) : surrealql::semantics{};
}

}  // namespace

result<std::string> ask_database_version(net::http_client& client, const config::db_settings& db) {
  SPOOKY_ASSIGN(const net::url target, version_url(db));
  auto answer = ask_once(client, target);
  for (int i = 1; i < attempts && !answer.ok(); ++i) {
    std::this_thread::sleep_for(between_attempts);
    answer = ask_once(client, target);
  }
  return answer;
}

result<database_version> known_database_version(net::http_client& client,
                                                const config::db_settings& db,
                                                storage::replica& replica) {
  SPOOKY_ASSIGN(const std::string before, stored_version(replica));
  const auto now = ask_database_version(client, db);
  if (!now.ok()) {
    spdlog::warn("{}; taking it for {}", now.failure().message,
                 before.empty() ? "the newest known" : before);
    return database_version{before, false};
  }
  storage::meta_write note{storage::meta_family::meta, std::string{note_key}, std::string{}};
  surrealql::encode_cbor(value{*now}, *note.value);
  SPOOKY_TRY(replica.put({&note, 1}));
  return database_version{*now, !before.empty() && !(behaviours_of(before) == behaviours_of(*now))};
}

surrealql::semantics rules_for(const std::string& version) {
  const auto parsed = surrealql::parse_server_version(version);
  const auto newest = surrealql::newest_known_version();
  if (!parsed)
    spdlog::warn("the database's version is not known; answering as SurrealDB {}", to_text(newest));
  else if (std::pair{parsed->major, parsed->minor} > std::pair{newest.major, newest.minor})
    spdlog::warn("the database is {}, newer than any this version knows; answering as SurrealDB {}",
                 version, to_text(newest));
  else
    spdlog::info("answering as {}", version);
  return behaviours_of(version);
}

}  // namespace spooky::process
