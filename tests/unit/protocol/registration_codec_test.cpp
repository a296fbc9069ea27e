#include "protocol/registration_codec.hpp"

#include "tests/unit/protocol/bodies.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::test;

namespace {

result<registration_ptr> read(const char* text) {
  return read_registration(body(text), "_spooky_");
}

std::string key_of(const value& id) {
  const auto read = read_view_id(id, "_spooky_");
  return read.ok() ? *read : "refused: " + read.failure().message;
}

}  // namespace

TEST_CASE("a registration is read with all its members") {
  const auto view = read(
      "{ id: 'v', surql: 'SELECT * FROM t', params: { a: 1 }, clientId: 'c', "
      "ttl: 30m, lastActiveAt: d'2026-01-01T00:00:00Z', edges: false }");
  REQUIRE(view.ok());
  const auto& v = **view;
  CHECK(v.id == "v");
  CHECK(v.surql == "SELECT * FROM t");
  CHECK(value{v.params} == value{object{{"a", value{1}}}});
  CHECK(v.client_id == "c");
  CHECK(v.ttl == duration{1800, 0});
  CHECK(v.last_active_at.has_value());
  CHECK_FALSE(v.edges);
}

TEST_CASE("older names, params and times as text are understood") {
  const auto view = read(
      "{ id: '_spooky_query:v', surreal_ql: 'SELECT * FROM t', params: \"{ who: person:1 }\", "
      "client_id: 'c', ttl: '1h', last_active_at: '2026-01-01T00:00:00Z' }");
  REQUIRE(view.ok());
  const auto& v = **view;
  CHECK(v.id == "v");
  CHECK(v.surql == "SELECT * FROM t");
  CHECK(v.params.find("who")->as_record() == record_id{"person", value{1}});
  CHECK(v.client_id == "c");
  CHECK(v.ttl == duration{3600, 0});
  CHECK(v.last_active_at->seconds == 1767225600);
  CHECK(v.edges);
}

TEST_CASE("the form with plan and metadata is understood") {
  const auto view = read("{ plan: 'SELECT * FROM t', metadata: { id: 'v', clientId: 'c' } }");
  REQUIRE(view.ok());
  CHECK((*view)->id == "v");
  CHECK((*view)->surql == "SELECT * FROM t");
  CHECK((*view)->client_id == "c");
}

TEST_CASE("a view id is text, a record of the query table, or its text, escaped or not") {
  CHECK(key_of(value{"v"}) == "v");
  CHECK(key_of(value{"_spooky_query:v"}) == "v");
  CHECK(key_of(value{"_spooky_query:`odd key`"}) == "odd key");
  CHECK(key_of(value{record_id{"_spooky_query", value{"odd key"}}}) == "odd key");
  CHECK(key_of(value{record_id{"_spooky_query", value{7}}}) == "7");
  CHECK(key_of(value{record_id{"person", value{7}}}).starts_with("refused"));
  CHECK(key_of(value{""}).starts_with("refused"));
  CHECK(key_of(value{3}).starts_with("refused"));
  for (const char* partly :
       {"_spooky_query:a|b", "_spooky_query:1..5", "_spooky_query:", "_spooky_query:a..",
        "_spooky_query:a.b", "_spooky_query:a b", "_spooky_query:a;b", "_spooky_query:a/*b"}) {
    CAPTURE(partly);
    CHECK(key_of(value{partly}).starts_with("refused"));
  }
}

