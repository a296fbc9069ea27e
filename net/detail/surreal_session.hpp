#pragma once

#include "net/detail/surreal_frames.hpp"
#include "net/io_runtime.hpp"
#include "net/ws_client.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace spooky::net::detail {

/// One connection to SurrealDB from the handshake to its end, and all that depends on it: requests
/// by id, LIVE queries by uuid. It never reconnects. I/O thread only.
class surreal_session : public std::enable_shared_from_this<surreal_session> {
 public:
  using value_callback = surreal_client::value_callback;
  using notification_callback = surreal_client::notification_callback;

  struct hooks {
    std::function<void()> ready;
    /// Once, also before ready: the reason. Requests in flight have failed by then.
    std::function<void(error)> ended;
  };

  surreal_session(io_runtime& io, const surreal_options& options, hooks events);

  void connect(const url& target);
  bool ready() const noexcept { return ready_; }
  /// Ends it: `ended` is not called, what is in flight fails with `reason`.
  void close(const error& reason);

  void call(std::string_view method, array params, std::chrono::milliseconds timeout,
            value_callback done);
  void live(array params, std::chrono::milliseconds timeout, notification_callback on_event,
            surreal_client::live_callback done);
  void forget_live(uuid live_id);

 private:
  struct pending {
    value_callback done;
    timer deadline;
  };

  void sign_in();
  /// The looks from this one on, then the database.
  void look_before_use(std::size_t next);
  void choose_database();
  void become_ready();
  void receive(const std::string& bytes);
  void answered(rpc_answer answer);
  void notified(live_notification event);
  void started_live(result<value> answer, notification_callback on_event,
                    const surreal_client::live_callback& done);
  void end(error reason);
  void fail_all(const error& reason);

  io_runtime& io_;
  const surreal_options options_;
  hooks hooks_;
  std::shared_ptr<ws_session> socket_;
  timer connect_deadline_;
  std::unordered_map<std::int64_t, pending> in_flight_;
  std::int64_t next_id_ = 1;
  std::map<uuid, notification_callback> lives_;
  std::size_t lives_starting_ = 0;
  /// Notifications that overtook the answer to their LIVE statement.
  std::vector<live_notification> early_;
  bool ready_ = false;
  bool ended_ = false;
};

}  // namespace spooky::net::detail
