#pragma once

#include "surrealql/values/value.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>

namespace spooky::storage::test {

/// Values of every type that may occur in a record key, many of them equal or nearly so.
class random_values {
 public:
  explicit random_values(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
  }

  std::string text() {
    using namespace std::string_view_literals;
    static constexpr std::array letters{"\0"sv, "\1"sv, "\2"sv, "a"sv,
                                        "A"sv,  "b"sv,  "~"sv,  "\xc3\xa9"sv};
    std::string out;
    for (std::uint64_t n = below(5); n > 0; --n) out += letters[below(letters.size())];
    return out;
  }

  std::int64_t integer() {
    switch (below(3)) {
      case 0:
        return static_cast<std::int64_t>(below(21)) - 10;
      case 1:
        return static_cast<std::int64_t>(random_());
      default: {
        const auto power = static_cast<std::int64_t>(std::uint64_t{1} << below(63));
        const auto near = power + static_cast<std::int64_t>(below(3)) - 1;
        return below(2) == 0 ? near : -near;
      }
    }
  }

  double floating() {
    switch (below(4)) {
      case 0:
        return static_cast<double>(integer());
      case 1:
        return static_cast<double>(integer()) / 8.0;
      case 2:
        return std::numeric_limits<double>::infinity();
      default:
        return static_cast<double>(below(2001)) / 100.0 - 10.0;
    }
  }

  value any(int depth) {
    switch (below(depth > 0 ? 17 : 13)) {
      case 0:
        return value::none();
      case 1:
        return value::null();
      case 2:
        return value::boolean(below(2) == 0);
      case 3:
      case 4:
        return value::integer(integer());
      case 5:
        return value::floating(floating());
      case 6:
        return value(
            decimal::from_parts(below(1'000'000), static_cast<unsigned>(below(10)), below(2) == 0)
                .normalized());
      case 7:
        return value(text());
      case 8:
        return value(duration{below(100), static_cast<std::uint32_t>(below(1'000'000'000))});
      case 9:
        return value(datetime{integer() % 8'000'000'000'000,
                              static_cast<std::uint32_t>(below(1'000'000'000))});
      case 10:
        return value(some_uuid());
      case 11:
        return below(2) == 0 ? value::bytes(text()) : value::table(text());
      case 12:
        return value(shape());
      case 13:
        return value(items(depth - 1));
      case 14:
        return value::set(items(depth - 1));
      case 15:
        return value(members(depth - 1));
      default:
        return value(id(depth - 1));
    }
  }

  value key(int depth = 2) {
    switch (below(5)) {
      case 0:
        return value::integer(integer());
      case 1:
        return value(text());
      case 2:
        return value(some_uuid());
      case 3:
        return value(items(depth));
      default:
        return value(members(depth));
    }
  }

  record_id id(int depth = 2) {
    static constexpr std::array tables{"a", "aa", "b"};
    return {tables[below(tables.size())], key(depth)};
  }

 private:
  array items(int depth) {
    array out;
    for (std::uint64_t n = below(4); n > 0; --n) out.push_back(any(depth));
    return out;
  }

  object members(int depth) {
    std::vector<object::member> out;
    for (std::uint64_t n = below(4); n > 0; --n) out.emplace_back(text(), any(depth));
    return object(std::move(out));
  }

  uuid some_uuid() {
    uuid out;
    for (auto& byte : out.bytes) byte = static_cast<std::uint8_t>(below(3));
    return out;
  }

  geometry shape() {
    geometry out;
    out.type = below(2) == 0 ? geometry::kind::point : geometry::kind::line;
    const std::uint64_t n = out.type == geometry::kind::point ? 1 : below(3);
    for (std::uint64_t i = 0; i < n; ++i) {
      out.positions.emplace_back(static_cast<double>(below(5)) - 2, static_cast<double>(below(5)));
    }
    return out;
  }

  std::mt19937_64 random_;
};

}  // namespace spooky::storage::test
