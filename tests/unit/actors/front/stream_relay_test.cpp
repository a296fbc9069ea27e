#include "actors/front/stream_relay.hpp"

#include "protocol/stream_codec.hpp"
#include "surrealql/codec/json.hpp"
#include "tests/unit/actors/det.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;

namespace {

using texts = std::vector<std::string>;

/// The scheduler's connection to an SSP, with the SSP played by the test.
struct fake_upstream final : net::ws_session {
  void accept(net::ws_callbacks, net::ws_limits, std::string) override {}
  void refuse(net::http_response) override {}
  bool send_text(std::string message) override {
    const auto said = *surrealql::parse_json(message);
    asked.push_back(std::string{said["type"].as_string()} + " " +
                    std::string{said["view"].as_string()} +
                    (said["since"].is_string() ? " since" : ""));
    return true;
  }
  bool send_binary(std::string) override { return false; }
  bool send_shared(std::shared_ptr<const std::string>, bool) override { return false; }
  std::size_t queued_bytes() const noexcept override { return 0; }
  void read_on() override { ++read; }
  void close(std::uint16_t, std::string) override {}

  net::ws_callbacks callbacks;
  std::string address;
  texts asked;
  int read = 0;  ///< how often the next message was asked for
};

struct fake_client final : net::message_stream {
  bool send(const std::shared_ptr<const std::string>& message) override {
    if (full) return false;
    sent.push_back(*message);
    return true;
  }
  void close(std::uint16_t, const std::string&) override {}

  bool full = false;
  texts sent;
};

/// A relay between one client and the SSPs that `homes` says.
struct relayed : det {
  relayed() {
    auto owners = spawn([this](owner_finder::pointer) -> owner_finder::behavior_type {
      return {[this](owner_atom, const view_id& view) -> caf::result<view_assignment> {
        const auto home = homes.find(view);
        if (home == homes.end()) return to_caf(fail(errc::not_found, "no such view"));
        return view_assignment{view, "ssp", home->second, value::none()};
      }};
    });
    relay = spawn(stream_relay,
                  stream_relay_parts{owners, [this](const std::string& address, stream_format,
                                                    net::ws_callbacks callbacks) {
                                       auto opened = std::make_shared<fake_upstream>();
                                       opened->callbacks = std::move(callbacks);
                                       opened->address = address;
                                       upstreams.push_back(opened);
                                       return opened;
                                     }});
    session = spawn([this](stream_session_actor::pointer) -> stream_session_actor::behavior_type {
      return {[](client_said_atom, const std::string&) {},
              [](drained_atom) {},
              [](client_gone_atom) {},
              [this](view_ended_atom, const view_id& view, const stream_ending& how) {
                ended.push_back(view.raw() + " " + std::string{to_text(how.why)} +
                                (how.to.empty() ? "" : " " + how.to));
              },
              [](token_due_atom) {},
              [](sign_of_life_atom) {}};
    });
  }

  void follow(const view_id& view, std::optional<stream_place> since = std::nullopt) {
    send(relay, follow_view_atom_v,
         stream_subscription{view, 1, {true, stream_format::json}, std::move(since), client},
         session);
  }
  void leave(const view_id& view) { send(relay, leave_view_atom_v, view, subscriber_id{1}); }
  void say(std::size_t upstream, const std::string& message) {
    upstreams.at(upstream)->callbacks.on_message(message, false);
    run();
  }

  std::map<view_id, std::string> homes{{"v", "http://a"}, {"w", "http://a"}, {"x", "http://b"}};
  std::vector<std::shared_ptr<fake_upstream>> upstreams;
  std::shared_ptr<fake_client> client = std::make_shared<fake_client>();
  stream_relay_actor relay;
  stream_session_actor session;
  texts ended;
};

std::string end_of(const char* view, const stream_ending& how) {
  return encode_end(view_id{std::string{view}}, how, stream_format::json);
}

}  // namespace

