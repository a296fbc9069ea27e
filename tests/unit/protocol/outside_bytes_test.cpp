#include "protocol/job_codec.hpp"
#include "protocol/log_codec.hpp"
#include "protocol/pool_codec.hpp"
#include "protocol/registration_codec.hpp"
#include "protocol/table_codec.hpp"
#include "tests/unit/protocol/bodies.hpp"

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::test;

// Whatever arrives from outside is read or refused: under a sanitizer a reader that goes astray
// ends here. What is read says the same when it is written and read again.

namespace {

constexpr int rounds = 20'000;

class noise {
 public:
  explicit noise(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::string bytes(std::size_t limit) {
    std::string out(below(limit), 0);
    for (auto& c : out) c = static_cast<char>(random_());
    return out;
  }

  /// Some bytes of a good message changed, cut out or doubled.
  std::string spoilt(std::string good) {
    for (std::size_t n = 1 + below(4); n > 0 && !good.empty(); --n) {
      const auto at = below(good.size());
      switch (below(3)) {
        case 0:
          good[at] = static_cast<char>(random_());
          break;
        case 1:
          good.erase(at, 1 + below(8));
          break;
        default:
          good.insert(at, good.substr(at, 1 + below(8)));
      }
    }
    return good;
  }

  /// A body with this field, or another, of any type.
  value field_value() {
    switch (below(9)) {
      case 0:
        return value{};
      case 1:
        return value{true};
      case 2:
        return value{static_cast<std::int64_t>(random_()) - (std::int64_t{1} << 31)};
      case 3:
        return value{-1.5};
      case 4:
        return value{bytes(8)};
      case 5:
        return value{array{value{"t"}, value{1}}};
      case 6:
        return value{object{{"a", value{1}}}};
      case 7:
        return value{record_id{"_spooky_query", value{"v"}}};
      default:
        return value{"running"};
    }
  }

  value spoilt_body(const value& good) {
    object body;
    for (const auto& [name, member] : good.as_object()) {
      if (below(4) == 0) continue;
      body.set(name, below(3) == 0 ? field_value() : member);
    }
    return value{std::move(body)};
  }

 private:
  std::mt19937 random_;
};

template <class T>
void reads_or_refuses(const result<T>& read) {
  if (!read.ok()) CHECK_FALSE(read.failure().message.empty());
}

change_batches two_transactions() {
  change c;
  c.seq = 1;
  c.id = {"t", value{1}};
  c.record = value{object{{"a", value{"text"}}}};
  change_batch batch;
  batch.changes = {c};
  return {batch, batch};
}

}  // namespace

TEST_CASE("any bytes are a stretch of the log, or are refused") {
  noise random{1};
  const auto good =
      encode_slice({1, 2, std::make_shared<const change_batches>(two_transactions()), 0});
  int taken = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto bytes = i % 2 == 0 ? random.spoilt(good) : random.bytes(64);
    const auto slice = decode_slice(bytes);
    reads_or_refuses(slice);
    if (!slice.ok()) continue;
    ++taken;
    const auto again = decode_slice(encode_slice(*slice));
    REQUIRE(again.ok());
    CHECK(*again->batches == *slice->batches);
  }
  CHECK(taken > 0);
}

TEST_CASE("any bytes are a table's rows, or are refused") {
  noise random{2};
  std::string good;
  surrealql::encode_cbor(value{array{versioned_row(1, value{object{{"a", value{1}}}}),
                                     versioned_row(2, value{object{}})}},
                         good);
  int taken = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto bytes = i % 2 == 0 ? random.spoilt(good) : random.bytes(64);
    snapshot_decoder decoder{"t"};
    const auto cut = bytes.empty() ? 0 : random.below(bytes.size());
    if (decoder.add(std::string_view{bytes}.substr(0, cut)))
      decoder.add(std::string_view{bytes}.substr(cut));
    const auto rows = decoder.finish(1);
    reads_or_refuses(rows);
    if (!rows.ok()) continue;
    ++taken;
    CHECK((*rows)->rows.size() == (*rows)->versions.size());
  }
  CHECK(taken > 0);
}

TEST_CASE("any body is read, or refused with a reason") {
  noise random{3};
  ssp_registration who{"a", "http://a:1", "1", {"v"}, "i", table_interest{{"t"}}, 1, "log", 5};
  const auto joins = to_body(who);
  const auto beats = to_body(ssp_heartbeat{"a", 1, 0.5, 7, sequence_number{3}, "i", {"v"}});
  const auto wants = to_body(ssp_interest{"a", "i", 1, {"t"}});
  const auto admits = to_body(ssp_admission{1, true, "log", 2});
  const auto hands = to_body(job_assignment{{"job", value{1}}, "a"});
  const auto reports = to_body(job_report{{"job", value{1}}, job_state::pending, "a", 1, {}, true});
  view_registration asked;
  asked.id = "v";
  asked.surql = "SELECT * FROM t";
  asked.ttl = duration{5, 0};
  asked.epoch = 4;
  const auto views = to_body(asked);
  for (int i = 0; i < rounds / 4; ++i) {
    reads_or_refuses(read_ssp_registration(random.spoilt_body(joins)));
    reads_or_refuses(read_heartbeat(random.spoilt_body(beats)));
    reads_or_refuses(read_interest(random.spoilt_body(wants)));
    reads_or_refuses(read_admission(random.spoilt_body(admits)));
    reads_or_refuses(read_assignment(random.spoilt_body(hands)));
    reads_or_refuses(read_report(random.spoilt_body(reports)));
    reads_or_refuses(read_claim(random.spoilt_body(views), "_spooky_"));
    reads_or_refuses(read_query_registration(random.spoilt_body(views), "_spooky_"));
    const auto view = read_registration(random.spoilt_body(views), "_spooky_");
    reads_or_refuses(view);
    if (view.ok())
      CHECK(to_body(**read_registration(to_body(**view), "_spooky_")) == to_body(**view));
  }
}
