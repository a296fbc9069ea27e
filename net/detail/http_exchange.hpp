#pragma once

#include "net/http.hpp"
#include "net/io_runtime.hpp"

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace spooky::net::detail {

class http_connection;

struct http_exchange;

/// Bytes of one answer on their way out.
struct outgoing_piece {
  std::string head;  ///< header or chunk size, goes before `data`
  std::string data;
  std::string_view tail;
  std::function<void(bool)> on_drained;
  std::shared_ptr<http_exchange> stream;  ///< whose backlog `data` counts towards; null: none
};

/// One request and its answer. Belongs to its connection, on the I/O thread.
struct http_exchange {
  std::string request_id;
  bool http11 = true;
  bool keep_alive = true;
  bool head_only = false;  ///< a HEAD request: no body goes out
  bool started = false;    ///< the answer's header is queued
  bool complete = false;   ///< the whole answer is queued
  bool chunked = false;
  std::chrono::steady_clock::time_point answer_by;
  std::deque<outgoing_piece> out;
  std::size_t backlog = 0;  ///< bytes of streamed pieces not yet taken by the system
};

/// The responder given to handlers. Its own state only decides which call is the first; everything
/// else happens on the I/O thread.
class http_responder final : public responder {
 public:
  http_responder(io_poster poster, std::weak_ptr<http_connection> connection,
                 std::shared_ptr<http_exchange> exchange);
  ~http_responder() override;

  void send(http_response response) override;
  void begin(unsigned status, std::string content_type, http_headers headers) override;
  void write(std::string chunk, std::function<void(bool)> on_drained) override;
  void finish() override;
  void abort() override;

 private:
  enum class phase : std::uint8_t { waiting, streaming, done };
  bool advance(phase from, phase to) noexcept;

  io_poster poster_;
  std::weak_ptr<http_connection> connection_;
  std::shared_ptr<http_exchange> exchange_;
  std::atomic<phase> phase_{phase::waiting};
};

}  // namespace spooky::net::detail
