#include "fake_surreal.hpp"

#include <utility>

namespace spooky::net::test {
namespace {

void reply(const std::shared_ptr<ws_session>& connection, object frame) {
  std::string bytes;
  surrealql::encode_cbor(value(std::move(frame)), bytes);
  connection->send_binary(std::move(bytes));
}

int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

}  // namespace

std::string from_hex(std::string_view digits) {
  std::string packed, out;
  for (char c : digits)
    if (c != ' ') packed += c;
  for (std::size_t i = 0; i + 1 < packed.size(); i += 2)
    out += static_cast<char>(digit(packed[i]) * 16 + digit(packed[i + 1]));
  return out;
}

void fake_surreal::request::answer(value result) const {
  reply(connection, {{"id", value(id)}, {"result", std::move(result)}});
}

void fake_surreal::request::refuse(int code, std::string_view kind,
                                   std::string_view message) const {
  reply(connection,
        {{"id", value(id)},
         {"error", object{{"code", code}, {"kind", value(kind)}, {"message", value(message)}}}});
}

void fake_surreal::request::answer_statement(value result) const {
  answer(array{object{{"status", "OK"}, {"result", std::move(result)}, {"time", "1ms"}}});
}

fake_surreal::fake_surreal(std::uint16_t port)
    : server_(
          echo, {},
          [this](const http_request& r, std::shared_ptr<ws_session> session) {
            if (r.path != "/rpc") return session->refuse(json_error(404, "NOT_FOUND", r.path));
            ws_callbacks callbacks;
            std::weak_ptr<ws_session> weak = session;
            callbacks.on_message = [this, weak](std::string bytes, bool) {
              if (auto open = weak.lock()) receive(bytes, open);
            };
            session->accept(std::move(callbacks), {}, "cbor");
            current_.put(std::move(session));
          },
          port) {}

void fake_surreal::notify(const request& to, uuid live_id, std::string_view action, value record,
                          value result) {
  reply(to.connection, {{"result", object{{"action", value(action)},
                                          {"id", value(live_id)},
                                          {"record", std::move(record)},
                                          {"result", std::move(result)}}}});
}

void fake_surreal::receive(const std::string& bytes,
                           const std::shared_ptr<ws_session>& connection) {
  auto frame = surrealql::decode_cbor(std::string_view(bytes)).value();
  request r{frame["id"].as_integer(), std::string(frame["method"].as_string()), frame["params"],
            connection};
  methods.put(r.method);
  if (r.method == "signin") {
    signins.put(r.params);
    if (!answer_signin) return;
    if (!accept_password)
      return r.refuse(-32002, "NotAllowed", "There was a problem with authentication");
    return r.answer("token");
  }
  if (r.method == "use") return r.answer(object{});
  requests_.put(std::move(r));
}

}  // namespace spooky::net::test
