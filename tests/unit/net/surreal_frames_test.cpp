#include "net/detail/surreal_frames.hpp"

#include "fake_surreal.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::net;
using namespace spooky::net::detail;
using test::from_hex;

// The frames were recorded from SurrealDB 3.0.2.

TEST_SUITE("net.surreal_frames") {
  TEST_CASE("a request is encoded as the server expects it") {
    // The order of a map's keys is free; ours are sorted.
    CHECK(
        encode_request(5, "query", {value("RETURN 1")}) ==
        from_hex("a3 626964 05 666d6574686f64 657175657279 66706172616d73 81 68 52455455524e2031"));
  }

  TEST_CASE("an answer without a value is NONE") {
    auto frame = decode_frame(from_hex("a2 626964 01 66726573756c74 c6f6")).value();
    auto& answer = std::get<rpc_answer>(frame);
    CHECK(answer.id == 1);
    CHECK(answer.outcome.value().is_none());
  }

  TEST_CASE("the answer of a query") {
    auto frame = decode_frame(from_hex("a2 626964 05 66726573756c74 81 a4 66726573756c74 01"
                                       "66737461747573 624f4b 6474696d65 69 36382e393234c2b573"
                                       "6474797065 c6f6"))
                     .value();
    auto statements = read_statements(std::get<rpc_answer>(frame).outcome.value()).value();
    REQUIRE(statements.size() == 1);
    CHECK(statements[0].ok());
    CHECK(statements[0].result == value(1));
  }

  TEST_CASE("a notification") {
    std::string id = "000102030405060708090a0b0c0d0e0f";
    auto frame = decode_frame(from_hex("a1 66726573756c74 a5 66616374696f6e 66435245415445"
                                       "626964 d82550" +
                                       id +
                                       "667265636f7264 c882617001 66726573756c74 a2 616101"
                                       "626964c882617001 6773657373696f6e d82550" +
                                       id))
                     .value();
    auto& event = std::get<live_notification>(frame);
    CHECK(event.action == live_action::create);
    CHECK(event.live_id.bytes[15] == 15);
    CHECK(event.record == value(record_id{"p", value(1)}));
    CHECK(event.result["a"] == value(1));
  }

  TEST_CASE("errors of a request keep the server's words and get a code") {
    auto read = [](int code, std::string_view kind, std::string_view message) {
      std::string bytes;
      surrealql::encode_cbor(
          object{{"id", 7},
                 {"error",
                  object{{"code", code}, {"kind", value(kind)}, {"message", value(message)}}}},
          bytes);
      auto frame = decode_frame(bytes).value();
      return std::get<rpc_answer>(frame).outcome.failure();
    };
    CHECK(read(-32002, "NotAllowed", "no").code == errc::unauthorized);
    CHECK(read(-32601, "NotFound", "no such method").code == errc::unsupported);
    CHECK(read(-32603, "Validation", "bad").code == errc::invalid_argument);
    CHECK(read(-32000, "Validation", "Parse error at 1:2").code == errc::parse_error);
    CHECK(read(-32000, "Validation", "Parse error at 1:2").message == "Parse error at 1:2");
    CHECK(read(-32000, "NotFound", "no table").code == errc::not_found);
    CHECK(read(-32000, "Internal",
               "Write conflict, retry the transaction. This transaction can be retried")
              .code == errc::conflict);
    CHECK(read(0, "", "").message == "SurrealDB reports an error without a message");
  }

  TEST_CASE("failed statements, with write conflicts of every backend marked") {
    auto failed = [](std::string_view kind, std::string_view text) {
      value answer =
          array{object{{"status", "ERR"}, {"result", value(text)}, {"kind", value(kind)}}};
      return *read_statements(answer).value().at(0).failure;
    };
    auto thrown = failed("Thrown", "An error occurred: x");
    CHECK(thrown.kind == "Thrown");
    CHECK(thrown.message == "An error occurred: x");
    CHECK_FALSE(thrown.conflict);
    for (auto text :
         {"Transaction conflict: Write conflict, retry the transaction. This transaction can be "
          "retried",
          "Transaction conflict: Transaction write conflict. This transaction can be retried",
          "Query not executed: Transaction conflict: Resource busy: . This transaction can be "
          "retried"})
      CHECK(failed("Query", text).conflict);
  }

  TEST_CASE("what is no frame is corrupt, and says why") {
    for (auto digits :
         {"", "ff", "01", "80", "a0", "a1 626964 01", "a2 626964 6161 66726573756c74 01",
          "a1 66726573756c74 01", "a1 66726573756c74 a0"}) {
      auto frame = decode_frame(from_hex(digits));
      // An answer without a result is one of NONE.
      if (frame.ok()) {
        CHECK(std::string(digits) == "a1 626964 01");
        continue;
      }
      CHECK(frame.failure().code == errc::corrupt);
      CHECK(frame.failure().message.starts_with("SurrealDB "));
    }
    CHECK_FALSE(read_statements(value(1)).ok());
    CHECK_FALSE(read_statements(array{object{{"status", "MAYBE"}}}).ok());
  }
}
