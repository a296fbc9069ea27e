#include "machines/ssp/asked_ledger.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::machines;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

asking_pace pace() {
  asking_pace made;
  made.debounce = 100ms;
  made.between = 500ms;
  made.between_all = 0ms;
  made.at_once = 4;
  made.retry_initial = 1s;
  made.retry_limit = 10s;
  return made;
}

struct asking {
  explicit asking(asking_pace at = pace()) : ledger(at) {}

  void admit(const view_id& view, const std::string& text, std::set<table_name> tables = {"t"}) {
    ledger.admit(view, {text, {}}, std::move(tables), now);
  }
  texts asks() {
    texts asked;
    for (auto& each : ledger.take(now, applied, heard)) {
      asked.push_back(each.what.text);
      tickets.push_back(each.ticket);
    }
    return asked;
  }
  std::vector<view_id> answer(std::size_t which = 0) {
    const auto ticket = tickets.at(which);
    tickets.erase(tickets.begin() + static_cast<std::ptrdiff_t>(which));
    return ledger.answered(ticket).views;
  }
  void fail(bool again) {
    ledger.failed(tickets.front(), again, now);
    tickets.erase(tickets.begin());
  }
  void change(const table_name& table = "t") {
    ledger.changed(table, applied, now);
    applied += 1;
  }
  sequence_number at(const view_id& view) const { return ledger.position(view, applied); }

  asked_ledger ledger;
  asked_ledger::reaches_us heard = [](const table_name&) { return true; };
  timestamp now{1h};
  sequence_number applied = 10;
  std::vector<std::uint64_t> tickets;
};

}  // namespace

TEST_CASE("equal queries are one question, also in types of parameters") {
  asking world;
  world.admit("v", "q");
  world.admit("w", "q");
  world.ledger.admit("x", {"q", {{"n", value{1}}}}, {"t"}, world.now);
  world.ledger.admit("y", {"q", {{"n", value{1.0}}}}, {"t"}, world.now);
  CHECK(world.ledger.queries() == 3);
  CHECK(world.asks().size() == 3);
  CHECK(world.answer() == std::vector<view_id>{"v", "w"});
  CHECK(world.ledger.sibling("v") == view_id{"w"});
  CHECK_FALSE(world.ledger.sibling("x"));
  CHECK(world.ledger.times_asked("w") == 1);
  world.ledger.drop("v");
  CHECK_FALSE(world.ledger.sibling("w"));
  world.change();
  world.now += 1s;
  CHECK(world.asks().front() == "q");
}

TEST_CASE("changes are asked about together, and not of other tables") {
  asking world;
  world.admit("v", "q", {"t", "u"});
  CHECK(world.asks() == texts{"q"});
  world.answer();
  world.now += 10s;
  world.change("other");
  CHECK_FALSE(world.ledger.next(world.heard));
  CHECK(world.asks().empty());
  world.change("u");
  world.now += 60ms;
  world.change("t");
  CHECK(world.asks().empty());
  CHECK(*world.ledger.next(world.heard) == world.now + 40ms);
  world.now += 40ms;
  CHECK(world.asks() == texts{"q"});
  CHECK_FALSE(world.ledger.next(world.heard));
}

TEST_CASE("a change that comes while an answer is awaited is asked about again") {
  asking world;
  world.admit("v", "q");
  world.asks();
  world.change();
  CHECK(world.asks().empty());
  CHECK(world.at("v") == 0);
  world.answer();
  CHECK(world.at("v") == 10);
  world.now += 499ms;
  CHECK(world.asks().empty());
  world.now += 1ms;
  CHECK(world.asks() == texts{"q"});
  world.answer();
  CHECK(world.at("v") == 11);
  world.change("other");
  CHECK(world.at("v") == 12);
}

TEST_CASE("the position of a view never goes back, whatever becomes of its questions") {
  asking world;
  world.admit("v", "q");
  world.asks();
  world.answer();
  world.change("other");
  CHECK(world.at("v") == 11);
  world.change();
  CHECK(world.at("v") == 11);
  world.now += 1s;
  world.asks();
  CHECK(world.at("v") == 11);
  world.fail(false);
  CHECK(world.at("v") == 11);
  world.change();
  world.now += 10s;
  CHECK(world.asks() == texts{"q"});
  CHECK(world.ledger.failed(world.tickets.front(), true, world.now).seq == 13);
}

