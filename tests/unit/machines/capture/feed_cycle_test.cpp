#include "machines/capture/feed_cycle.hpp"

#include "tests/unit/machines/samples.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

namespace {

using names = std::vector<std::string>;

constexpr timestamp start{1h};
/// The database's clock is ahead of ours.
constexpr std::chrono::milliseconds ahead{5'000};
constexpr std::chrono::milliseconds database_start = std::chrono::milliseconds{1h} + ahead;

// -- effects as text ----------------------------------------------------------------------------

std::string join(const names& parts) {
  std::string text;
  for (const auto& part : parts) text += " " + part;
  return text;
}

struct text_of {
  std::string operator()(const feed_effect::ask_clock&) const { return "ask clock"; }
  std::string operator()(const feed_effect::note_gap& e) const {
    return "note gap of" + join(e.tables);
  }
  std::string operator()(const feed_effect::forget_gap&) const { return "forget gap"; }
  std::string operator()(const feed_effect::note_progress&) const { return "note progress"; }
  std::string operator()(const feed_effect::load_tables&) const { return "load"; }
  std::string operator()(const feed_effect::hand_out_tables&) const { return "hand out"; }
  std::string operator()(const feed_effect::drop_tables&) const { return "drop loads"; }
  std::string operator()(const feed_effect::read_page&) const { return "read"; }
  std::string operator()(const feed_effect::read_records& e) const {
    return "read again " + std::to_string(e.ids.size());
  }
  std::string operator()(const feed_effect::offer& e) const {
    names sources;
    for (const auto& batch : e.batches) sources.push_back(batch.source);
    return "offer" + join(sources);
  }
  std::string operator()(const feed_effect::compare& e) const {
    return "compare " + e.stretch.table;
  }
  std::string operator()(const feed_effect::hang_doorbell& e) const {
    return "doorbell " + e.table;
  }
  std::string operator()(const feed_effect::free_table& e) const { return "free " + e.table; }
  std::string operator()(const feed_effect::report_compared& e) const {
    return "compared " + e.table.name;
  }
  std::string operator()(const feed_effect::report_uncaptured& e) const {
    return "uncaptured " + e.table;
  }
  std::string operator()(const feed_effect::report_left_out& e) const {
    return "left out " + std::to_string(e.rows.ids.size()) + " of " + e.rows.table;
  }
  std::string operator()(const feed_effect::report_trouble& e) const {
    return e.what.empty() ? "well again" : "trouble";
  }
  std::string operator()(const feed_effect::report_caught_up&) const { return "caught up"; }
  std::string operator()(const feed_effect::look_at_tables&) const { return "look"; }
  std::string operator()(const feed_effect::reload_all&) const { return "reload all"; }
  std::string operator()(const feed_effect::pause& e) const {
    return "pause " + std::to_string(e.length / 1ms) + " ms";
  }
  std::string operator()(const say&) const { return "say"; }
};

/// The number under which an answer is awaited.
struct number_of_step {
  std::uint64_t& number;
  template <class E>
  void operator()(const E& effect) const {
    if constexpr (requires { effect.step; }) number = effect.step;
    if constexpr (std::is_same_v<E, feed_effect::pause>) number = effect.number;
  }
};

// -- a capture in each state --------------------------------------------------------------------

struct capturing {
  explicit capturing(bool with_replica = true) : cycle(config(with_replica)) {}
  static feed_cycle_config config(bool with_replica) {
    feed_cycle_config limits;
    limits.page_limit = 10;
    limits.compares = with_replica;
    return limits;
  }

  /// What is done, in order; what is only told to people left out.
  names on(const feed_event::any& event) {
    names done;
    for (const auto& effect : cycle.on(event, now)) {
      std::visit(number_of_step{number}, effect);
      if (!std::holds_alternative<say>(effect)) done.push_back(std::visit(text_of{}, effect));
    }
    return done;
  }
  names start(const std::string& table = "t", std::chrono::milliseconds kept = 1h) {
    on(feed_event::adopted{{table, true, false, kept}});
    on(feed_event::started{{stamp_at(database_start), {}, {}, {}}});
    return on(feed_event::connected{});
  }
  names clock() {
    return on(feed_event::clock{
        number,
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()) + ahead});
  }
  names page(std::vector<feed_transaction> transactions = {}) {
    return on(feed_event::page{number, std::move(transactions)});
  }
  /// Started, caught up, and at rest.
  void settle() {
    start();
    clock();
    page();
  }

  timestamp now = ::start;
  feed_cycle cycle;
  std::uint64_t number = 0;
};

feed_transaction at(versionstamp counter, std::vector<change> changes) {
  feed_transaction transaction;
  transaction.stamp = stamp_at(database_start) + counter;
  transaction.changes = std::move(changes);
  transaction.entries = 1;
  return transaction;
}

page_difference_ptr stretch(std::vector<change> changes, std::optional<record_id> reached = {}) {
  page_difference page;
  page.changes = std::move(changes);
  page.reached = std::move(reached);
  return std::make_shared<const page_difference>(std::move(page));
}

feed_event::failed broken(std::uint64_t number) { return {number, fail(errc::unavailable, "no")}; }

}  // namespace

