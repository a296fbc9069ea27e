#include "protocol/log_codec.hpp"

#include "tests/unit/protocol/bodies.hpp"

#include <memory>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::test;

namespace {

change changed(sequence_number seq, change_op op, value record) {
  change c;
  c.seq = seq;
  c.op = op;
  c.id = {"t", value{1}};
  c.record = std::move(record);
  return c;
}

log_slice sample() {
  change_batch first;
  first.changes = {changed(5, change_op::create, value{object{{"a", value{"text"}}}}),
                   changed(6, change_op::erase, value{})};
  first.changes[0].version = 77;
  first.source = "changefeed/9";
  first.cursor = "9";
  first.event_id = "e";
  change_batch second;
  second.changes = {changed(7, change_op::update, value{object{}})};
  return {5, 7, std::make_shared<const change_batches>(change_batches{first, second}), 3};
}

}  // namespace

TEST_CASE("a stretch of the log survives the wire; whom it is for travels beside it") {
  const auto sent = sample();
  const auto received = decode_slice(encode_slice(sent));
  REQUIRE(received.ok());
  CHECK(received->first == 5);
  CHECK(received->last == 7);
  CHECK(*received->batches == *sent.batches);
  CHECK(received->epoch == 0);
  CHECK(*read_epoch_text(epoch_text(sent.epoch)) == 3);
  CHECK(*read_epoch_text("") == 0);
  for (const auto* text : {"x", "1x", "-1", " 1", "99999999999999999999999"})
    CHECK(read_epoch_text(text).failure().code == errc::invalid_argument);
}

TEST_CASE("bytes cut short anywhere but between transactions are refused") {
  const auto slice = sample();
  const auto bytes = encode_slice(slice);
  const auto one = encode_slice(
      {5, 7, std::make_shared<const change_batches>(change_batches{slice.batches->front()}), 0});
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    if (length == 16 || length == one.size()) continue;
    CAPTURE(length);
    const auto torn = decode_slice(std::string_view{bytes}.substr(0, length));
    REQUIRE_FALSE(torn.ok());
    CHECK(torn.failure().code == errc::corrupt);
  }
  CHECK_FALSE(decode_slice(bytes + '\1').ok());
}

TEST_CASE("how far the SSP is survives the way back") {
  CHECK(*read_applied(through_json(applied_answer(1'000'000'007))) == 1'000'000'007);
  CHECK(read_applied(body("{}")).failure().code == errc::corrupt);
  CHECK(read_applied(body("{ applied_seq: '1' }")).failure().code == errc::corrupt);
  CHECK(read_applied(body("{ applied_seq: -1 }")).failure().code == errc::corrupt);
}
