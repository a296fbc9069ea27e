#pragma once

#include "net/detail/collected_body.hpp"
#include "net/detail/http_exchange.hpp"
#include "net/detail/http_text.hpp"
#include "net/detail/tls_context.hpp"
#include "net/detail/transport.hpp"
#include "net/detail/ws_connection.hpp"
#include "net/http_server.hpp"

#include <chrono>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>

namespace spooky::net::detail {

/// What all connections of one server share. On the I/O thread, except the atomics.
struct server_shared {
  io_poster poster;
  http_limits limits;
  std::shared_ptr<http_handler> handler;
  tls_context tls;
  request_ids ids;
  std::string date;
  bool stopping = false;
  std::size_t body_bytes = 0;         ///< received of large bodies that are not complete
  std::list<http_connection*> idle;   ///< wait for a request; the longest first
  std::list<http_connection*> heads;  ///< wait for the rest of a header; the longest first
  std::unordered_set<std::shared_ptr<http_connection>> connections;
  std::unordered_set<std::shared_ptr<ws_connection>> websockets;
  std::function<void()> on_connection_gone;
  std::atomic<std::size_t> open{0};
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> displaced{0};
  std::atomic<std::uint64_t> requests{0};

  std::size_t body_limit(std::string_view path) const noexcept;
  void remove(const std::shared_ptr<http_connection>& connection);
  void remove(const std::shared_ptr<ws_connection>& ws);
};

/// The server's side of one TCP connection, until it ends or becomes a WebSocket.
///
/// Reading: bytes go to the parser; a complete request becomes an exchange and goes to the handler;
/// reading goes on until `pipelined` exchanges are in work. Writing: exchanges are answered in
/// order, whatever is ready goes out in one write. Time limits are two points in time, looked at by
/// the server's tick.
class http_connection : public std::enable_shared_from_this<http_connection> {
 public:
  using clock = std::chrono::steady_clock;
  using exchange_ptr = std::shared_ptr<http_exchange>;

  http_connection(tcp_socket socket, std::shared_ptr<server_shared> server);

  void start();
  /// Beyond the limit of connections: serves one request if it takes precedence, else answers 503.
  void start_in_reserve();
  void check_time(clock::time_point now);
  /// Since when it has been waiting for what it waits for.
  clock::time_point waiting_since() const noexcept { return since_; }
  /// The server stops: finish what is in work, take no more.
  void wind_down();
  /// Closes at once; what was not sent is lost.
  void cut();

  // For the responder.
  void answer(const exchange_ptr& exchange, http_response response);
  void begin_stream(const exchange_ptr& exchange, unsigned status, const std::string& content_type,
                    const http_headers& headers);
  void add_to_stream(const exchange_ptr& exchange, std::string chunk,
                     std::function<void(bool)> on_drained);
  void end_stream(const exchange_ptr& exchange);

 private:
  using request_parser = beast::http::request_parser<collected_body>;
  enum class waiting : std::uint8_t { nothing, request, header, body };
  enum class mode : std::uint8_t {
    serving,    ///< reading requests
    no_more,    ///< the input has ended or is not trusted any more; answers still go out
    upgrading,  ///< a WebSocket handshake waits for its turn or for the handler
    lingering,  ///< the last answer is out; reading and dropping, so that it is not lost to a reset
    closed,
  };

  // Reading.
  void read();
  void on_read(error_code ec, std::size_t n);
  void parse();
  bool on_header();
  void on_request();
  bool takes_requests() const noexcept;
  void refuse(unsigned status, std::string_view code, const std::string& message);
  void refuse_with(http_response response);
  void refuse_busy(const std::string& message);
  bool admits_body();
  bool account_body();
  void release_body() noexcept;
  void refuse_unparsed(const error_code& ec);
  std::optional<http_request> read_head();
  void set_read_deadline();
  waiting awaited() const noexcept;
  std::chrono::milliseconds header_time() const noexcept;
  std::chrono::milliseconds linger_time() const noexcept;
  void stand_in(std::list<http_connection*>* queue);

  // WebSocket.
  struct pending_upgrade {
    http_request request;
    ws_handshake handshake;
    exchange_ptr exchange;  ///< set once the handler has been asked
  };
  void offer_upgrade();
  std::shared_ptr<ws_connection> become_websocket(ws_callbacks callbacks, const ws_limits& limits,
                                                  std::shared_ptr<ws_quota> quota,
                                                  std::string subprotocol);

  // Writing.
  exchange_ptr add_exchange(std::string request_id, bool keep_alive, bool http11);
  void queue_head(const exchange_ptr& exchange, unsigned status, body_framing framing,
                  std::string_view content_type, const http_headers& headers, std::string body);
  void pump();
  void on_written(error_code ec);
  void rest();
  void linger();

  std::shared_ptr<server_shared> server_;
  transport connection_;
  std::string peer_;
  mode mode_ = mode::serving;

  beast::flat_buffer in_;
  std::optional<request_parser> parser_;
  std::optional<http_request> head_;  ///< of the request being read, once its header is complete
  std::optional<pending_upgrade> upgrade_;
  std::size_t accounted_ = 0;  ///< of server_->body_bytes
  bool in_reserve_ = false;
  std::list<http_connection*>* queue_ = nullptr;  ///< where it stands, at place_
  std::list<http_connection*>::iterator place_;
  bool reading_ = false;
  waiting waiting_for_ = waiting::nothing;
  clock::time_point since_ = clock::time_point::max();
  clock::time_point read_by_ = clock::time_point::max();
  clock::time_point arrive_by_ = clock::time_point::max();  ///< the request being read, whole
  clock::time_point linger_by_ = clock::time_point::max();

  std::deque<exchange_ptr> exchanges_;
  std::vector<outgoing_piece> in_flight_;
  bool writing_ = false;
  bool last_answer_ = false;  ///< in_flight_ ends the connection
  clock::time_point write_by_ = clock::time_point::max();
};

}  // namespace spooky::net::detail