TEST_CASE("the feed is read to its end, and then it rests until something rings") {
  capturing world;
  CHECK(world.start() == names{"doorbell t", "ask clock"});
  CHECK(world.clock() == names{"read"});
  const auto offered = world.page({at(1, {put(0, "t", 1)})});
  REQUIRE(offered.size() == 1);
  CHECK(offered.front().starts_with("offer changefeed/"));
  CHECK(world.on(feed_event::taken{1}) == names{"note progress", "caught up", "pause 500 ms"});
  CHECK(world.on(feed_event::rang{}) == names{"read"});
  CHECK(world.page() == names{"pause 500 ms"});
  CHECK(world.on(feed_event::due{world.number}) == names{"read"});
}

TEST_CASE("a pause that was cut short is void") {
  capturing world;
  world.settle();
  const auto old = world.number;
  world.on(feed_event::rang{});
  world.page();
  CHECK(world.on(feed_event::due{old}).empty());
  CHECK(world.on(feed_event::due{old + 1}) == names{"read"});
}

TEST_CASE("what rings during a cycle begins another one") {
  capturing world;
  world.settle();
  world.on(feed_event::rang{});
  CHECK(world.on(feed_event::rang{}).empty());
  CHECK(world.page() == names{"read"});
  CHECK(world.page() == names{"pause 500 ms"});
}

TEST_CASE("a page that may be cut is followed by the next one") {
  capturing world;
  world.settle();
  world.on(feed_event::rang{});
  auto large = at(1, {put(0, "t", 1)});
  large.entries = 10;
  world.page({large, at(2, {put(0, "t", 2)})});
  CHECK(world.on(feed_event::taken{1}) == names{"read"});
  world.page({at(2, {put(0, "t", 2)})});
  CHECK(world.on(feed_event::taken{2}) == names{"pause 500 ms"});
}

TEST_CASE("a record that one transaction wrote twice is read again before it is offered") {
  capturing world;
  world.settle();
  world.on(feed_event::rang{});
  CHECK(world.page({at(1, {put(0, "t", 1), put(0, "t", 1, {{"n", value{1}}})})}) ==
        names{"read again 1"});
  const auto offered = world.on(feed_event::records{world.number, {put(0, "t", 1)}});
  REQUIRE(offered.size() == 1);
  CHECK(offered.front().starts_with("offer changefeed/"));
}

TEST_CASE("a step that fails is made again later, and said once") {
  struct row {
    std::string step;
    void (*reach)(capturing&);
  };
  for (const auto& [step, reach] : {
           row{"ask clock", [](capturing& world) { world.start(); }},
           row{"read", [](capturing& world) { world.start(), world.clock(); }},
           row{"read again",
               [](capturing& world) {
                 world.start(), world.clock();
                 world.page({at(1, {put(0, "t", 1), erase(0, "t", 1)})});
               }},
           row{"compare",
               [](capturing& world) {
                 world.settle();
                 world.on(feed_event::adopted{{"t", true, true, 1h}});
                 world.page();
               }},
       }) {
    CAPTURE(step);
    capturing world;
    reach(world);
    const auto number = world.number;
    CHECK(world.on(broken(number)) == names{"trouble", "pause 500 ms"});
    // The answer that comes after all is void.
    CHECK(world.on(feed_event::page{number, {}}).empty());
    CHECK_FALSE(world.on(feed_event::due{world.number}).empty());
  }
}

TEST_CASE("a trouble is over when the feed has been read to its end") {
  capturing world;
  world.start();
  world.clock();
  world.on(broken(world.number));
  world.on(feed_event::due{world.number});
  CHECK(world.page() == names{"note progress", "well again", "caught up", "pause 500 ms"});
}

