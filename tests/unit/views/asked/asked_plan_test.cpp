#include "views/asked/asked_plan.hpp"

#include "views/plan/plan.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;
using names = std::vector<std::string>;

namespace {

/// The plan of a text as registration would come to it: refused first.
result<asked_plan> planned(std::string_view text, const object& params = {}) {
  const auto plan = make_plan(text, params, {}, nullptr);
  REQUIRE_MESSAGE(!plan.ok(), text << " is evaluated");
  return asked_plan_of(text, params, plan.failure(), {});
}

asked_plan asked(std::string_view text, const object& params = {}) {
  auto plan = planned(text, params);
  REQUIRE_MESSAGE(plan.ok(), text << ": " << plan.failure().message);
  return std::move(plan).value();
}

std::string refusal(std::string_view text, const object& params = {}) {
  const auto plan = planned(text, params);
  if (plan.ok()) return text.data() + std::string(" is asked");
  return plan.failure().message;
}

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

surrealql::table_rule rule(surrealql::table_rule::rows shown) {
  surrealql::table_rule made;
  made.shown = shown;
  return made;
}

/// `post` and `tag` are open, `secret` is hidden, of `user` a field is.
struct database {
  database() {
    rules.set("post", rule(surrealql::table_rule::rows::all));
    rules.set("tag", rule(surrealql::table_rule::rows::all));
    rules.set("secret", rule(surrealql::table_rule::rows::none));
    auto user = rule(surrealql::table_rule::rows::all);
    user.fields.push_back({{"pass"}, nullptr});
    rules.set("user", std::move(user));
  }
  bool open_for_user(std::string_view text, const object& params = {}) const {
    surrealql::caller user;
    user.system = false;
    const auto plan = asked(text, params);
    CHECK(may_be_asked(plan, {}, rules, catalog).ok());
    return may_be_asked(plan, user, rules, catalog).ok();
  }
  surrealql::select_rules rules;
  surrealql::catalog catalog;
};

}  // namespace

TEST_CASE("what only indexes or the past can answer is asked as the parser prints it") {
  const auto plan = asked(
      "select  *, search::score(1) as s\n from post where title @1@ $q -- words\n "
      "order by s desc timeout 1h",
      {{"q", value{"a"}}, {"other", value{1}}});
  CHECK(plan.text ==
        "SELECT *, search::score(1) AS s FROM post WHERE title @1@ $q ORDER BY s DESC");
  CHECK(plan.params.size() == 1);
  CHECK(plan.params.find("q") != nullptr);
  CHECK(plan.tables == names{"post"});
  CHECK(plan.read);
  CHECK_FALSE(plan.any_table);
  CHECK(plan.rows_are_records);
  CHECK(says(plan.reason, "full-text"));
  CHECK(asked("SELECT id FROM post WHERE v <| 3 , MINKOWSKI 3 |> [1, 2]").text ==
        "SELECT id FROM post WHERE v <|3,MINKOWSKI 3|> [1, 2]");
  CHECK(asked("SELECT id FROM post WHERE title @1,OR@ 'a b'").text ==
        "SELECT id FROM post WHERE title @1,OR@ 'a b'");
  CHECK(asked("SELECT * FROM post VERSION d'2026-01-01T00:00:00Z' TIMEOUT 1s;").text ==
        "SELECT * FROM post VERSION d'2026-01-01T00:00:00Z'");
  CHECK(asked("SELECT count() FROM post WHERE title @@ 'a' GROUP ALL").groups_all);
  CHECK_FALSE(asked("SELECT VALUE id FROM post WHERE title @@ 'a'").rows_are_records);
}

TEST_CASE("a plan knows whether it looks at tables that it does not name") {
  for (const std::string_view text :
       {"SELECT * FROM post WHERE title @@ 'a' AND score > 3",
        "SELECT id, search::highlight('<', '>', 1) AS h FROM post:1..9 WHERE "
        "title @1@ 'a' ORDER BY score LIMIT 3",
        "SELECT id FROM post WHERE string::lowercase(title) = 'a' AND "
        "v <|3,40|> [1, 2]"})
    CHECK_MESSAGE(!asked(text).any_table, text);
  const object params{{"from", value::table("post")}};
  for (const std::string_view text :
       {"SELECT * FROM post WHERE title @@ 'a' FETCH author",
        "SELECT author.name FROM post WHERE title @@ 'a'",
        "SELECT * FROM post WHERE title @@ 'a' AND author.name = 'x'",
        "SELECT ->likes->post AS l FROM post WHERE title @@ 'a'",
        "SELECT (SELECT * FROM secret) AS s FROM post WHERE title @@ 'a'",
        "SELECT * FROM (SELECT * FROM post WHERE title @@ 'a')",
        "SELECT * FROM $from WHERE title @@ 'a'",
        "SELECT * FROM type::table('post') WHERE title @@ 'a'",
        "SELECT record::exists(secret:1) AS there FROM post WHERE title @@ 'a'",
        "SELECT secret:1.text AS text FROM post WHERE title @@ 'a'",
        "SELECT search::highlight(author.name, '>', 1) AS h FROM post WHERE title @1@ 'a'"})
    CHECK_MESSAGE(asked(text, params).any_table, text);
  CHECK(asked("SELECT (SELECT * FROM secret) AS s FROM post WHERE title @@ 'a'").tables ==
        names{"post", "secret"});
}

