#include "surrealql/database/change_codec.hpp"

#include "surrealql/codec/json.hpp"
#include "surrealql/values/text.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

value constant(std::string_view text) { return parse_value(text).value(); }

ingest_event event(std::string_view json) {
  auto decoded = decode_ingest(json, false);
  REQUIRE_MESSAGE(decoded.ok(), decoded.failure().message);
  return *decoded;
}

std::string refusal(std::string_view json) {
  const auto decoded = decode_ingest(json, false);
  REQUIRE_FALSE(decoded.ok());
  return decoded.failure().message;
}

change_batch sample() {
  change_batch batch;
  batch.source = "changefeed";
  batch.cursor = "117659090633490433";
  batch.event_id = "e-1";
  change created;
  created.seq = 7;
  created.op = change_op::create;
  created.id = {"person", value("tobie")};
  created.record = constant(
      "{ id: person:tobie, at: d'2024-01-01T00:00:00Z', price: 1.50dec, links: [post:['a', 1]] }");
  change updated = created;
  updated.seq = 8;
  updated.op = change_op::update;
  updated.before = created.record;
  updated.version = 3;
  change erased;
  erased.seq = 9;
  erased.op = change_op::erase;
  erased.id = {"person", constant("['a', 1]")};
  batch.changes = {created, updated, erased};
  return batch;
}

std::string encoded(const change_batch& batch) {
  std::string out;
  encode_batch(batch, out);
  return out;
}

}  // namespace

TEST_CASE("an ingest body becomes a change") {
  const auto e = event(R"({"table":"person","op":"UPDATE","id":"person:tobie","version":4,
                           "seq":12,"event_id":"x","unknown":true,
                           "record":{"id":"person:tobie","name":"Tobie"},
                           "before":{"name":"Tob"}})");
  CHECK(e.event_id == "x");
  CHECK(e.what.op == change_op::update);
  CHECK(e.what.id == record_id{"person", value("tobie")});
  CHECK(to_text(e.what.record) == "{ id: person:tobie, name: 'Tobie' }");
  CHECK(to_text(e.what.before) == "{ id: person:tobie, name: 'Tob' }");
  CHECK(e.what.version == 4);
  CHECK(e.what.seq == 12);
}

TEST_CASE("ids of every kind are read, bare keys too") {
  const auto id_of = [](std::string_view id) {
    return to_text(event(R"({"table":"t","op":"DELETE","id":)" + std::string(id) + "}").what.id);
  };
  CHECK(id_of(R"("t:1")") == "t:1");
  CHECK(id_of(R"("t:`a b`")") == "t:`a b`");
  CHECK(id_of(R"("t:⟨a:b⟩")") == "t:`a:b`");
  CHECK(id_of(R"("t:['x', 1]")") == "t:['x', 1]");
  CHECK(id_of("5") == "t:5");
  CHECK(id_of(R"(["x", 1])") == "t:['x', 1]");
}

TEST_CASE("a delete keeps the record it was sent as the record before") {
  const auto e = event(R"({"table":"t","op":"DELETE","id":"t:1","record":{"a":1}})");
  CHECK(e.what.record.is_none());
  CHECK(to_text(e.what.before) == "{ a: 1, id: t:1 }");
  CHECK(event(R"({"table":"t","op":"DELETE","id":"t:1","record":null})").what.before.is_none());
}

TEST_CASE("what is wrong is named by its field") {
  CHECK(refusal("[]") == "The event is []: expected an object");
  CHECK(refusal("{}") == "Field 'table' is missing: expected the table's name");
  CHECK(refusal(R"({"table":5})") == "Field 'table' is 5: expected the table's name");
  CHECK(refusal(R"({"table":"t"})") == "Field 'op' is missing: expected CREATE, UPDATE or DELETE");
  CHECK(refusal(R"({"table":"t","op":"UPSERT"})") ==
        "Field 'op' is 'UPSERT': expected CREATE, UPDATE or DELETE");
  CHECK(refusal(R"({"table":"t","op":"CREATE"})") ==
        "Field 'id' is missing: expected a record id such as \"t:1\"");
  CHECK(refusal(R"({"table":"t","op":"CREATE","id":"nope"})")
            .starts_with("Field 'id' is no record id"));
  CHECK(refusal(R"({"table":"t","op":"CREATE","id":true})") ==
        "Field 'id' is true: expected a record id");
  CHECK(refusal(R"({"table":"t","op":"CREATE","id":"u:1"})") ==
        "Field 'id' is 'u:1', but the event is of table 't'");
  CHECK(refusal(R"({"table":"t","op":"CREATE","id":"t:1..5"})") ==
        "Field 'id' is the range 't:1..5': expected one record");
  CHECK(refusal(R"({"table":"t","op":"CREATE","id":"t:1"})") ==
        "Field 'record' is missing: expected the whole record");
  CHECK(refusal(R"({"table":"t","op":"CREATE","id":"t:1","record":[1]})") ==
        "Field 'record' is [1]: expected an object");
  CHECK(refusal(R"({"table":"t","op":"CREATE","id":"t:1","record":{"id":"t:2"}})") ==
        "Field 'record' has the id t:2, but the event is of t:1");
  CHECK(refusal(R"({"table":"t","op":"CREATE","id":"t:1","record":{},"version":-1})") ==
        "Field 'version' is -1: expected an integer from 0");
  CHECK(refusal(R"({"table":"t","op":"CREATE","id":"t:1","record":{},"event_id":5})") ==
        "Field 'event_id' is 5: expected text");
  CHECK(refusal("{").starts_with("Invalid JSON at line 1"));
}