// -- comparing ----------------------------------------------------------------------------------

TEST_CASE("a table is compared a stretch at a time, and the feed is read between them") {
  capturing world;
  world.settle();
  CHECK(world.on(feed_event::adopted{{"t", true, true, 1h}}) == names{"doorbell t", "read"});
  CHECK(world.page() == names{"compare t"});
  CHECK(world.on(feed_event::difference{world.number,
                                        stretch({put(0, "t", 1)}, record_id{"t", value{1}})}) ==
        names{"offer compare/t"});
  CHECK(world.on(feed_event::taken{2}) == names{"read"});
  CHECK(world.page() == names{"compare t"});
  CHECK(world.on(feed_event::difference{world.number, stretch({})}) ==
        names{"compared t", "pause 500 ms"});
}

TEST_CASE("it has caught up when what was to be compared at the start has been") {
  capturing world;
  world.on(feed_event::adopted{{"t", true, true, 1h}});
  world.on(feed_event::started{{stamp_at(database_start), {}, {}, {}}});
  world.on(feed_event::connected{});
  world.clock();
  CHECK(world.page() == names{"compare t"});
  CHECK(world.on(feed_event::difference{world.number, stretch({})}) == names{"compared t", "read"});
  CHECK(world.page() == names{"note progress", "caught up", "pause 500 ms"});
}

TEST_CASE("a table of which nothing can be read is told of and keeps the others from nothing") {
  capturing world;
  world.settle();
  world.on(feed_event::adopted{{"t", true, true, 1h}});
  world.page();
  page_difference page;
  page.unreadable = "not allowed";
  CHECK(world.on(
            feed_event::difference{world.number, std::make_shared<const page_difference>(page)}) ==
        names{"uncaptured t", "pause 500 ms"});
}

TEST_CASE("without a replica everything is loaded again instead") {
  capturing world{false};
  world.settle();
  CHECK(world.on(feed_event::adopted{{"t", true, true, 1h}}) ==
        names{"reload all", "compared t", "doorbell t", "read"});
}

TEST_CASE("a feed that was not read for as long as it is kept has a gap") {
  capturing world;
  world.settle();
  world.now += 61min;
  CHECK(world.on(feed_event::due{world.number}) == names{"note gap of t"});
  CHECK(world.on(feed_event::gap_noted{world.number}) == names{"read"});
  CHECK(world.page() == names{"compare t"});
  world.on(feed_event::difference{world.number, stretch({})});
  world.on(feed_event::due{world.number});
  CHECK(world.page() == names{"note progress", "forget gap", "pause 500 ms"});
}

TEST_CASE("tables whose feed does not tell everything are compared") {
  capturing world;
  world.settle();
  world.now += 10s;
  world.on(feed_event::rang{});
  feed_transaction transaction;
  transaction.stamp = stamp_at(database_start + 9s);
  SUBCASE("entries that are not understood") {
    transaction.unread = {"t"};
    CHECK(world.page({transaction}) == names{"read"});
  }
  SUBCASE("a definition") {
    transaction.defined = {"t"};
    CHECK(world.page({transaction}) == names{"look", "read"});
  }
  CHECK(world.page() == names{"compare t"});
}

// -- for the watchman -----------------------------------------------------------------------------

TEST_CASE("a flush is answered when a read that began after it has come to the feed's end") {
  capturing world;
  world.settle();
  world.on(feed_event::rang{});
  // One that is under way may have begun before.
  CHECK(world.on(feed_event::flush_asked{}).empty());
  CHECK(world.page() == names{"load"});
  CHECK(world.on(feed_event::loaded{world.number}) == names{"read"});
  world.page({at(1, {put(0, "t", 1)})});
  CHECK(world.on(feed_event::taken{1}) == names{"hand out", "pause 500 ms"});
}