TEST_CASE("each member of a wrong type is refused by its name") {
  const std::vector<std::pair<const char*, const char*>> bodies{
      {"id", "{ id: 3, surql: 'SELECT * FROM t' }"},
      {"id", "{ surql: 'SELECT * FROM t' }"},
      {"surql", "{ id: 'v' }"},
      {"surql", "{ id: 'v', surql: 3 }"},
      {"surql", "{ id: 'v', surql: '' }"},
      {"params", "{ id: 'v', surql: 's', params: 3 }"},
      {"params", "{ id: 'v', surql: 's', params: '[1]' }"},
      {"clientId", "{ id: 'v', surql: 's', clientId: 3 }"},
      {"ttl", "{ id: 'v', surql: 's', ttl: 3 }"},
      {"ttl", "{ id: 'v', surql: 's', ttl: 'soon' }"},
      {"lastActiveAt", "{ id: 'v', surql: 's', lastActiveAt: 'now' }"},
      {"format", "{ id: 'v', surql: 's', format: 3 }"},
      {"edges", "{ id: 'v', surql: 's', edges: 'yes' }"},
      {"wait", "{ id: 'v', surql: 's', wait: 'no' }"}};
  for (const auto& [field, text] : bodies) {
    CAPTURE(text);
    const auto view = read(text);
    REQUIRE_FALSE(view.ok());
    CHECK(view.failure().code == errc::invalid_argument);
    CHECK(view.failure().message.find("'" + std::string{field} + "'") != std::string::npos);
  }
  CHECK(read("[1]").failure().code == errc::invalid_argument);
}

TEST_CASE("the query form names its own fields") {
  const auto view = read_query_registration(
      body("{ query_id: 'v', view_plan: { surql: 'SELECT * FROM t', params: { a: 1 } } }"),
      "_spooky_");
  REQUIRE(view.ok());
  CHECK((*view)->id == "v");
  CHECK((*view)->params.size() == 1);
  CHECK(read_query_registration(body("{ view_plan: 's' }"), "_spooky_")
            .failure()
            .message.find("'query_id'") != std::string::npos);
  CHECK(read_query_registration(body("{ query_id: 'v', view_plan: 3 }"), "_spooky_")
            .failure()
            .message.find("'view_plan'") != std::string::npos);
}

namespace {

view_registration full_registration() {
  view_registration view;
  view.query = "v";
  view.caller.system = false;
  view.caller.session.set("auth", value{record_id{"user", value{1}}});
  view.surql = "SELECT * FROM t WHERE a = $a";
  view.params = object{{"a", value{record_id{"t", value{1}}}}};
  view.client_id = "c";
  view.ttl = duration{5, 7};
  view.last_active_at = datetime{9, 1};
  view.format = "f";
  view.edges = false;
  view.rows = false;
  view.wait = false;
  view.epoch = 12;
  view.id = view_id_of(view);
  return view;
}

bool same(const view_registration& a, const view_registration& b) {
  return a.id == b.id && a.query == b.query && a.caller.system == b.caller.system &&
         value{a.caller.session} == value{b.caller.session} && a.surql == b.surql &&
         value{a.params} == value{b.params} && a.client_id == b.client_id && a.ttl == b.ttl &&
         a.last_active_at == b.last_active_at && a.format == b.format && a.edges == b.edges &&
         a.rows == b.rows && a.wait == b.wait && a.epoch == b.epoch;
}

}  // namespace

TEST_CASE("a registration survives the way from scheduler to SSP") {
  const auto sent = full_registration();
  const auto received = read_registration(through_cbor(to_body(sent)), "_spooky_");
  REQUIRE(received.ok());
  CHECK(same(**received, sent));
  view_registration least;
  least.id = "v";
  least.query = "v";
  least.surql = "SELECT * FROM t";
  const auto bare = read_registration(through_cbor(to_body(least)), "_spooky_");
  REQUIRE(bare.ok());
  CHECK(same(**bare, least));
}

