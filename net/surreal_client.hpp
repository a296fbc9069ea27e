#pragma once

#include "net/io_runtime.hpp"
#include "net/tls.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spooky::net {

/// At which level the user is defined in SurrealDB.
enum class surreal_auth_level : std::uint8_t { root, ns, database };

struct statement_result;

/// A look at the server after signing in and before the database is chosen.
struct surreal_look {
  std::string query;
  /// Of the outcomes of its statements: a failure ends the connection attempt with it.
  std::function<result<void>(std::vector<statement_result>)> judge;
};

struct surreal_options {
  std::string url = "ws://localhost:8000/rpc";  ///< as parse_url takes it; no path means /rpc
  std::string ns;
  std::string database;  ///< with `ns` empty no `use` is sent
  std::string username;  ///< empty: anonymous
  std::string password;  ///< never logged, never in an error
  surreal_auth_level auth_level = surreal_auth_level::root;
  tls_client_options tls;
  /// One after the other, each time; for choosing a database that is missing makes it.
  std::vector<surreal_look> before_use;

  std::chrono::milliseconds connect_timeout{5'000};  ///< from connecting to signed in
  /// Silence after which the connection counts as dead; it is pinged after half of it.
  std::chrono::milliseconds idle_timeout{10'000};
  std::chrono::milliseconds retry_initial{100};      ///< back-off: doubled each time,
  std::chrono::milliseconds retry_max{5'000};        ///< capped here, jittered by half
  std::chrono::milliseconds retry_rejected{10'000};  ///< after a refused sign-in
  std::size_t max_in_flight = 512;                   ///< more: overloaded
  std::size_t max_message_bytes = 128 << 20;         ///< one answer
};

/// Why one statement failed, in SurrealDB's words.
struct statement_error {
  std::string kind;  ///< "AlreadyExists", "Thrown", "Query", ...
  std::string message;
  bool conflict =
      false;  ///< a write conflict: nothing was written, the same transaction can be retried
};

/// The outcome of one statement of a query.
struct statement_result {
  value result;  ///< NONE when it failed
  std::optional<statement_error> failure;
  bool ok() const noexcept { return !failure; }
};

enum class live_action : std::uint8_t { create, update, erase, killed };

/// One event of a LIVE query. Across transactions they come in no reliable order.
struct live_notification {
  uuid live_id;
  live_action action = live_action::create;
  value record;  ///< the record's id
  value result;  ///< the projected record; for a delete the one before
};

/// Reported on each change, and for each attempt that failed.
struct surreal_state {
  bool connected = false;  ///< signed in, namespace and database chosen
  /// unauthorized: the sign-in was refused; else unavailable, timeout, or what a look before_use
  /// says
  errc code = errc::none;
  std::string reason;       ///< for people; empty when connected
  std::uint64_t epoch = 0;  ///< counts connections; live ids of an earlier epoch are dead
};

/// A client of one SurrealDB over its WebSocket RPC (sub-protocol cbor), for one session.
///
/// While started it reconnects for ever with jittered, capped back-off, and signs in and chooses
/// the database before anything else goes out. While it is not connected, and for whatever was in
/// flight when the connection broke, calls fail with `unavailable`: nothing is queued, nothing is
/// resent, for a write may have been carried out. LIVE queries end with their connection and are
/// not started again: the state callback tells, the caller starts them.
///
/// Other errors: `timeout` (no answer in time; it may still be carried out), `overloaded`
/// (max_in_flight), `limit_exceeded` (message too large), `parse_error` (the server refused the
/// query text: nothing ran), `unauthorized`, `conflict` (commit of a client-side transaction),
/// `invalid_argument`, `internal`. Requests of one connection run concurrently in the server: await
/// an answer before sending what depends on it.
///
/// Thread-safe. Callbacks run on the I/O thread, each exactly once, except notifications.
class surreal_client {
 public:
  using state_callback = std::function<void(const surreal_state&)>;
  using query_callback = std::function<void(result<std::vector<statement_result>>)>;
  using value_callback = std::function<void(result<value>)>;
  using live_callback = std::function<void(result<uuid>)>;
  using notification_callback = std::function<void(live_notification)>;

  /// Fails with invalid_argument if the url cannot be read.
  static result<std::unique_ptr<surreal_client>> create(io_runtime& io, surreal_options options);
  /// stop(), and waits for it: no callback runs after it. The runtime must still exist.
  ~surreal_client();
  surreal_client(const surreal_client&) = delete;
  surreal_client& operator=(const surreal_client&) = delete;

  void start(state_callback on_state = {});
  /// Fails what is in flight with `unavailable`; no state callback and no notification comes after
  /// that.
  void stop();
  bool connected() const noexcept;

  /// Runs SurrealQL. One result per statement, also for LET, BEGIN and DEFINE; when a transaction
  /// fails, there is none for its COMMIT. The call succeeds even if statements failed: look at
  /// each.
  void query(std::string text, object vars, std::chrono::milliseconds timeout, query_callback done);

  /// Runs one LIVE statement. Notifications for it, including those that overtake the answer, go to
  /// `on_event`, after `done`.
  void live(std::string text, object vars, std::chrono::milliseconds timeout,
            notification_callback on_event, live_callback done);
  /// Ends a LIVE query; its notifications stop now.
  void kill(uuid live_id, std::chrono::milliseconds timeout, value_callback done);

  /// Any other RPC method, for example "version".
  void call(std::string method, array params, std::chrono::milliseconds timeout,
            value_callback done);

 private:
  class impl;
  explicit surreal_client(std::shared_ptr<impl> state);
  std::shared_ptr<impl> impl_;
};

}  // namespace spooky::net
