#include "machines/ssp/view_answer.hpp"
#include "tests/unit/actors/fake_database.hpp"
#include "tests/unit/actors/ssp/circuit_world.hpp"

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::actors;
using namespace spooky::actors::test;
using namespace spooky::machines::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* search = "SELECT * FROM t WHERE title @@ 'a'";

circuit_config quick() {
  circuit_config config;
  config.asking.debounce = 100ms;
  config.asking.between = 500ms;
  config.asking.between_all = 0ms;
  config.asking.retry_initial = 1s;
  config.client_heavy_queries = 2;
  return config;
}

/// A circuit over a database that answers with `rows`, or when the test says so. `t` and `u` are
/// defined, `t` open to everybody.
struct asking : flowing {
  using holder = std::shared_ptr<std::unique_ptr<fake_database>>;

  asking() : asking(std::make_shared<std::unique_ptr<fake_database>>()) {}
  explicit asking(const holder& made)
      : flowing(quick(), {},
                [made](det& world) {
                  *made = std::make_unique<fake_database>(world);
                  return database_actor{(*made)->handle};
                }),
        held(made),
        database(**made) {
    database.execute = [this](const intent& one) -> result<answer> {
      const auto* select = std::get_if<answer_select>(&one);
      if (select == nullptr) return not_carried_out(one);
      if (refusing) return *refusing;
      return answer{value{rows}};
    };
    database.holds = [this](const intent&) { return holding; };
    database.connect();
    nothing_defined = false;
    from = 10;
    reset(10, table_interest{table_names{}});
  }

  /// The definitions come when the first view needs them.
  reply<snapshot_result_ptr> enroll_asked(const registration_ptr& view) {
    auto told = enroll(view);
    if (std::find(asked.begin(), asked.end(), table_name{"_spooky_definition"}) != asked.end())
      hand_over(
          rows_of("_spooky_definition", status().applied,
                  {define(0, "t", value{true}).record, define(0, "u", value{"false"}).record}));
    return told;
  }
  void applies(const log_slice& slice) { REQUIRE(ingest(slice).ok()); }
  std::size_t questions() const { return database.count<answer_select>(); }
  const answer_select& last_question() const {
    return std::get<answer_select>(database.asked.back());
  }

  holder held;
  fake_database& database;
  array rows;
  bool holding = false;
  std::optional<error> refusing;
};

}  // namespace

TEST_CASE("a view that nobody here can evaluate shows what the database answers") {
  asking world;
  world.rows = {t(1), t(2)};
  const auto told = world.enroll_asked(view_of("v", search));
  REQUIRE(code_of(told) == errc::none);
  const auto& shown = *(**told).value();
  CHECK(shown.result == all({t(1), t(2)}));
  CHECK(shown.members.size() == 2);
  CHECK(shown.mode == views::maintenance::asked);
  CHECK(shown.seq == 10);
  CHECK(world.last_question().surql == std::string(search) + " TIMEOUT 10000ms");
  CHECK(world.reconciled == names{"v"});
  // Its table was not loaded: only its changes are needed.
  CHECK(world.asked.empty());
  CHECK(world.stated.back().tables == table_names{"_spooky_definition", "t"});
  const auto answer = machines::answer_of(*view_of("v", search), shown);
  CHECK(answer.mode == "asked");
  CHECK(answer.reason.find("full-text") != std::string::npos);
  CHECK(answer.row_count == 2);
  CHECK_FALSE(answer.merkle_root.empty());

  world.rows = {t(2), t(3)};
  CHECK(*world.ingest(slice_of({put(11, "t", 3), put(12, "u", 1)})) == 12);
  CHECK(world.deltas.empty());
  world.advance(1s);
  REQUIRE(world.deltas.size() == 1);
  CHECK(world.deltas[0].seq == 12);
  CHECK(world.deltas[0].added.size() == 1);
  CHECK(world.deltas[0].removed.size() == 1);
  CHECK(world.deltas[0].result == all({t(2), t(3)}));
  CHECK(world.shown("v") == all({t(2), t(3)}));
  const auto explained = world.ask<value>(world.engine, explain_view_atom_v, view_id{"v"});
  REQUIRE(explained.ok());
  CHECK((*explained)["mode"] == value{"asked"});
  CHECK((*explained)["times_asked"] == value{2});
  CHECK((*explained)["tables"] == all({value{"t"}}));
}

TEST_CASE("changes of other tables ask nothing, and move the view on") {
  asking world;
  world.rows = {t(1)};
  world.enroll_asked(view_of("v", search));
  CHECK(*world.ingest(slice_of({put(11, "u", 1)})) == 11);
  world.advance(5s);
  CHECK(world.questions() == 1);
  const auto now = world.ask<snapshot_result_ptr>(world.engine, read_view_atom_v, view_id{"v"});
  CHECK((*now)->seq == 11);
}