TEST_CASE("what a view is made of is read back from where it was written down") {
  const auto noted = full_registration();
  view_registration found;
  REQUIRE(take_query_fields(through_cbor(value{query_fields(noted)}), found));
  CHECK(found.surql == noted.surql);
  CHECK(value{found.params} == value{noted.params});
  CHECK(found.client_id == noted.client_id);
  CHECK(found.ttl == noted.ttl);
  CHECK(found.last_active_at == noted.last_active_at);
  CHECK_FALSE(found.caller.system);
  CHECK(value{found.caller.session} == value{noted.caller.session});
  CHECK_FALSE(take_query_fields(body("{ params: {} }"), found));
  CHECK_FALSE(take_query_fields(body("{ surql: 3 }"), found));
}

TEST_CASE("a claim survives the way to the SSP, with and without an epoch") {
  const auto fenced = read_claim(through_json(to_body(view_claim{"odd key", 9})), "_spooky_");
  REQUIRE(fenced.ok());
  CHECK(fenced->id == "odd key");
  CHECK_FALSE(fenced->whole_query);
  CHECK(read_claim(through_json(to_body(view_claim{"v", {}, true})), "_spooky_")->whole_query);
  CHECK(*fenced->epoch == 9);
  CHECK_FALSE(
      read_claim(through_json(to_body(view_claim{"v", {}})), "_spooky_")->epoch.has_value());
  CHECK_FALSE(fenced->unless_wanted);
  CHECK(read_claim(through_json(to_body(view_claim{"v", {}, false, true})), "_spooky_")
            ->unless_wanted);
  CHECK_FALSE(read_claim(body("{ id: 'v', unless_wanted: 1 }"), "_spooky_")->unless_wanted);
  CHECK(refuses(read_claim(body("{ epoch: 3 }"), "_spooky_"), "id"));
  CHECK(refuses(read_claim(body("{ id: 'v', epoch: -1 }"), "_spooky_"), "epoch"));
  CHECK(refuses(read_claim(body("{ id: 'v', epoch: 'x' }"), "_spooky_"), "epoch"));
}

TEST_CASE("an answer has what clients read, and tells the scheduler its cost") {
  view_answer answer;
  answer.query = "v";
  answer.view = "v~1";
  answer.rows = value{array{value{1}}};
  answer.members = {{{"t", value{1}}, 4}};
  answer.row_count = 3;
  answer.cost = 2.5;
  answer.result_hash = "h";
  answer.merkle_root = "m";
  answer.seq = 11;
  const auto told = through_json(to_body(answer));
  CHECK(told["id"] == value{"v"});
  CHECK(told["query_id"] == value{"v"});
  CHECK(told["view"] == value{"v~1"});
  CHECK(told["rows"] == value{array{value{1}}});
  CHECK(told["ids"].as_array().size() == 1);
  CHECK(told["ids"].as_array()[0].as_array()[1] == value{4});
  CHECK(told["rowCount"] == value{3});
  CHECK(told["result_hash"] == value{"h"});
  CHECK(told["merkle_root"] == value{"m"});
  CHECK(told["seq"] == value{11});
  CHECK(told["mode"] == value{"incremental"});
  CHECK(told["error"].is_none());
  CHECK(answered_cost(told) == 2.5);
  answer.rows.reset();
  answer.mode = "recompute";
  answer.failure = "why";
  const auto other = through_json(to_body(answer));
  CHECK(other["rows"].is_none());
  CHECK(other["mode"] == value{"recompute"});
  CHECK(other["error"] == value{"why"});
  CHECK(answered_cost(body("{}")) == 1.0);
  CHECK(answered_cost(body("{ cost: 3 }")) == 3.0);
}

// -- who asks -------------------------------------------------------------------------------------

namespace {

/// A registration of query `v` by this caller, as the generated function says it.
result<registration_ptr> asked_by(const char* auth, const char* surql = "SELECT * FROM t") {
  return read_registration(
      value{object{{"id", value{"v"}}, {"surql", value{surql}}, {"auth", value{auth}}}},
      "_spooky_");
}

view_id view_of_caller(const char* auth, const char* surql = "SELECT * FROM t") {
  const auto read = asked_by(auth, surql);
  REQUIRE_MESSAGE(read.ok(), read.failure().message);
  return (*read)->id;
}

constexpr const char* ann =
    "{ system: false, auth: user:ann, access: 'account', "
    "token: { ID: 'user:ann', exp: 100, iat: 1, jti: 'a', nbf: 1 }, session: { id: 's1' } }";

}  // namespace

