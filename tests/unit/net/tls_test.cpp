#include "net/tls.hpp"

#include "certificate.hpp"
#include "net/http_client.hpp"
#include "net/ws_client.hpp"
#include "raw_client.hpp"
#include "serving.hpp"
#include "waiting.hpp"

#include <optional>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::net;
using namespace spooky::net::test;
using namespace std::chrono_literals;

namespace {

struct tls_fixture {
  tls_fixture() {
    io.start();
    http_server_options options;
    options.tls = {cert.certificate_file(), cert.key_file()};
    server = http_server::listen(io, options,
                                 std::make_shared<function_handler>(
                                     echo,
                                     [](auto, std::shared_ptr<ws_session> session) {
                                       ws_callbacks callbacks;
                                       // The session keeps itself in its own callbacks until it is
                                       // closed.
                                       callbacks.on_message = [session](std::string text, bool) {
                                         session->send_text("got " + text);
                                       };
                                       session->accept(std::move(callbacks));
                                     }))
                 .value();
  }
  result<http_response> ask(const std::string& host, const std::string& ca_file,
                            std::string body = "x") {
    http_client_options options;
    options.tls.ca_file = ca_file;
    http_client client(io, options);
    http_call call;
    call.method = "POST";
    call.target = {"https", host, server->port(), "/"};
    call.body = std::make_shared<const std::string>(std::move(body));
    std::promise<result<http_response>> answer;
    client.send(std::move(call), [&](result<http_response> r) { answer.set_value(std::move(r)); });
    return test::get(answer.get_future());
  }

  certificate cert;
  io_runtime io;
  std::unique_ptr<http_server> server;
};

}  // namespace

