#include "intents/views/ownership.hpp"

#include "tests/unit/intents/answers.hpp"
#include "tests/unit/machines/samples.hpp"

#include <memory>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::intents;
using namespace spooky::intents::test;
using spooky::machines::test::view_of;

namespace {

const edge_format format{"_spooky_", "a", config::edge_removal::bump_then_delete};
const claim_views claim{format, {{view_of("v"), 9}}};

/// What is told of each claim.
db_answer claimed(const char* told) {
  db_answer answer(4, db_statement{});
  answer[2].result = parsed(told);
  return answer;
}

value claim_of(const registration_ptr& view) {
  return render(claim_views{format, {{view}}}).vars.find("claims")->as_array().front();
}

registration_ptr placed(const view_id& id, placement_epoch epoch) {
  auto view = std::make_shared<view_registration>(*view_of(id));
  view->epoch = epoch;
  return view;
}

}  // namespace

TEST_CASE("a claim binds the registration; without an epoch the database gives one") {
  const auto bound = render(claim).vars.find("claims")->as_array().front();
  CHECK(bound["query"] == parsed("r'_spooky_query:v'"));
  CHECK(bound["view"] == parsed("r'_spooky_view:v'"));
  CHECK(bound["owner"].is_none());
  CHECK(bound["given"].is_none());
  CHECK(bound["floor"] == value{9});
  CHECK(bound["content"] ==
        parsed("{ surql: 'SELECT * FROM t', params: {}, clientId: 'client', ssp: 'a',"
               " query: r'_spooky_query:v' }"));
  CHECK(claim_of(placed("v", 5))["given"] == value{5});
}

TEST_CASE("a user's claim says that he owns his view of the query, and until when") {
  auto users = std::make_shared<view_registration>(*view_of("v"));
  users->caller.system = false;
  users->caller.session.set("auth", value{record_id{"user", value{1}}});
  users->ttl = duration{60, 0};
  users->id = view_id_of(*users);
  const auto bound = claim_of(users);
  const auto& owner = bound["owner"];
  CHECK(owner["id"] == parsed("_spooky_owner:['user:1', 'v']"));
  CHECK(owner["in"] == parsed("user:1"));
  CHECK(owner["out"] == parsed("r'_spooky_query:v'"));
  CHECK(owner["view"] == bound["view"]);
  CHECK(owner["ttl"] == parsed("1m"));
  CHECK(bound["content"]["auth"]["auth"] == parsed("user:1"));
}

TEST_CASE("what a claim found is read by the edges' keys, whoever wrote them") {
  const auto read_out =
      read(claim, claimed("[{ edges: [{ id: r'_spooky_list_ref:abc', version: 3, clientId: 'c' },"
                          " { id: r'_spooky_list_ref:7' }],"
                          " owner: { epoch: 5, writes: 2, seq: 9 } }]"));
  REQUIRE(read_out.ok());
  REQUIRE(read_out->size() == 1);
  CHECK_FALSE(read_out->front().fenced);
  const auto& stored = read_out->front().stored;
  CHECK(stored.edges == stored_edges{{value{7}, {0, ""}}, {value{"abc"}, {3, "c"}}});
  CHECK(stored.epoch == 5);
  CHECK(stored.writes == 2);
  CHECK(stored.seq == 9);
}

TEST_CASE("of claims made together each is answered, also beside one that a newer epoch fences") {
  const claim_views both{format, {{placed("v", 5)}, {placed("w", 5)}}};
  const auto read_out = read(both, claimed("[{ edges: [], owner: { epoch: 6, writes: 1 } },"
                                           " { edges: [], owner: { epoch: 5, writes: 3 } }]"));
  REQUIRE(read_out.ok());
  CHECK((*read_out)[0].fenced);
  CHECK_FALSE((*read_out)[1].fenced);
  CHECK((*read_out)[1].stored.writes == 3);
}

TEST_CASE("a claim's answer of another shape names the view") {
  check_corrupt(claim, claimed("[{ edges: [{ version: 3 }], owner: { epoch: 5 } }]"),
                "view v without an id");
  check_corrupt(claim, claimed("[{ edges: 7, owner: { epoch: 5 } }]"), "the edges of view v");
  auto cut = claimed("[{ edges: [], owner: { epoch: 5 } }]");
  cut.pop_back();
  check_corrupt(claim, cut, "the claims of 1 views");
  check_corrupt(claim, claimed("[]"), "the claims of 1 views");
}

TEST_CASE("a fenced transaction is told from one that failed otherwise") {
  const auto cancelled = refused("The query was not executed due to a failed transaction");
  const db_answer fenced{db_statement{}, cancelled, refused("An error occurred: FENCED")};
  const erase_view end{format, "v", 3};
  CHECK(read(end, fenced)->fenced);
  CHECK_FALSE(read(end, {db_statement{}, cancelled, refused("An error occurred: mine")}).ok());
  CHECK_FALSE(read(end, {said("'FENCED'")})->fenced);
}

TEST_CASE("an end deletes edges and record, and shows older clients a rising version first") {
  const auto bumped = render(erase_view{format, "v", 3});
  CHECK(bumped.text.find("SET version += 1") < bumped.text.find("DELETE _spooky_list_ref"));
  CHECK(*bumped.vars.find("epoch") == value{3});
  // Not read from the view's record: a user who gives his view up has deleted that.
  CHECK(*bumped.vars.find("query") == parsed("r'_spooky_query:v'"));
  CHECK(bumped.text.find("query FROM") == std::string::npos);
  auto plain = format;
  plain.removal = config::edge_removal::erase;
  const auto deleted = render(erase_view{plain, "v", std::nullopt});
  CHECK(deleted.text.find("version") == std::string::npos);
  CHECK(deleted.vars.find("epoch")->is_none());
}

TEST_CASE("owners are told by view; a record that is gone has none") {
  const read_owners asked{format, {"v", "w"}};
  CHECK(*render(asked).vars.find("queries") == parsed("[r'_spooky_view:v', r'_spooky_view:w']"));
  const auto owners = read(asked, {said("[{ id: r'_spooky_view:v', epoch: 4, writes: 2 }]")});
  REQUIRE(owners.ok());
  CHECK(*owners == view_owners{{"v", {4, 2}}});
  check_corrupt(asked, {said("NONE")}, "query records");
}