TEST_CASE("one query is not asked more often than its pause, nor all than theirs") {
  auto slow = pace();
  slow.between_all = 200ms;
  asking world{slow};
  world.admit("v", "a");
  world.admit("w", "b");
  CHECK(world.asks() == texts{"a"});
  world.now += 199ms;
  CHECK(world.asks().empty());
  CHECK(*world.ledger.next(world.heard) == world.now + 1ms);
  world.now += 1ms;
  CHECK(world.asks() == texts{"b"});
  world.answer();
  world.answer();
  std::size_t asked = 0;
  for (int i = 0; i < 1'000; ++i) {
    world.change();
    world.now += 10ms;
    asked += world.asks().size();
    while (!world.tickets.empty()) world.answer();
  }
  // Ten seconds: two queries, each every half a second.
  CHECK(asked >= 36);
  CHECK(asked <= 40);
}

TEST_CASE("who waits longest is asked first, and only so many at once") {
  auto few = pace();
  few.at_once = 1;
  asking world{few};
  for (const std::string name : {"v", "w", "x"}) {
    world.admit(view_id{name}, name);
    world.now += 1ms;
  }
  CHECK(world.asks() == texts{"v"});
  CHECK(world.asks().empty());
  CHECK_FALSE(world.ledger.next(world.heard));
  world.answer();
  CHECK(world.asks() == texts{"w"});
  // One that nobody wants any more still holds its place at the database.
  world.ledger.drop("w");
  CHECK(world.asks().empty());
  CHECK(world.answer().empty());
  CHECK(world.asks() == texts{"x"});
}

TEST_CASE("nothing is asked of a table whose changes do not reach us yet") {
  asking world;
  bool reaches = false;
  world.heard = [&](const table_name& table) { return table != table_name{"u"} || reaches; };
  world.admit("v", "q", {"t", "u"});
  CHECK(world.asks().empty());
  CHECK_FALSE(world.ledger.next(world.heard));
  reaches = true;
  CHECK(world.asks() == texts{"q"});
}

TEST_CASE("a failure is asked again later each time, or when something changes") {
  asking world;
  world.admit("v", "q");
  world.asks();
  world.fail(true);
  CHECK(world.asks().empty());
  const auto first = *world.ledger.next(world.heard) - world.now;
  CHECK(first >= 500ms);
  CHECK(first <= 1s);
  world.now += first;
  CHECK(world.asks() == texts{"q"});
  world.fail(true);
  const auto second = *world.ledger.next(world.heard) - world.now;
  CHECK(second >= 1s);
  world.now += second;
  world.asks();
  world.fail(false);
  CHECK_FALSE(world.ledger.next(world.heard));
  world.change();
  CHECK(world.ledger.next(world.heard));
  world.now += 1min;
  CHECK(world.asks() == texts{"q"});
}

TEST_CASE("after a reset answers to what was asked before are void") {
  asking world;
  world.admit("v", "q");
  world.asks();
  world.ledger.reset();
  CHECK_FALSE(world.ledger.has("v"));
  world.admit("v", "q");
  CHECK(world.answer().empty());
  CHECK(world.asks() == texts{"q"});
  CHECK(world.answer() == std::vector<view_id>{"v"});
}

TEST_CASE("other tables behind a view are followed from then on, and it is asked again") {
  asking world;
  world.admit("v", "q");
  world.asks();
  world.answer();
  world.ledger.depends_on("v", {"u"}, world.applied, world.now);
  CHECK(world.ledger.tables() == std::set<table_name>{"u"});
  world.now += 1s;
  CHECK(world.asks() == texts{"q"});
  world.answer();
  world.change("t");
  CHECK_FALSE(world.ledger.next(world.heard));
  world.change("u");
  CHECK(world.ledger.next(world.heard));
}

TEST_CASE("who comes to a query that has failed, and shows nothing, has it asked again") {
  asking world;
  world.admit("v", "q");
  world.asks();
  world.ledger.lacks_answer("v", world.now);
  world.fail(false);
  world.admit("w", "q");
  CHECK(world.asks().empty());
  world.ledger.lacks_answer("w", world.now);
  world.now += 1min;
  CHECK(world.asks() == texts{"q"});
  CHECK(world.answer() == std::vector<view_id>{"v", "w"});
}
