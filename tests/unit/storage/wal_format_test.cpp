#include "storage/wal_format.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::storage;

TEST_SUITE("wal_format") {
  TEST_CASE("a frame round-trips and is a multiple of 8 bytes") {
    for (const std::size_t n : {0u, 1u, 7u, 8u, 9u, 300u}) {
      std::string bytes;
      const std::string payload(n, 'p');
      encode_frame({.first = 7, .last = 9, .synced = 5, .payload = payload}, 99, bytes);
      CHECK(bytes.size() % 8 == 0);
      CHECK(bytes.size() == frame_bytes(n));
      CHECK(peek_frame_bytes(bytes, 99) == bytes.size());
      const auto frame = decode_frame(bytes, 99);
      REQUIRE(frame);
      CHECK(frame->first == 7);
      CHECK(frame->last == 9);
      CHECK(frame->synced == 5);
      CHECK(frame->payload == payload);
      CHECK_FALSE(frame->is_seal());
      CHECK_FALSE(decode_frame(bytes, 98));
    }
  }

  TEST_CASE("no single flipped bit outside the padding goes unnoticed") {
    std::string bytes;
    encode_frame({.first = 1, .last = 1, .synced = 0, .payload = "sixteen bytes...!"}, 5, bytes);
    const std::size_t meaningful = frame_header_bytes + 17;
    for (std::size_t bit = 0; bit < meaningful * 8; ++bit) {
      std::string damaged = bytes;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      CHECK_FALSE(decode_frame(damaged, 5));
    }
  }

  TEST_CASE("no cut frame decodes") {
    std::string bytes;
    encode_frame({.first = 1, .last = 1, .synced = 0, .payload = "payload"}, 5, bytes);
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      CHECK_FALSE(decode_frame(std::string_view(bytes).substr(0, n), 5));
    }
  }

  TEST_CASE("segment headers tell empty, foreign and damaged apart") {
    const std::string good = encode_segment_header({.salt = 1, .first_seq = 2, .file_bytes = 4096});
    const auto header = decode_segment_header(good);
    REQUIRE(header.ok());
    CHECK(header->first_seq == 2);
    CHECK(header->file_bytes == 4096);
    CHECK(decode_segment_header("").failure().code == errc::not_found);
    CHECK(decode_segment_header("{\"json\": true}").failure().code == errc::unsupported);
    CHECK(decode_segment_header(std::string(64, '\0')).failure().code == errc::corrupt);
    CHECK(decode_segment_header(good.substr(0, 20)).failure().code == errc::corrupt);
    for (std::size_t byte = 8; byte < 40; ++byte) {
      std::string damaged = good;
      damaged[byte] = static_cast<char>(damaged[byte] ^ 1);
      CHECK(decode_segment_header(damaged).failure().code == errc::corrupt);
    }
  }

  TEST_CASE("segment names sort by seq and parse back") {
    CHECK(segment_name(42) == "segment-00000000000000000042.wal");
    CHECK(segment_name(9) < segment_name(10));
    constexpr sequence_number last{UINT64_MAX};
    CHECK(parse_segment_name(segment_name(last)) == last);
    for (const char* other :
         {"LOCK", "segment-1.wal", "segment-0000000000000000004x.wal", "spare.tmp", ""}) {
      CHECK_FALSE(parse_segment_name(other));
    }
  }
}