TEST_SUITE("actors.stream_relay") {
  TEST_CASE_FIXTURE(relayed, "each SSP is asked for its views, on one connection") {
    follow("v");
    follow("x", stream_place{"f", 1, 2});
    follow("w");
    REQUIRE(upstreams.size() == 2);
    CHECK(upstreams[0]->address == "http://a");
    CHECK(upstreams[0]->asked == texts{"subscribe v", "subscribe w"});
    CHECK(upstreams[1]->asked == texts{"subscribe x since"});
    say(0, R"({"type":"snapshot","view":"v"})");
    say(1, R"({"type":"delta","view":"x"})");
    CHECK(client->sent ==
          texts{R"({"type":"snapshot","view":"v"})", R"({"type":"delta","view":"x"})"});
    leave("v");
    CHECK(upstreams[0]->asked.back() == "unsubscribe v");
    follow("nobody's");
    CHECK(ended == texts{"nobody's unknown"});
    CHECK(ask<stream_feed>(relay, find_feed_atom_v, view_id{"v"}).ok());
    CHECK_FALSE(ask<stream_feed>(relay, find_feed_atom_v, view_id{"nobody's"}).ok());
  }

  TEST_CASE_FIXTURE(relayed, "a slow client is read no further than it takes, and loses nothing") {
    follow("v");
    say(0, "1");
    CHECK(upstreams[0]->read == 1);
    client->full = true;
    say(0, "2");
    CHECK(upstreams[0]->read == 1);
    CHECK(client->sent == texts{"1"});
    send(relay, drained_atom_v, subscriber_id{1});
    CHECK(upstreams[0]->read == 1);
    client->full = false;
    send(relay, drained_atom_v, subscriber_id{1});
    CHECK(client->sent == texts{"1", "2"});
    CHECK(upstreams[0]->read == 2);
    send(relay, drained_atom_v, subscriber_id{1});
    CHECK(client->sent == texts{"1", "2"});
  }

  TEST_CASE_FIXTURE(relayed, "an SSP is read on although nobody was followed when there was room") {
    follow("v");
    client->full = true;
    say(0, "1");
    leave("v");
    client->full = false;
    follow("w");
    CHECK(client->sent == texts{"1"});
    CHECK(upstreams[0]->read == 1);
  }

  TEST_CASE_FIXTURE(relayed, "why a view ends its session says, which knows how") {
    follow("v");
    follow("w");
    say(0, end_of("v", {stream_end::moved, "http://b"}));
    CHECK(client->sent.empty());
    CHECK(ended == texts{"v moved http://b"});
    CHECK(upstreams[0]->read == 1);
    // Followed again, it is asked of who has it then; what the first still says of it is void.
    homes["v"] = "http://b";
    follow("v");
    CHECK(upstreams[1]->asked == texts{"subscribe v"});
    say(0, end_of("v", {stream_end::gone}));
    CHECK(ended.size() == 1);
    upstreams[1]->callbacks.on_close(1006, "");
    run();
    CHECK(ended == texts{"v moved http://b", "v unknown"});
    upstreams[0]->callbacks.on_close(1006, "");
    run();
    CHECK(ended.back() == "w unknown");
    follow("v");
    CHECK(upstreams.size() == 3);
  }

  TEST_CASE_FIXTURE(relayed,
                    "who leaves before it is known where the view is, is asked for nothing") {
    caf::anon_send(relay, follow_view_atom_v,
                   stream_subscription{"v", 1, {true, stream_format::json}, {}, client}, session);
    caf::anon_send(relay, leave_view_atom_v, view_id{"v"}, subscriber_id{1});
    run();
    CHECK(upstreams.empty());
    CHECK(ended.empty());
  }

  TEST_CASE_FIXTURE(relayed, "with the client's session its connections end") {
    follow("v");
    const std::weak_ptr<fake_upstream> open = upstreams[0];
    upstreams.clear();
    caf::anon_send_exit(session, caf::exit_reason::user_shutdown);
    run();
    CHECK(open.expired());
  }
}