TEST_CASE("what may write, wait, or be another each time is not asked") {
  for (const std::string_view text : {
           "SELECT * FROM post WHERE title @@ 'a' ORDER BY RAND()",
           "SELECT * FROM post WHERE title @@ 'a' EXPLAIN",
           "SELECT *, rand::uuid() AS r FROM post WHERE title @@ 'a'",
           "SELECT *, http::post('http://x') AS r FROM post WHERE title @@ 'a'",
           "SELECT *, sleep(1s) AS r FROM post",
           "SELECT *, fn::any(1) AS r FROM post WHERE title @@ 'a'",
           "SELECT *, file::put('a', 'b') AS r FROM post WHERE title @@ 'a'",
           "SELECT *, title.put('b') AS r FROM post WHERE title @@ 'a'",
           "SELECT *, sequence::nextval('s') AS r FROM post WHERE title @@ 'a'",
           "SELECT *, time::now() AS r FROM post WHERE title @@ 'a'",
           "SELECT * FROM post VERSION time::now() - 1h",
           "SELECT *, array::shuffle(tags) AS r FROM post WHERE title @@ 'a'",
           "SELECT *, tags.shuffle() AS r FROM post WHERE title @@ 'a'",
           "SELECT *, session::id() AS r FROM post WHERE title @@ 'a'",
           "SELECT * FROM post WHERE title @@ 'a' AND owner = $auth.id",
           "SELECT * FROM post WHERE title @@ 'a' AND owner = $token.ID",
           "SELECT * FROM post WHERE title @@ 'a' AND owner = $session.id",
           "SELECT * FROM post WHERE title @@ 'a' AND owner = $access",
           "SELECT * FROM post WHERE title @@ $missing",
           "SELECT { LET $f = |$x| $x; RETURN $f(1) } AS f FROM post WHERE title @@ 'a'",
       })
    CHECK_MESSAGE(!planned(text).ok(), text);
  const object ours{{"auth", value{object{{"id", value{1}}}}}};
  CHECK(says(refusal("SELECT * FROM post WHERE title @@ 'a' AND owner = $auth.id", ours),
             "$auth would be ours"));
  // Who is refused for what is wrong with the text alone is told no more than that.
  CHECK(refusal("SELECT * FROM post EXPLAIN") ==
        "line 1, column 1: EXPLAIN is not a query that can be kept");
  CHECK_FALSE(says(refusal("CREATE post"), "asked"));
  CHECK_FALSE(says(refusal("LIVE SELECT * FROM post"), "asked"));
}

TEST_CASE("a text that is not read is cut into words, where nothing can hide in it") {
  const auto plan = asked("SELECT id, { FOR $x IN [1, 2] { } } AS y FROM `post` WHERE a = $a;",
                          {{"a", value{1}}, {"x", value{}}, {"b", value{2}}});
  CHECK_FALSE(plan.read);
  CHECK(plan.any_table);
  CHECK(plan.text == "SELECT id, { FOR $x IN [1, 2] { } } AS y FROM `post` WHERE a = $a;");
  CHECK(plan.params.find("b") == nullptr);
  CHECK(plan.params.find("a") != nullptr);
  constexpr std::string_view harmful[] = {
      "SELECT * FROM post FUTURE; DELETE post",
      "SELECT * FROM post FUTURE WHERE a = /'/; DELETE post; SELECT '/'",
      "SELECT * FROM post FUTURE WHERE a = /'/ DELETE",
      "SELECT * FROM post FUTURE -- '\n; DELETE post --'",
      "SELECT * FROM post FUTURE # '\n; DELETE post #'",
      "SELECT * FROM post FUTURE /* ' */ ; DELETE post /* ' */",
      "SELECT * FROM post FUTURE WHERE a = '\\'; DELETE post; '",
      "SELECT * FROM post FUTURE WHERE a = \"\\\"; DELETE post; \"",
      "SELECT * FROM post FUTURE WHERE `a\\`` = 1; DELETE post; ``",
      "SELECT * FROM post FUTURE WHERE ⟨a\\⟩⟩ = 1",
      "SELECT * FROM post FUTURE WHERE a = 'unended",
      "SELECT * FROM post FUTURE WHERE (DELETE post)",
      "SELECT * FROM post FUTURE WHERE (dElEtE post)",
      "SELECT { FOR $x IN [1] { CREATE post } } AS y FROM post",
      "SELECT { FOR $x IN [1] { UPSERT post } } AS y FROM post",
      "SELECT { FOR $x IN [1] { RELATE a->b->c } } AS y FROM post",
      "SELECT { FOR $x IN [1] { DEFINE TABLE x } } AS y FROM post",
      "SELECT { FOR $x IN [1] { REMOVE TABLE x } } AS y FROM post",
      "SELECT { FOR $x IN [1] { THROW 1 } } AS y FROM post",
      "SELECT { FOR $x IN [1] { SLEEP 1h } } AS y FROM post",
      "SELECT { FOR $x IN [1] { sleep(1h) } } AS y FROM post",
      "SELECT { FOR $x IN [1] { http::post('x') } } AS y FROM post",
      "SELECT { FOR $x IN [1] { `http`::post('x') } } AS y FROM post",
      "SELECT { FOR $x IN [1] { fn::writes() } } AS y FROM post",
      "SELECT { FOR $x IN [1] { file::put('x') } } AS y FROM post",
      "SELECT { FOR $x IN [1] { a.put('x') } } AS y FROM post",
      "SELECT { FOR $x IN [1] { rand::uuid() } } AS y FROM post",
      "SELECT { FOR $x IN [1] { time::now() } } AS y FROM post",
      "SELECT { FOR $x IN [1] { $auth } } AS y FROM post",
      "SELECT { FOR $x IN [1] { $missing } } AS y FROM post",
      "SELECT function() { return '' } AS y FROM post FUTURE",
  };
  const object params{{"x", value{}}, {"auth", value{}}};
  for (const auto text : harmful) CHECK_MESSAGE(!planned(text, params).ok(), text);
}