TEST_CASE("doubted records are read again behind the feed's end, and offered") {
  capturing world;
  world.settle();
  const record_id id{"t", value{1}};
  CHECK(world.on(feed_event::doubted{{id}}) == names{"read"});
  CHECK(world.page() == names{"read again 1"});
  SUBCASE("as they are") {
    CHECK(world.on(feed_event::records{world.number, {put(0, "t", 1)}}) == names{"offer reread/t"});
    CHECK(world.on(feed_event::taken{2}) == names{"pause 500 ms"});
  }
  SUBCASE("unless their table is another source's by now") {
    CHECK(world.on(feed_event::records{world.number, {put(0, "u", 1)}}) == names{"pause 500 ms"});
  }
  SUBCASE("or the database fails: whoever doubts comes again") {
    CHECK(world.on(broken(world.number)) == names{"trouble", "pause 500 ms"});
    world.on(feed_event::due{world.number});
    CHECK(world.page() == names{"well again", "pause 500 ms"});
  }
}

// -- loading ------------------------------------------------------------------------------------

TEST_CASE("a table is handed out after everything in the feed has been delivered") {
  capturing world;
  world.settle();
  CHECK(world.on(feed_event::wanted{"u"}) == names{"load"});
  CHECK(world.on(feed_event::loaded{world.number}) == names{"read"});
  const auto offered = world.page({at(1, {put(0, "u", 1)})});
  CHECK(offered.front().starts_with("offer"));
  CHECK(world.on(feed_event::taken{1}) == names{"hand out", "pause 500 ms"});
}

TEST_CASE("a table that was loaded is not handed out when the feed cannot be read") {
  capturing world;
  world.settle();
  world.on(feed_event::wanted{"u"});
  world.on(feed_event::loaded{world.number});
  CHECK(world.on(broken(world.number)) == names{"drop loads", "trouble", "pause 500 ms"});
}

// -- tables that go to another source -------------------------------------------------------------

TEST_CASE("a table is released when nothing of it can come any more") {
  capturing world;
  world.settle();
  SUBCASE("at rest: at once") { CHECK(world.on(feed_event::released{"t"}) == names{"free t"}); }
  SUBCASE("while something is offered: when that has been taken") {
    world.on(feed_event::rang{});
    world.page({at(1, {put(0, "t", 1)})});
    CHECK(world.on(feed_event::released{"t"}).empty());
    CHECK(world.on(feed_event::taken{1}) == names{"free t", "pause 500 ms"});
  }
  SUBCASE("while it is compared: after the stretch, and no more of it") {
    world.on(feed_event::adopted{{"t", true, true, 1h}});
    world.page();
    CHECK(world.on(feed_event::released{"t"}).empty());
    CHECK(world.on(feed_event::difference{world.number, stretch({}, record_id{"t", value{1}})}) ==
          names{"free t", "pause 500 ms"});
  }
  world.on(feed_event::rang{});
  CHECK(world.page({at(2, {put(0, "t", 2)})}) == names{"pause 500 ms"});
}

// -- the connection -----------------------------------------------------------------------------

TEST_CASE("what was cut with the connection begins again with the next one") {
  capturing world;
  world.settle();
  world.on(feed_event::rang{});
  const auto old = world.number;
  CHECK(world.on(feed_event::lost{}) == names{"drop loads"});
  CHECK(world.on(feed_event::page{old, {at(1, {put(0, "t", 1)})}}).empty());
  CHECK(world.on(feed_event::rang{}).empty());
  CHECK(world.on(feed_event::connected{}) == names{"doorbell t", "ask clock"});
}

TEST_CASE("what is being offered stays when the connection is lost, and is not read twice") {
  capturing world;
  world.settle();
  world.on(feed_event::rang{});
  world.page({at(1, {put(0, "t", 1)})});
  world.on(feed_event::lost{});
  SUBCASE("taken before the database is back") {
    CHECK(world.on(feed_event::taken{1}).empty());
    CHECK(world.on(feed_event::connected{}) == names{"doorbell t", "ask clock"});
  }
  SUBCASE("taken afterwards") {
    CHECK(world.on(feed_event::connected{}) == names{"doorbell t"});
    CHECK(world.on(feed_event::taken{1}) == names{"ask clock"});
  }
  CHECK(world.clock() == names{"read"});
  CHECK(world.page({at(1, {put(0, "t", 1)})}) == names{"pause 500 ms"});
}

TEST_CASE("the stretch that was offered when the connection was lost has been compared") {
  capturing world;
  world.settle();
  world.on(feed_event::adopted{{"t", true, true, 1h}});
  world.page();
  world.on(feed_event::difference{world.number, stretch({put(0, "t", 1)})});
  world.on(feed_event::lost{});
  CHECK(world.on(feed_event::taken{1}) == names{"compared t"});
}
