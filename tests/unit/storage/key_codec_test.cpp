#include "storage/key_codec.hpp"

#include "tests/unit/storage/random_values.hpp"
#include "tests/unit/storage/wal_fixture.hpp"

#include <cmath>
#include <limits>

using namespace spooky;
using namespace spooky::storage;
using namespace spooky::storage::test;

namespace {

std::string coded(const value& v) {
  std::string out;
  need(append_value(out, v));
  return out;
}

std::string coded_id(std::string table, value key) {
  return need(encode_record_id({std::move(table), std::move(key)}));
}

int sign(std::strong_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }
int sign(int order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

/// Equal in value and in every type inside.
bool identical(const value& a, const value& b) {
  return a.type() == b.type() && a == b && coded(a) == coded(b);
}

}  // namespace

TEST_SUITE("key_codec") {
  TEST_CASE("a key is read as deep as SurrealDB 3.3.3 stores it") {
    value key{array{value(1)}};
    for (int i = 0; i < 255; ++i) key = value(array{key});
    const auto bytes = coded_id("t", key);
    std::string_view in = bytes;
    CHECK(need(take_record_id(in)) == record_id{"t", key});
  }

  TEST_CASE("the engine's own order of record ids") {
    // As SELECT VALUE id FROM t gives them in SurrealDB 3.0.2.
    const uuid id{{0x01, 0x8f, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}};
    const auto list = [](auto... items) { return value(array{value(items)...}); };
    const std::vector<value> keys = {
        value(-5),
        value(5),
        value(""),
        value("5"),
        value("a"),
        value("aa"),
        value("b"),
        value(id),
        value(array{}),
        list(value::none()),
        list(value::null()),
        list(value::null(), 1),
        list(true),
        list(-3.5),
        list(1),
        list(1.0),
        list(decimal(1)),
        list(1.5),
        list(2),
        list(decimal(10)),
        list("a"),
        list("a", "b"),
        list(std::string("a\0", 2)),
        list("aa"),
        list(duration{3600, 0}),
        list(datetime{1577836800, 0}),
        list(id),
        list(array{value(1)}),
        list(object{{"a", value(1)}}),
        list(record_id{"t", value(1)}),
        value(object{}),
        value(object{{"a", value(1)}}),
        value(object{{"a", value(1)}, {"b", value(2)}}),
        value(object{{"a", value(2)}}),
        value(object{{"b", value(0)}, {"c", value(1)}}),
        value(object{{"b", value(1)}}),
    };
    for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
      CAPTURE(i);
      CHECK(coded_id("t", keys[i]) < coded_id("t", keys[i + 1]));
    }
  }

  TEST_CASE("numbers of all types at their boundaries sort by value and come back exactly") {
    using limits = std::numeric_limits<double>;
    const auto dec = [](const char* text) { return value(need(decimal::parse(text))); };
    const std::vector<value> ascending = {
        value(-limits::infinity()),
        value(-limits::max()),
        value(std::numeric_limits<std::int64_t>::min()),
        value(-9007199254740994.0),
        value(std::int64_t{-9007199254740993}),
        value(-100),
        dec("-99.5"),
        value(-1.5),
        value(-1),
        value(-0.1),
        value(-limits::denorm_min()),
        value(0),
        value(limits::denorm_min()),
        dec("0.0000000000000000000000000001"),
        value(0.1),
        dec("0.11"),
        value(1),
        dec("1.0000000000000000000000000001"),
        value(9.5),
        value(10),
        value(99),
        value(100),
        value(101),
        value(std::int64_t{9007199254740991}),
        value(9007199254740992.0),
        value(std::int64_t{9007199254740993}),
        value(4611686018427387904.0),
        value(std::int64_t{4611686018427387905}),
        value(std::numeric_limits<std::int64_t>::max()),
        value(9223372036854775808.0),
        dec("79228162514264337593543950335"),
        value(1e300),
        value(limits::max()),
        value(limits::infinity()),
        value(limits::quiet_NaN()),
    };
    for (std::size_t i = 0; i < ascending.size(); ++i) {
      CAPTURE(i);
      const std::string bytes = coded(ascending[i]);
      std::string_view in = bytes;
      CHECK(identical(need(take_value(in)), ascending[i]));
      CHECK(in.empty());
      for (std::size_t j = i + 1; j < ascending.size(); ++j) {
        CHECK(ascending[i] < ascending[j]);
        CHECK(bytes < coded(ascending[j]));
      }
    }
    CHECK(coded(value(-0.0)) == coded(value(0.0)));
  }