TEST_SUITE("net.tls") {
  TEST_CASE_FIXTURE(tls_fixture, "requests and large answers travel encrypted") {
    for (auto host : {"localhost", "127.0.0.1"})
      CHECK(ask(host, cert.certificate_file()).value().body == "POST / x");
    std::string large(8 << 20, 'x');
    CHECK(ask("localhost", cert.certificate_file(), large).value().body == "POST / " + large);
  }

  TEST_CASE_FIXTURE(tls_fixture, "a server nobody vouches for is refused") {
    certificate other;
    for (auto ca : {std::string(), other.certificate_file()}) {
      auto refused = ask("localhost", ca);
      REQUIRE_FALSE(refused.ok());
      CHECK(refused.failure().code == errc::unavailable);
      CHECK(refused.failure().message.find("TLS handshake failed") != std::string::npos);
    }
  }

  TEST_CASE_FIXTURE(tls_fixture, "a certificate for another name is refused") {
    // 127.0.0.2 reaches the same server only if it listens there; the certificate does not name it.
    http_server_options options;
    options.address = "127.0.0.2";
    options.tls = {cert.certificate_file(), cert.key_file()};
    server = http_server::listen(io, options, std::make_shared<function_handler>(echo)).value();
    auto refused = ask("127.0.0.2", cert.certificate_file());
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.failure().message.find("TLS handshake failed") != std::string::npos);
  }

  TEST_CASE_FIXTURE(tls_fixture, "files that cannot be used are named") {
    CHECK(ask("localhost", "/no/such/file").failure().message.find("/no/such/file") !=
          std::string::npos);
    http_server_options options;
    options.tls.certificate_file = cert.certificate_file();
    auto handler = std::make_shared<function_handler>(echo);
    CHECK(http_server::listen(io, options, handler).failure().code == errc::invalid_argument);
    options.tls.key_file = "/no/such/key";
    CHECK(http_server::listen(io, options, handler).failure().message.find("/no/such/key") !=
          std::string::npos);
  }

  TEST_CASE_FIXTURE(tls_fixture, "a client that speaks no TLS is cut, others are served") {
    raw_client plain(server->port());
    plain.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    plain.read_to_end();
    CHECK(ask("localhost", cert.certificate_file()).ok());
  }

  TEST_CASE_FIXTURE(tls_fixture, "WebSockets travel encrypted") {
    mailbox<std::string> messages;
    mailbox<std::string> closed;
    ws_callbacks callbacks;
    callbacks.on_message = [&](std::string text, bool) { messages.put(std::move(text)); };
    callbacks.on_close = [&](std::uint16_t, std::string reason) { closed.put(std::move(reason)); };
    ws_client_options options;
    options.target = {"wss", "localhost", server->port(), "/"};
    options.tls.ca_file = cert.certificate_file();
    auto session = ws_connect(io, options, callbacks);
    std::string large(1 << 18, 'y');
    session->send_text(large);
    CHECK(messages.take() == "got " + large);
    session->close(ws_close::normal, "done");
    CHECK(closed.take() == "done");
  }

  TEST_CASE_FIXTURE(tls_fixture,
                    "a replaced certificate is shown to new connections, no other is cut") {
    mailbox<std::string> changes;
    http_server_options options;
    options.tls = {cert.certificate_file(), cert.key_file()};
    options.limits.read_timeout = options.tls_look_interval = 20ms;
    options.on_tls_change = [&](const result<void>& outcome) {
      changes.put(outcome.ok() ? "changed" : outcome.failure().message);
    };
    server = http_server::listen(io, options, std::make_shared<function_handler>(echo)).value();
    certificate former;
    former.take_certificate_of(cert);
    const certificate next;
    http_client_options trusting;
    trusting.tls.ca_file = former.certificate_file();
    http_client kept(io, trusting);
    const auto ask_kept = [&] {
      http_call call;
      call.target = {"https", "localhost", server->port(), "/"};
      std::promise<result<http_response>> answer;
      kept.send(std::move(call), [&](result<http_response> r) { answer.set_value(std::move(r)); });
      return test::get(answer.get_future());
    };
    REQUIRE(ask_kept().ok());

    // One of the two files: the key is another's, and what was there stays.
    cert.take_certificate_of(next);
    CHECK(changes.take().find(cert.key_file()) != std::string::npos);
    CHECK(ask("localhost", former.certificate_file()).ok());
    cert.take_key_of(next);
    CHECK(changes.take() == "changed");
    CHECK(ask("localhost", next.certificate_file()).ok());
    CHECK_FALSE(ask("localhost", former.certificate_file()).ok());
    // Its connection is from before, and it trusts the former certificate only.
    CHECK(ask_kept().ok());
  }

  TEST_CASE_FIXTURE(tls_fixture, "a client reads authorities that were replaced again") {
    certificate trusted;
    http_client_options options;
    options.tls.ca_file = trusted.certificate_file();
    http_client client(io, options);
    const auto try_it = [&] {
      http_call call;
      call.target = {"https", "localhost", server->port(), "/"};
      std::promise<result<http_response>> answer;
      client.send(std::move(call),
                  [&](result<http_response> r) { answer.set_value(std::move(r)); });
      return test::get(answer.get_future());
    };
    CHECK_FALSE(try_it().ok());
    trusted.take_certificate_of(cert);
    CHECK(try_it().ok());
  }

  TEST_CASE("what cannot be used is told before anything listens") {
    certificate one;
    const certificate other;
    const auto why = [](const result<void>& outcome) {
      return outcome.ok() ? std::string("usable") : outcome.failure().message;
    };
    const auto server_of = [&](std::string certificate_file, std::string key_file) {
      return why(check_tls(tls_server_options{std::move(certificate_file), std::move(key_file)}));
    };
    CHECK(server_of(one.certificate_file(), one.key_file()) == "usable");
    CHECK(server_of(one.certificate_file(), other.key_file()).find(other.key_file()) !=
          std::string::npos);
    CHECK(server_of(one.key_file(), one.key_file()).find("certificate file " + one.key_file()) !=
          std::string::npos);
    CHECK(server_of(one.certificate_file(), "/no/such/key").find("/no/such/key") !=
          std::string::npos);
    const certificate old{-1h};
    CHECK(server_of(old.certificate_file(), old.key_file()).ends_with("it has expired"));
    CHECK(why(check_tls(tls_client_options{one.certificate_file(), false})) == "usable");
    CHECK(why(check_tls(tls_client_options{one.key_file(), false})).find(one.key_file()) !=
          std::string::npos);
  }
}
