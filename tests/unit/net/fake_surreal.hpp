#pragma once

#include "serving.hpp"
#include "surrealql/codec/cbor.hpp"
#include "surrealql/values/value.hpp"
#include "waiting.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

namespace spooky::net::test {

/// Bytes from hexadecimal digits; blanks are skipped.
std::string from_hex(std::string_view digits);

/// A server that speaks SurrealDB's RPC as far as the test tells it to: it answers `signin` and
/// `use` by itself and leaves all other requests to the test.
class fake_surreal {
 public:
  struct request {
    std::int64_t id;
    std::string method;
    value params;
    std::shared_ptr<ws_session> connection;

    void answer(value result) const;
    /// An error of the whole request.
    void refuse(int code, std::string_view kind, std::string_view message) const;
    /// One statement's result, as `query` gives it.
    void answer_statement(value result) const;
  };

  explicit fake_surreal(std::uint16_t port = 0);
  std::uint16_t port() const { return server_.port(); }
  std::string url() const { return "127.0.0.1:" + std::to_string(port()); }

  /// The next request that is not answered by itself.
  request next() { return requests_.take(); }
  std::size_t waiting() { return requests_.size(); }
  /// The method names in the order they came, also of those answered by itself.
  mailbox<std::string> methods;
  mailbox<value> signins;

  void notify(const request& to, uuid live_id, std::string_view action, value record, value result);
  /// Closes the current connection without a word.
  void cut() { current_.take().reset(); }

  std::atomic<bool> accept_password{true};
  std::atomic<bool> answer_signin{true};

 private:
  void receive(const std::string& bytes, const std::shared_ptr<ws_session>& connection);

  mailbox<request> requests_;
  mailbox<std::shared_ptr<ws_session>> current_;
  serving server_;
};

}  // namespace spooky::net::test