  TEST_CASE("random values: order, distinctness and round trip agree with value's own") {
    const std::uint64_t seed = 20240611;
    MESSAGE("seed ", seed);
    random_values random(seed);
    std::vector<value> pool;
    for (int i = 0; i < 2000; ++i) pool.push_back(random.any(3));
    for (const value& v : pool) {
      const std::string bytes = coded(v);
      std::string_view in = bytes;
      const auto back = take_value(in);
      REQUIRE(back.ok());
      REQUIRE(in.empty());
      REQUIRE(identical(*back, v));
    }
    for (int i = 0; i < 200'000; ++i) {
      const value& a = pool[random.below(pool.size())];
      const value& b = pool[random.below(pool.size())];
      const int bytes_order = sign(coded(a).compare(coded(b)));
      const int value_order = sign(a <=> b);
      CAPTURE(i);
      // Where only number types differ, value calls them equal and keys do not.
      if (value_order != 0) REQUIRE(bytes_order == value_order);
    }
  }

  TEST_CASE("random record ids: concatenations sort by their parts") {
    random_values random(7);
    std::vector<record_id> pool;
    for (int i = 0; i < 1000; ++i) pool.push_back(random.id());
    for (int i = 0; i < 100'000; ++i) {
      const record_id& a = pool[random.below(pool.size())];
      const record_id& b = pool[random.below(pool.size())];
      const auto order = a <=> b;
      const std::string left = need(encode_record_id(a)) + need(encode_record_id(b));
      const std::string right = need(encode_record_id(b)) + need(encode_record_id(a));
      if (order != 0) REQUIRE(sign(left.compare(right)) == sign(order));
      std::string_view in = left;
      REQUIRE(need(take_record_id(in)) == a);
      REQUIRE(need(take_record_id(in)) == b);
      REQUIRE(in.empty());
    }
  }

  TEST_CASE("a table's prefix covers its ids and no other table's") {
    for (const char* table : {"t", "t2", "ta", "T"}) {
      const std::string prefix = table_prefix(table);
      const std::string end = prefix_end(prefix);
      for (const char* other : {"t", "t2", "ta", "T"}) {
        const std::string key = coded_id(other, value("k"));
        CHECK((key >= prefix && key < end) == (std::string(table) == other));
      }
    }
    CHECK(prefix_end("a\xff\xff") == "b");
    CHECK(prefix_end("\xff").empty());
  }

  TEST_CASE("what cannot be a key is refused") {
    CHECK(encode_record_id({"t", value(1.5)}).failure().code == errc::invalid_argument);
    CHECK(encode_record_id({"t", value()}).failure().message.find("none") != std::string::npos);
    CHECK(encode_record_id({"t", value(array{value::regex("a")})}).failure().code ==
          errc::unsupported);
  }

  TEST_CASE("an open end of a range that holds something is no key") {
    auto bytes = coded(value(value_range{{}, {range_bound::kind::included, value(true)}}));
    std::string_view in = bytes;
    CHECK(take_value(in).ok());
    bytes[bytes.size() - 2] = 0;  // the kind of the end: now it is open
    in = bytes;
    CHECK(take_value(in).failure().code == errc::corrupt);
  }

  TEST_CASE("damaged bytes are an error, never a crash or an endless loop") {
    random_values random(11);
    for (int i = 0; i < 20'000; ++i) {
      std::string bytes = need(encode_record_id(random.id()));
      bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
      bytes.resize(random.below(bytes.size() + 1));
      std::string_view in = bytes;
      const auto id = take_record_id(in);
      if (!id) CHECK(id.failure().code == errc::corrupt);
    }
    const std::string deep(100'000, static_cast<char>(11));
    std::string_view in = deep;
    CHECK_FALSE(take_value(in).ok());
  }
}
