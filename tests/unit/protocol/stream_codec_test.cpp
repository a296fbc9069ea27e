#include "protocol/stream_codec.hpp"

#include "surrealql/codec/cbor.hpp"
#include "surrealql/codec/json.hpp"

#include <string>
#include <variant>

#include <doctest/doctest.h>

using namespace spooky;

namespace {

template <class Request>
Request read(const std::string& text) {
  const auto request = read_stream_request(text, stream_format::json);
  REQUIRE_MESSAGE(request.ok(), text);
  REQUIRE(std::holds_alternative<Request>(*request));
  return std::get<Request>(*request);
}

}  // namespace

TEST_SUITE("protocol.stream_codec") {
  TEST_CASE("a place travels there and back; what is none is refused") {
    const stream_place place{"process-1f.2-7", 18, 400};
    CHECK(to_text(place) == "process-1f.2-7.18.400");
    CHECK(read_place(to_text(place)) == place);
    for (const char* text : {"", ".", "..", "a", "a.1", "a.1.", "a..1", "a.1.x", "a.-1.2", "a.1.2 ",
                             "a.1.2.x", "a.1.99999999999999999999"})
      CHECK_MESSAGE(!read_place(text), text);
  }

  TEST_CASE("what clients ask for is read") {
    const auto asked = read<stream_request::subscribe>(
        R"({"type":"subscribe","view":"q~1","token":"5.aa","since":"f.3.9","rows":true,"x":1})");
    CHECK(asked.view == "q~1");
    CHECK(asked.token == "5.aa");
    CHECK(asked.rows);
    CHECK(asked.since == stream_place{"f", 3, 9});
    const auto bare =
        read<stream_request::subscribe>(R"({"type":"subscribe","view":"q","since":"odd"})");
    CHECK_FALSE(bare.rows);
    CHECK_FALSE(bare.since);
    CHECK(bare.token.empty());
    CHECK(read<stream_request::unsubscribe>(R"({"type":"unsubscribe","view":"q"})").view == "q");
    CHECK(read<stream_request::renew>(R"({"type":"renew","view":"q","token":"t"})").token == "t");

    std::string binary;
    surrealql::encode_cbor(value{object{{"type", value{"unsubscribe"}}, {"view", value{"q"}}}},
                           binary);
    CHECK(read_stream_request(binary, stream_format::cbor).ok());
    CHECK_FALSE(read_stream_request(binary, stream_format::json).ok());
  }

  TEST_CASE("what is no request is refused, naming why") {
    for (const auto& [text, part] : {
             std::pair{R"({"type":"subscribe"})", "view"},
             std::pair{R"({"type":"subscribe","view":7})", "view"},
             std::pair{R"({"view":"q"})", "type"},
             std::pair{R"({"type":"snapshot","view":"q"})", "type"},
             std::pair{R"([])", "view"},
         }) {
      const auto request = read_stream_request(text, stream_format::json);
      REQUIRE_FALSE(request.ok());
      CHECK(request.failure().code == errc::invalid_argument);
      CHECK(request.failure().message.find(part) != std::string::npos);
    }
    CHECK(read_stream_request("{", stream_format::json).failure().code == errc::parse_error);
    CHECK_FALSE(read_stream_request(std::string(100'000, '['), stream_format::json).ok());
  }

  TEST_CASE("an event is one message, with the place browsers give back") {
    const value message{object{{"type", value{"delta"}}, {"text", value{"a\nb\r"}}}};
    CHECK(encode(message, {"f", 3, 9}, stream_format::event) ==
          "id: f.3.9\ndata: {\"text\":\"a\\nb\\r\",\"type\":\"delta\"}\n\n");
    CHECK(encode(message, {"f", 3, 9}, stream_format::json) == surrealql::to_json(message));
    CHECK(*surrealql::decode_cbor(encode(message, {"f", 3, 9}, stream_format::cbor)) == message);
  }

  TEST_CASE("why a stream ends is said") {
    const auto end = encode_end("q~1", {stream_end::moved, "http://b:1"}, stream_format::json);
    const auto said = *surrealql::parse_json(end);
    CHECK(said["type"] == value{"end"});
    CHECK(said["view"] == value{"q~1"});
    CHECK(said["reason"] == value{"moved"});
    CHECK(said["ssp_url"] == value{"http://b:1"});
    CHECK(encode_end("q", {stream_end::gone}, stream_format::event).starts_with("data: {"));
    const auto refused = *surrealql::parse_json(
        encode_refusal({}, fail(errc::parse_error, "line 1"), stream_format::json));
    CHECK(refused["code"] == value{"PARSE_ERROR"});
    CHECK(refused["view"].is_none());
  }

  TEST_CASE("the end of a stream is read as it was written, and nothing else is taken for it") {
    for (const auto format : {stream_format::json, stream_format::cbor, stream_format::event})
      for (const auto why : {stream_end::gone, stream_end::moved, stream_end::expired,
                             stream_end::refused, stream_end::unknown}) {
        const auto read = read_end(encode_end("q~1", {why, "http://b"}, format), format);
        REQUIRE(read.has_value());
        CHECK(read->first == "q~1");
        CHECK(read->second.why == why);
        CHECK(read->second.to == "http://b");
      }
    for (const auto format : {stream_format::json, stream_format::cbor, stream_format::event}) {
      const value delta{object{{"type", value{"delta"}}, {"text", value{"{\"type\":\"end\"}"}}}};
      CHECK_FALSE(read_end(encode(delta, {"f", 1, 1}, format), format).has_value());
      CHECK_FALSE(read_end("", format).has_value());
    }
  }

  TEST_CASE("what a client asks is read as it was written") {
    for (const auto format : {stream_format::json, stream_format::cbor, stream_format::event}) {
      const auto again = [&](const stream_request::any& request) {
        const auto read = read_stream_request(encode_request(request, format), format);
        REQUIRE(read.ok());
        return *read;
      };
      const auto asked = std::get<stream_request::subscribe>(
          again(stream_request::subscribe{"v", "t", true, stream_place{"f", 1, 2}}));
      CHECK(asked.view == "v");
      CHECK(asked.token == "t");
      CHECK(asked.rows);
      CHECK(asked.since == stream_place{"f", 1, 2});
      CHECK_FALSE(
          std::get<stream_request::subscribe>(again(stream_request::subscribe{"v", "", false, {}}))
              .since);
      CHECK(std::get<stream_request::unsubscribe>(again(stream_request::unsubscribe{"v"})).view ==
            "v");
      CHECK(std::get<stream_request::renew>(again(stream_request::renew{"v", "t"})).token == "t");
    }
  }

  TEST_CASE("a release says where the view is now") {
    const view_release release{{"q~1", placement_epoch{4}}, "http://b:1"};
    const auto read = read_release(to_body(release), "_spooky_");
    REQUIRE(read.ok());
    CHECK(read->claim.id == "q~1");
    CHECK(read->claim.epoch == placement_epoch{4});
    CHECK(read->to == "http://b:1");
    CHECK(read_release(to_body(view_release{{"q", {}}, {}}), "_spooky_")->to.empty());
    CHECK_FALSE(read_release(value{object{}}, "_spooky_").ok());
  }
}