TEST_CASE("what a registration says of its caller is whose rights it has") {
  const auto user = asked_by(ann);
  REQUIRE(user.ok());
  CHECK_FALSE((*user)->caller.system);
  CHECK((*user)->caller.session.find("auth")->as_record() == record_id{"user", value{"ann"}});
  CHECK(owner_of(**user) == record_id{"user", value{"ann"}});
  const auto system = asked_by("{ system: true, auth: user:ann }");
  REQUIRE(system.ok());
  CHECK((*system)->caller.system);
  CHECK_FALSE(owner_of(**system).has_value());
  const auto guest = asked_by("{ system: false }");
  REQUIRE(guest.ok());
  CHECK_FALSE((*guest)->caller.system);
  CHECK_FALSE(owner_of(**guest).has_value());
}

TEST_CASE("a word about the caller that cannot be read is refused, never taken for a system user") {
  for (const char* said : {"", "true", "{ auth: user:ann }", "{ system: 1 }", "{ system: 'true' }",
                           "{ system: false", "[]"}) {
    CAPTURE(said);
    CHECK_FALSE(asked_by(said).ok());
  }
  const auto nested = read(
      "{ auth: '{ system: false }', metadata: { id: 'v', surql: 'SELECT * FROM t' }, id: 'w', "
      "surql: 'SELECT * FROM u' }");
  CHECK(refuses(nested, "metadata"));
}

TEST_CASE("callers have views of their own, which outlive their sign-ins") {
  const auto anns = view_of_caller(ann);
  CHECK(query_of(anns) == "v");
  CHECK(is_view_of(anns, "v"));
  CHECK(view_of_caller("{ system: true }") == "v");
  CHECK(anns == view_of_caller("{ system: false, auth: user:ann, access: 'account', "
                               "token: { ID: 'user:ann', exp: 900, iat: 7, jti: 'b', nbf: 7 }, "
                               "session: { id: 's2' } }"));
  CHECK(anns != view_of_caller(ann, "SELECT * FROM u"));
  CHECK(view_of_caller("{ system: false, auth: user:ann, session: { id: 'a', ip: '10.0.0.1' } }") !=
        view_of_caller("{ system: false, auth: user:ann, session: { id: 'a', ip: '10.0.0.2' } }"));
  CHECK(anns != view_of_caller("{ system: false, auth: user:bob, access: 'account' }"));
  CHECK(view_of_caller("{ system: false }") != "v");
}

TEST_CASE("the word about a caller is read, not evaluated") {
  CHECK_FALSE(asked_by("{ system: 1 = 1 }").ok());
  CHECK_FALSE(asked_by("{ system: false, auth: type::record('user', 1) }").ok());
}

TEST_CASE("what nobody owns ends by itself") {
  CHECK((*asked_by("{ system: false }"))->ttl == guest_ttl);
  CHECK_FALSE((*asked_by(ann))->ttl.has_value());
  CHECK_FALSE((*asked_by("{ system: true }"))->ttl.has_value());
}

TEST_CASE("a query whose key looks like a view's is not told apart from it by its name alone") {
  const auto anns = view_of_caller(ann);
  CHECK(refuses(read_registration(
                    value{object{{"id", value{anns.raw()}}, {"surql", value{"SELECT * FROM t"}}}},
                    "_spooky_"),
                "id"));
  CHECK_FALSE(is_view_of("a~b", "a"));
  CHECK(query_of("a~b") == "a~b");
  CHECK(query_of("v~0123456789abcdef0123456789abcdeX") == "v~0123456789abcdef0123456789abcdeX");
}