TEST_CASE("with a schema JSON gives the same change as CBOR") {
  schema types;
  table_schema person;
  REQUIRE(person.add("at", parse_kind("datetime").value()).ok());
  REQUIRE(person.add("price", parse_kind("decimal").value()).ok());
  REQUIRE(person.add("links", parse_kind("array<record<post>>").value()).ok());
  types.set("person", person);
  for (const auto& c : sample().changes) {
    std::string cbor;
    encode_cbor(encode_ingest_value(c), cbor);
    const auto from_cbor = decode_ingest(cbor, true, &types);
    const auto from_json = decode_ingest(encode_ingest_json(c), false, &types);
    REQUIRE_MESSAGE(from_cbor.ok(), from_cbor.failure().message);
    REQUIRE_MESSAGE(from_json.ok(), from_json.failure().message);
    CHECK(from_cbor->what == c);
    CHECK(from_json->what == c);
    CHECK(to_text(from_json->what.record) == to_text(c.record));
  }
}

TEST_CASE("a batch body is read line by line, and the broken line is named") {
  const auto batch = decode_ingest_batch(
      "{\"table\":\"t\",\"op\":\"DELETE\",\"id\":\"t:1\"}\n\r\n"
      "  {\"table\":\"t\",\"op\":\"DELETE\",\"id\":\"t:2\"}",
      false);
  REQUIRE(batch.ok());
  CHECK(batch->size() == 2);
  CHECK(decode_ingest_batch("", false)->empty());
  const auto broken = decode_ingest_batch(
      "{\"table\":\"t\",\"op\":\"DELETE\",\"id\":\"t:1\"}\n\n{\"table\":\"t\"}\n", false);
  CHECK(broken.failure().message ==
        "Line 3: Field 'op' is missing: expected CREATE, UPDATE or DELETE");
  CHECK(broken.failure().code == errc::invalid_argument);
  CHECK(decode_ingest_batch("{", false).failure().message.starts_with("Line 1: Invalid JSON"));
  CHECK(decode_ingest_batch("{}", false, nullptr, {.bytes = 1}).failure().code ==
        errc::limit_exceeded);
}

TEST_CASE("a batch body may be one JSON array, and the broken element is named") {
  const auto batch = decode_ingest_batch(
      " \n[{\"table\":\"t\",\"op\":\"DELETE\",\"id\":\"t:1\"},\n"
      "  {\"table\":\"t\",\"op\":\"DELETE\",\"id\":\"t:2\"}]\n",
      false);
  REQUIRE(batch.ok());
  REQUIRE(batch->size() == 2);
  CHECK(to_text(value((*batch)[1].what.id)) == "t:2");
  CHECK(decode_ingest_batch("[]", false)->empty());
  const auto broken = decode_ingest_batch(
      "[{\"table\":\"t\",\"op\":\"DELETE\",\"id\":\"t:1\"},{\"table\":\"t\"}]", false);
  CHECK(broken.failure().message ==
        "Element 2: Field 'op' is missing: expected CREATE, UPDATE or DELETE");
  CHECK(decode_ingest_batch("[7]", false).failure().message.starts_with("Element 1: "));
  CHECK(decode_ingest_batch("[] []", false).failure().code == errc::parse_error);
  CHECK(decode_ingest_batch("[", false).failure().code == errc::parse_error);
}

TEST_CASE("a CBOR batch names the element") {
  std::string body;
  encode_cbor(constant("[{ table: 't', op: 'DELETE', id: t:1 }, { table: 't' }]"), body);
  const auto broken = decode_ingest_batch(body, true);
  CHECK(broken.failure().message ==
        "Element 2: Field 'op' is missing: expected CREATE, UPDATE or DELETE");
  body.clear();
  encode_cbor(constant("[{ table: 't', op: 'DELETE', id: t:1 }]"), body);
  CHECK(decode_ingest_batch(body, true)->size() == 1);
}

TEST_CASE("the compact encoding keeps everything") {
  const change_batch batch = sample();
  const auto back = decode_batch(encoded(batch));
  REQUIRE_MESSAGE(back.ok(), back.failure().message);
  CHECK(*back == batch);
  CHECK(to_text(back->changes[0].record) == to_text(batch.changes[0].record));
  CHECK(*decode_batch(encoded({})) == change_batch{});
}

TEST_CASE("foreign and bent bytes are refused as corrupt, newer formats as such") {
  const std::string good = encoded(sample());
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto cut = decode_batch(std::string_view(good).substr(0, size));
    REQUIRE_FALSE(cut.ok());
    CHECK(cut.failure().code == errc::corrupt);
  }
  std::string newer = good;
  newer[1] = 2;
  const auto refused = decode_batch(newer);
  CHECK(refused.failure().code == errc::unsupported);
  CHECK(refused.failure().message ==
        "The encoded batch has format 2, this program reads format 1: use a newer one");
  std::string other;
  encode_cbor(constant("[1, 'a', 'b', 'c', [[1, 2]]]"), other);
  CHECK(decode_batch(other).failure().message ==
        "The encoded batch has a broken change at position 0");
}