TEST_CASE("equal queries of two clients are one question") {
  asking world;
  world.rows = {t(1)};
  world.holding = true;
  const auto first = world.enroll_asked(view_of("v", search));
  const auto second = world.enroll_asked(view_for_user("w", "select * from t where title @@ 'a'"));
  CHECK(world.questions() == 1);
  world.holding = false;
  world.database.release();
  CHECK(code_of(first) == errc::none);
  CHECK(code_of(second) == errc::none);
  // Who comes later is shown the same answer, as long as it is right.
  const auto third = world.enroll_asked(view_of("x", search));
  CHECK(code_of(third) == errc::none);
  CHECK(world.questions() == 1);
  world.rows = {};
  world.applies(slice_of({put(11, "t", 1)}));
  world.advance(1s);
  CHECK(world.questions() == 2);
  CHECK(world.deltas.size() == 3);
}

TEST_CASE("a change that comes while an answer is on its way is not lost") {
  asking world;
  world.rows = {t(1)};
  world.enroll_asked(view_of("v", search));
  world.holding = true;
  world.applies(slice_of({put(11, "t", 1)}));
  world.advance(1s);
  CHECK(world.database.held() == 1);
  world.applies(slice_of({put(12, "t", 2)}));
  world.rows = {t(1), t(2)};
  world.holding = false;
  world.database.release();
  REQUIRE(world.deltas.size() == 1);
  CHECK(world.deltas[0].seq == 11);
  world.rows = {t(2)};
  world.advance(1s);
  CHECK(world.questions() == 3);
  REQUIRE(world.deltas.size() == 2);
  CHECK(world.deltas[1].seq == 12);
  CHECK(world.deltas[1].removed.size() == 1);
}

TEST_CASE("users are answered where nothing is hidden, and shown nothing once something is") {
  asking world;
  world.rows = {t(1)};
  const auto hidden = world.enroll_asked(view_for_user("h", "SELECT * FROM u WHERE title @@ 'a'"));
  CHECK(code_of(hidden) == errc::unsupported);
  CHECK((**hidden).failure().message.find("table u") != std::string::npos);
  const auto linked = world.enroll_asked(view_for_user("l", std::string(search) + " FETCH u"));
  CHECK(code_of(linked) == errc::unsupported);
  CHECK(world.questions() == 0);
  CHECK(world.reconciled.empty());
  const auto told = world.enroll_asked(view_for_user("w", search));
  REQUIRE(code_of(told) == errc::none);
  world.enroll_asked(view_of("v", search));

  world.rows = {t(1), t(2)};
  world.applies(slice_of({put(11, "t", 2), define(12, "t", value{"n = 1"}), put(13, "t", 3)}));
  REQUIRE(world.deltas.size() == 1);
  CHECK(world.deltas[0].view_id == "w");
  CHECK(world.deltas[0].removed.size() == 1);
  CHECK(world.deltas[0].failed);
  CHECK(world.shown("w") == all({}));
  world.advance(5s);
  // The system user sees what there is, the other one still nothing.
  CHECK(world.shown("v") == all({t(1), t(2)}));
  CHECK(world.shown("w") == all({}));
  CHECK(code_of(world.enroll_asked(view_for_user("w", search))) == errc::unsupported);

  world.applies(slice_of({define(14, "t", value{true})}));
  world.advance(5s);
  CHECK(world.shown("w") == all({t(1), t(2)}));
  CHECK(world.deltas.back().healed);
}

TEST_CASE("an answer that was on its way when a reader's rights ended is not shown to him") {
  asking world;
  world.rows = {t(1)};
  world.enroll_asked(view_for_user("w", search));
  world.holding = true;
  world.applies(slice_of({put(11, "t", 2)}));
  world.advance(1s);
  REQUIRE(world.database.held() == 1);
  world.applies(slice_of({define(12, "t", value{false})}));
  world.rows = {t(1), t(2)};
  world.deltas.clear();
  world.holding = false;
  world.database.release();
  world.advance(5s);
  CHECK(world.deltas.empty());
  CHECK(world.shown("w") == all({}));
}

TEST_CASE("a database that refuses, or is away, is told at registration and mends later") {
  asking world;
  world.refusing = fail(errc::evaluation_error, "There was no suitable index");
  const auto told = world.enroll_asked(view_of("v", search));
  CHECK(code_of(told) == errc::evaluation_error);
  CHECK((**told).failure().message.find("no suitable index") != std::string::npos);
  CHECK(world.status().views == 0);
  CHECK(code_of(world.remove("v")) == errc::not_found);
  world.refusing.reset();
  world.rows = {t(1)};
  REQUIRE(code_of(world.enroll_asked(view_of("v", search))) == errc::none);
  world.refusing = fail(errc::unavailable, "closed");
  world.applies(slice_of({put(11, "t", 2)}));
  world.advance(700ms);
  REQUIRE(world.deltas.size() == 1);
  CHECK(world.deltas[0].failed);
  CHECK(world.deltas[0].removed.empty());
  CHECK(world.shown("v") == all({t(1)}));
  world.refusing.reset();
  world.rows = {t(1), t(2)};
  world.advance(3s);
  CHECK(world.shown("v") == all({t(1), t(2)}));
  CHECK(world.deltas.back().healed);
}