TEST_CASE("users are answered only where nothing of it is hidden from anybody") {
  database db;
  CHECK(db.open_for_user("SELECT * FROM post WHERE title @@ 'a'"));
  CHECK(db.open_for_user("SELECT * FROM post, tag WHERE title @@ 'a'"));
  for (const std::string_view text :
       {"SELECT * FROM secret WHERE title @@ 'a'", "SELECT * FROM user WHERE name @@ 'a'",
        "SELECT * FROM post, secret WHERE title @@ 'a'",
        "SELECT * FROM secret:1 WHERE title @@ 'a'", "SELECT * FROM unknown WHERE title @@ 'a'",
        "SELECT * FROM _spooky_secret WHERE title @@ 'a'",
        "SELECT * FROM post WHERE title @@ 'a' FETCH author",
        "SELECT link.text FROM post WHERE title @@ 'a'",
        "SELECT *, (SELECT * FROM tag) AS t FROM post WHERE title @@ 'a'",
        "SELECT secret:1.text AS t FROM post WHERE title @@ 'a'",
        "SELECT *, http::get('http://localhost') AS t FROM post",
        "SELECT *, schema::table::exists('secret') AS t FROM post",
        "SELECT count() FROM post WHERE title @@ 'a' GROUP ALL",
        "SELECT *, { FOR $x IN [1] { } } AS t FROM post"})
    CHECK_MESSAGE(!db.open_for_user(text, {{"x", value{}}}), text);
  // Of what he may not know the name stands in no message.
  surrealql::caller user;
  user.system = false;
  const auto told = may_be_asked(asked("SELECT link.text FROM post WHERE title @@ 'a'"), user,
                                 db.rules, db.catalog);
  CHECK_FALSE(says(told.failure().message, "secret"));
  const auto named =
      may_be_asked(asked("SELECT * FROM secret WHERE title @@ 'a'"), user, db.rules, db.catalog);
  CHECK(says(named.failure().message, "table secret"));

  // What is computed with a row may look anywhere.
  db.catalog.tables["post"].computed.push_back({"peek", nullptr, "", {}, {}, true});
  CHECK_FALSE(db.open_for_user("SELECT * FROM post WHERE title @@ 'a'"));
  db.rules.set("secret", rule(surrealql::table_rule::rows::all));
  db.rules.set("user", rule(surrealql::table_rule::rows::all));
  CHECK(db.open_for_user("SELECT * FROM post WHERE title @@ 'a'"));
  CHECK(db.open_for_user("SELECT link.text FROM post WHERE title @@ 'a'"));
}

TEST_CASE("behind an answer are the tables that it may look at") {
  database db;
  const auto behind = [&](std::string_view text, const object& params = {}) {
    const auto tables = tables_behind(asked(text, params), db.rules, db.catalog);
    return tables.ok() ? *tables : names{tables.failure().message};
  };
  CHECK(behind("SELECT * FROM post WHERE title @@ 'a'") == names{"post"});
  const names all{"post", "secret", "tag", "user"};
  CHECK(behind("SELECT link.text FROM post WHERE title @@ 'a'") == all);
  CHECK(behind("SELECT *, { FOR $x IN [1] { } } AS t FROM post", {{"x", value{}}}) == all);
  CHECK(says(behind("SELECT * FROM absent WHERE title @@ 'a'").front(), "no table absent"));
  CHECK(says(behind("SELECT *, { FOR $x IN [1] { } } AS t FROM absent", {{"x", value{}}}).front(),
             "names no table"));
}
