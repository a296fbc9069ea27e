#include "protocol/ids.hpp"

#include "protocol/log.hpp"
#include "protocol/pool.hpp"
#include "protocol/view.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <unordered_set>

#include <doctest/doctest.h>

using namespace spooky;

// Whoever takes one kind for another does not compile: that is what these say.

namespace {

template <class A, class B>
concept comparable = requires(const A& a, const B& b) {
  a == b;
}
|| requires(const A& a, const B& b) { a < b; };

template <class A, class B>
concept added = requires(A a, B b) {
  a += b;
}
|| requires(const A& a, const B& b) { a + b; };

template <class To, class From>
constexpr bool taken_for =
    std::is_constructible_v<To, From> || std::is_convertible_v<From, To> ||
    std::is_assignable_v<To&, From> || comparable<To, From> || added<To, From>;

template <class T, class... Others>
constexpr bool apart = (!(std::same_as<T, Others> || taken_for<T, Others> ||
                          taken_for<Others, T>)&&...);

static_assert(apart<sequence_number, registration_epoch, placement_epoch, write_count, view_id,
                    ssp_id, table_name>);
static_assert(apart<registration_epoch, placement_epoch, write_count, view_id>);
static_assert(apart<placement_epoch, write_count, ssp_id>);
static_assert(apart<view_id, ssp_id, table_name>);
static_assert(apart<ssp_id, table_name>);

// A computed number or text has to say what it becomes, and a number what it is read as.
template <class T, class Rep>
constexpr bool said = std::is_constructible_v<T, Rep> && !std::is_convertible_v<Rep, T> &&
                      !std::is_assignable_v<T&, Rep>;
static_assert(said<sequence_number, std::uint64_t> && said<placement_epoch, std::uint64_t> &&
              said<view_id, std::string> && said<table_name, std::string>);
static_assert(!std::is_convertible_v<sequence_number, std::uint64_t> &&
              !std::is_constructible_v<std::uint64_t, sequence_number>);
static_assert(!std::is_constructible_v<sequence_number, std::int64_t> &&
              !std::is_constructible_v<sequence_number, double>);

// The three epochs where they meet.
static_assert(std::same_as<decltype(log_slice::epoch), registration_epoch> &&
              std::same_as<decltype(ssp_admission::epoch), registration_epoch>);
static_assert(std::same_as<decltype(view_claim::epoch), std::optional<placement_epoch>>);

// They cost what they hold.
static_assert(sizeof(sequence_number) == sizeof(std::uint64_t) &&
              std::is_trivially_copyable_v<sequence_number> &&
              sizeof(view_id) == sizeof(std::string));

}  // namespace

TEST_CASE("positions count on and know how far they are apart") {
  sequence_number seq = 7;
  CHECK(++seq == 8);
  CHECK(seq++ == 8);
  CHECK(seq == 9);
  CHECK(seq + 3 == 12);
  CHECK(seq - 3 == 6);
  CHECK(seq - sequence_number{4} == 5);
  seq += std::size_t{100};
  CHECK(seq.raw() == 109);
  CHECK(sequence_number{9} < seq);
}

TEST_CASE("names are read as text and kept apart in sets") {
  const view_id view{std::string{"v"}};
  const std::string& text = view;
  CHECK(text == "v");
  CHECK("view " + view + " is gone" == "view v is gone");
  CHECK(view < "w");
  CHECK(view_id{}.empty());
  const std::unordered_set<view_id, std::hash<view_id>> views{"v", "w", "v"};
  CHECK(views.size() == 2);
}
