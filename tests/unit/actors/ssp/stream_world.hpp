// Clients of views that a circuit keeps.
#pragma once

#include "surrealql/codec/json.hpp"
#include "surrealql/values/text.hpp"
#include "tests/unit/actors/ssp/circuit_world.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spooky::actors::test {

/// A client's connection that takes as much as the test says.
class fake_stream final : public net::message_stream {
 public:
  bool send(const std::shared_ptr<const std::string>& message) override {
    if (room == 0) return false;
    --room;
    sent.push_back(message);
    return true;
  }
  void close(std::uint16_t, const std::string&) override {}

  std::size_t room = 1'000;
  std::vector<std::shared_ptr<const std::string>> sent;
};

using ends = std::vector<std::string>;

/// A client that follows a view, with its session played by the test.
struct stream_client {
  std::shared_ptr<fake_stream> stream = std::make_shared<fake_stream>();
  stream_session_actor session;
  std::shared_ptr<ends> told = std::make_shared<ends>();

  std::vector<std::string> types() const {
    std::vector<std::string> all;
    for (const auto& message : stream->sent)
      all.emplace_back((*surrealql::parse_json(*message))["type"].as_string());
    return all;
  }
  value last() const { return *surrealql::parse_json(*stream->sent.back()); }
};

inline stream_client follow_view(flowing& world, const view_id& view,
                                 std::optional<stream_place> since = std::nullopt,
                                 subscriber_id who = 1, std::size_t room = 1'000) {
  stream_client made;
  made.stream->room = room;
  made.session = world.spawn(
      [told = made.told](stream_session_actor::pointer) -> stream_session_actor::behavior_type {
        return {[](client_said_atom, const std::string&) {},
                [](drained_atom) {},
                [](client_gone_atom) {},
                [told](view_ended_atom, const view_id& ended, const stream_ending& how) {
                  told->push_back(ended.raw() + " " + std::string{to_text(how.why)} +
                                  (how.to.empty() ? "" : " " + how.to));
                },
                [](token_due_atom) {},
                [](sign_of_life_atom) {}};
      });
  world.send(
      world.engine, follow_view_atom_v,
      stream_subscription{view, who, {true, stream_format::json}, std::move(since), made.stream},
      made.session);
  return made;
}

}  // namespace spooky::actors::test