TEST_CASE("a view that is unregistered is asked about no more, and its table is let go") {
  asking world;
  world.rows = {t(1)};
  world.enroll_asked(view_of("v", search));
  CHECK(world.remove("v").ok());
  CHECK(world.erased == names{"v"});
  world.applies(slice_of({put(11, "t", 2)}));
  world.advance(5s);
  CHECK(world.questions() == 1);
  world.advance(90s, 10s);
  CHECK(world.stated.back().tables == table_names{});
  // Also one that waits for its first answer.
  world.holding = true;
  const auto waiting = world.enroll_asked(view_of("w", search));
  CHECK_FALSE(waiting->has_value());
  CHECK(world.remove("w").ok());
  CHECK(code_of(waiting) == errc::not_found);
  world.database.release();
  CHECK(world.status().views == 0);
}

TEST_CASE("a circuit that starts over asks again, and leaves edges alone until it is answered") {
  asking world;
  world.rows = {t(1)};
  world.enroll_asked(view_of("v", search));
  world.reconciled.clear();
  world.holding = true;
  const auto restored = world.reset(20, table_interest{table_names{}});
  world.hand_over(rows_of("_spooky_definition", 20, {define(0, "t", value{true}).record}));
  REQUIRE(code_of(restored) == errc::none);
  CHECK((**restored).value().lost.empty());
  CHECK(world.questions() == 2);
  CHECK(world.reconciled.empty());
  CHECK(world.shown("v").as_string().find("is being asked") != std::string_view::npos);
  // What asked before the reset is void.
  world.rows = {t(1), t(2)};
  world.holding = false;
  world.database.release();
  CHECK(world.reconciled == names{"v"});
  CHECK(world.shown("v") == all({t(1), t(2)}));
}

TEST_CASE("a client's new queries wait for the database only so many at once") {
  asking world;
  world.holding = true;
  const auto text = [](int n) { return std::string(search) + " LIMIT " + std::to_string(n); };
  const auto first = world.enroll_asked(view_for_user("a", text(1)));
  const auto second = world.enroll_asked(view_for_user("b", text(2)));
  const auto third = world.enroll_asked(view_for_user("d", text(3)));
  CHECK(code_of(third) == errc::overloaded);
  const auto other = world.enroll_asked(view_for_user("e", text(4), 2));
  CHECK_FALSE(other->has_value());
  CHECK_FALSE(first->has_value());
  CHECK_FALSE(second->has_value());
}

TEST_CASE("an asked view is compared by its edges alone") {
  asking world;
  world.rows = {t(1)};
  world.enroll_asked(view_of("v", search));
  const auto views = world.ask<names>(world.engine, list_views_atom_v, std::size_t{100});
  CHECK(*views == names{"v"});
  const auto watched = world.ask<watched_view>(world.engine, watched_view_atom_v, view_id{"v"});
  REQUIRE(watched.ok());
  CHECK_FALSE(watched->sees_all);
  CHECK(watched->shown->result == all({t(1)}));
  CHECK(watched->tables == std::vector<std::string>{"t"});
}

TEST_CASE("a view registered again is shown as it is, without a question") {
  asking world;
  world.rows = {t(1)};
  world.enroll_asked(view_of("v", search));
  const auto again = world.enroll_asked(view_of("v", search));
  REQUIRE(code_of(again) == errc::none);
  CHECK((**again).value()->result == all({t(1)}));
  CHECK(world.questions() == 1);
  CHECK(world.reconciled == names{"v", "v"});
  CHECK(code_of(world.enroll_asked(view_of("v", std::string(search) + " LIMIT 1"))) ==
        errc::already_exists);
}

TEST_CASE("a system user is answered where all others that show the same are barred") {
  asking world;
  world.rows = {t(1)};
  world.enroll_asked(view_for_user("w", search));
  world.applies(slice_of({define(11, "t", value{false})}));
  CHECK(world.deltas.back().seq == 11);
  world.advance(5s);
  const auto told = world.enroll_asked(view_of("v", search));
  world.advance(1s);
  REQUIRE(code_of(told) == errc::none);
  CHECK((**told).value()->result == all({t(1)}));
  CHECK(world.shown("w") == all({}));
}
