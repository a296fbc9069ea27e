#include "client_model.hpp"
#include "random_world.hpp"
#include "surrealql/database/catalog_reader.hpp"
#include "surrealql/database/select_rules.hpp"
#include "surrealql/evaluate/defined_source.hpp"
#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/text.hpp"
#include "views/engine/engine.hpp"
#include "views/results/identical.hpp"

#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;
using surrealql::caller;
using surrealql::catalog;

/// A view over computed fields, references, params and functions is what its query gives over the
/// database that these definitions make of the rows, after every change of rows and of definitions.
namespace {

struct table_text {
  std::string kind = "ANY";
  std::map<std::string, std::string> computed;    ///< field -> expression
  std::map<std::string, std::string> references;  ///< field -> type
};

struct database_text {
  std::map<std::string, table_text> tables;
  std::map<std::string, std::string> params;
  std::map<std::string, std::pair<std::string, std::string>> functions;  ///< argument, block
};

value table_definition(const table_text& text) {
  array fields;
  for (const auto& [name, computed] : text.computed)
    fields.emplace_back(object{{"name", value(name)}, {"computed", value(computed)}});
  for (const auto& [name, type] : text.references)
    fields.emplace_back(
        object{{"name", value(name)}, {"kind", value(type)}, {"reference", value(object{})}});
  return value(object{{"kind", value(object{{"kind", value(text.kind)}})},
                      {"fields", value(std::move(fields))}});
}

std::shared_ptr<const catalog> defined(const database_text& text) {
  auto out = std::make_shared<catalog>();
  std::vector<std::string> unread;
  for (const auto& [name, table] : text.tables)
    out->tables[name] = surrealql::read_catalog_table(table_definition(table), {}, unread);
  for (const auto& [name, held] : text.params)
    out->params[name] =
        surrealql::read_catalog_param(value(object{{"value", value(held)}}), {}, unread);
  for (const auto& [name, function] : text.functions) {
    const auto& [argument, block] = function;
    out->functions[name] = surrealql::read_catalog_function(
        value(object{{"args", value(array{value(array{value(argument), value("any")})})},
                     {"block", value(block)}}),
        {}, unread);
  }
  for (const auto& what : unread) FAIL(what);
  return out;
}

const std::vector<database_text> databases{
    {{{"author",
       {"NORMAL",
        {{"posts", "<~post"},
         {"twice", "IF type::is_int(age) THEN age * 2 ELSE 0 END"},
         {"more", "twice + $step"},
         {"chief", "(SELECT VALUE name FROM ONLY $parent.boss) ?? 'none'"}},
        {}}},
      {"post",
       {"NORMAL",
        {{"by", "author.name"},
         {"loud", "fn::shout(title)"},
         {"heat", "count(SELECT id FROM comment WHERE post = $parent.id)"}},
        {{"author", "none | record<author>"}}}},
      {"comment", {"ANY", {{"level", "author.more"}}, {{"author", "record<author>"}}}},
      {"likes", {"RELATION", {}, {}}}},
     {{"step", "1"}, {"name", "'a'"}},
     {{"shout", {"x", "{ RETURN <string> $x + '!' }"}},
      {"of",
       {"id", "{ LET $n = SELECT VALUE id FROM comment WHERE post = $id; RETURN count($n) }"}}}},
    {{{"author", {"ANY", {{"twice", "3"}, {"more", "$step"}}, {}}},
      {"post", {"ANY", {{"heat", "score"}}, {{"author", "none | record<author>"}}}},
      {"likes", {"NORMAL", {}, {}}}},
     {{"step", "10"}, {"name", "'b'"}},
     {{"shout", {"x", "{ $x }"}}, {"of", {"id", "{ $id }"}}}},
    {{{"likes", {"RELATION", {{"strong", "weight > 3"}}, {}}}},
     {{"step", "2"}, {"name", "'c'"}},
     {{"shout", {"x", "{ IF $x { fn::of($x) } ELSE { $this.id } }"}}, {"of", {"id", "{ $step }"}}}},
};

const std::vector<std::string> queries{
    "SELECT * FROM author",
    "SELECT * FROM post WHERE heat > 0",
    "SELECT id, twice FROM author WHERE twice = 4",
    "SELECT id FROM author ORDER BY twice DESC, id LIMIT 3",
    "SELECT * FROM author ORDER BY more, id LIMIT 2 START 1",
    "SELECT id, author.more AS more FROM post WHERE author.twice > 4",
    "SELECT twice, count() AS n FROM author GROUP BY twice",
    "SELECT math::sum(more) AS total FROM author GROUP ALL",
    "SELECT *, (SELECT * FROM comment WHERE author = $parent.id) AS said FROM author",
    "SELECT id, (SELECT id, heat FROM post WHERE author = $parent.id ORDER BY heat, id LIMIT 2) AS "
    "posts FROM author",
    "SELECT id, <~comment AS said FROM author",
    "SELECT id, <~(comment FIELD author).level AS levels FROM author",
    "SELECT id, <~(post WHERE heat > 0) AS hot FROM author",
    "SELECT id, posts FROM author WHERE array::len(posts ?? []) > 1",
    "SELECT id, ->likes AS edges, ->likes->post.heat AS heats FROM author",
    "SELECT id, record::is_edge(id) AS edge FROM likes",
    "SELECT VALUE fn::shout(id) FROM comment",
    "SELECT id FROM author WHERE name = $name",
    "SELECT id, fn::of(id) AS n FROM post WHERE fn::of(id) != 1",
    "SELECT * FROM comment FETCH author, post",
    "SELECT id, $step + 1 AS next FROM likes",
    "SELECT * FROM [post:1, author:1]",
    "SELECT id, author.{ name, chief } AS who FROM post",
    "SELECT VALUE $this.more FROM author",
    "SELECT VALUE type::field('twice') FROM author",
    "SELECT id FROM author WHERE <~post = []",
};

unsigned seeds() {
  const char* given = std::getenv("SPOOKY_DIFFERENTIAL_SEEDS");
  return given == nullptr ? 2 : static_cast<unsigned>(std::atoi(given));
}

struct watched {
  std::string id;
  std::string text;
  surrealql::select_ptr select;
  std::optional<client_model> client;
};

void check_view(const engine& e, const watched& w, const world& data, const catalog& in_force) {
  CAPTURE(w.text);
  const surrealql::defined_source database(data.source(), in_force, {});
  surrealql::eval_context context;
  context.source = &database;
  const auto expected = surrealql::run(*w.select, context);
  const auto now = e.snapshot(w.id);
  REQUIRE(now.ok());
  if (!expected.ok()) {
    CAPTURE(expected.failure().message);
    REQUIRE(now->failed);
  } else {
    if (now->failed) FAIL(now->failed->message);
    CAPTURE(surrealql::to_text(*expected));
    CAPTURE(surrealql::to_text(now->result));
    REQUIRE(identical(now->result, *expected));
  }
  REQUIRE(w.client->compare(*now) == "");
}

value row(const char* table, int key, object members) {
  members.set("id", value(record_id{table, value(key)}));
  return value(std::move(members));
}

change put(const value& record) {
  change c;
  c.op = change_op::update;
  c.id = record["id"].as_record();
  c.record = record;
  return c;
}

}  // namespace

TEST_CASE("views equal their queries whatever is written and whatever is defined") {
  for (unsigned seed = 1; seed <= seeds(); ++seed) {
    CAPTURE(seed);
    world data(seed);
    engine e;
    for (const char* table : {"author", "post", "comment", "likes"})
      REQUIRE(e.load(table, {}, 0).ok());
    auto in_force = defined(databases[0]);
    REQUIRE(e.set_definitions(in_force, nullptr).empty());
    std::vector<watched> views;
    for (const std::string& text : queries) {
      CAPTURE(text);
      auto parsed = surrealql::parse_select(text);
      if (!parsed.ok()) FAIL(parsed.failure().message);
      watched w{"v" + std::to_string(views.size()), text, *parsed, {}};
      auto first = e.register_view(w.id, text, {});
      if (!first.ok()) FAIL(first.failure().message);
      w.client.emplace(*first);
      views.push_back(std::move(w));
    }
    const auto follow = [&](const std::vector<view_delta>& deltas) {
      std::map<std::string, const view_delta*> of;
      for (const view_delta& d : deltas) {
        CAPTURE(d.view_id);
        REQUIRE(of.emplace(d.view_id, &d).second);
      }
      for (watched& w : views) {
        CAPTURE(w.text);
        if (const auto d = of.find(w.id); d != of.end()) REQUIRE(w.client->apply(*d->second) == "");
        check_view(e, w, data, *in_force);
      }
    };
    sequence_number seq = 0;
    for (int step = 0; step < 100; ++step) {
      CAPTURE(step);
      if (step % 15 == 14) {
        in_force = defined(databases[data.below(static_cast<unsigned>(databases.size()))]);
        follow(e.set_definitions(in_force, nullptr));
      }
      std::vector<change> batch;
      for (unsigned i = data.below(3) == 0 ? data.below(12) : 1; i > 0; --i)
        batch.push_back(data.next(++seq));
      follow(e.step(batch));
    }
    for (const watched& w : views) REQUIRE(e.unregister_view(w.id));
    CHECK(e.dependencies()["reads"] == value(0));
  }
}

TEST_CASE("a computed value that came with a row is never trusted") {
  engine e;
  const value told = row("t", 1, {{"n", value(1)}, {"twice", value(77)}});
  REQUIRE(e.load("t", std::vector<value>{told}, 1).ok());
  const auto twice = defined({{{"t", {"ANY", {{"twice", "n * 2"}}, {}}}}, {}, {}});
  CHECK(e.set_definitions(twice, nullptr).empty());
  const auto all = e.register_view("v", "SELECT * FROM t", {});
  REQUIRE(all.ok());
  CHECK(all->result == value(array{row("t", 1, {{"n", value(1)}, {"twice", value(2)}})}));
  const auto found = e.register_view("w", "SELECT VALUE id FROM t WHERE twice = 77", {});
  REQUIRE(found.ok());
  CHECK(found->result == value(array{}));
  // SurrealDB stores none: with its definition the field is gone.
  const auto gone = e.set_definitions(defined({{{"t", {}}}, {}, {}}), nullptr);
  REQUIRE(gone.size() == 1);
  CHECK(gone[0].view_id == "v");
  CHECK(e.snapshot("v")->result == value(array{row("t", 1, {{"n", value(1)}})}));
}

TEST_CASE("a computed field that nobody looks at fails nobody") {
  engine e;
  REQUIRE(e.load("t", std::vector<value>{row("t", 1, {{"n", value("x")}})}, 1).ok());
  const auto broken =
      defined({{{"t", {"ANY", {{"bad", "n * 2"}, {"good", "n + 'y'"}}, {}}}}, {}, {}});
  CHECK(e.set_definitions(broken, nullptr).empty());
  const auto good = e.register_view("g", "SELECT good FROM t", {});
  REQUIRE(good.ok());
  CHECK_FALSE(good->failed);
  CHECK(good->result == value(array{value(object{{"good", value("xy")}})}));
  const auto all = e.register_view("a", "SELECT * FROM t", {});
  REQUIRE(all.ok());
  CHECK(all->failed);
}

TEST_CASE("records that compute through each other without an end fail, and heal") {
  engine e;
  const auto linked = [](int key, int to) {
    return row("t", key, {{"next", value(record_id{"t", value(to)})}});
  };
  REQUIRE(e.load("t", std::vector<value>{linked(1, 2), linked(2, 1)}, 1).ok());
  const auto around = defined({{{"t", {"ANY", {{"far", "next.far ?? id"}}, {}}}}, {}, {}});
  CHECK(e.set_definitions(around, nullptr).empty());
  const auto shown = e.register_view("v", "SELECT VALUE far FROM t", {});
  REQUIRE(shown.ok());
  REQUIRE(shown->failed);
  CHECK(shown->failed->code == errc::limit_exceeded);
  (void)e.step(std::vector<change>{put(row("t", 2, {}))});
  CHECK_FALSE(e.snapshot("v")->failed);
  CHECK(e.snapshot("v")->result ==
        value(array{value(record_id{"t", value(2)}), value(record_id{"t", value(2)})}));
}

TEST_CASE("what the database defines is known at registration, and what writes is named") {
  engine e;
  REQUIRE(e.load("t", std::vector<value>{row("t", 1, {})}, 1).ok());
  const auto refused = [&](const char* text) {
    const auto outcome = e.register_view("v", text, {});
    return outcome.ok() ? std::string{} : outcome.failure().message;
  };
  CHECK(refused("SELECT $p FROM t").find("$p has no value") != std::string::npos);
  CHECK(refused("SELECT fn::f(1) FROM t").find("no function fn::f()") != std::string::npos);
  CHECK(e.set_definitions(defined({{},
                                   {{"p", "1"}},
                                   {{"f", {"x", "{ fn::g($x) }"}},
                                    {"g", {"x", "{ CREATE log SET x = $x }"}},
                                    {"h", {"x", "{ RETURN rand::int() }"}},
                                    {"ok", {"x", "{ $x + $p }"}}}}),
                          nullptr)
            .empty());
  CHECK(refused("SELECT fn::f(1) FROM t").find("CREATE") != std::string::npos);
  CHECK(refused("SELECT fn::f(1) FROM t").find("fn::g()") != std::string::npos);
  CHECK(refused("SELECT fn::h(1) FROM t").find("fn::h()") != std::string::npos);
  CHECK(refused("SELECT fn::ok(1) FROM t").empty());
  CHECK(e.snapshot("v")->result == value(array{value(object{{"fn::ok", value(2)}})}));
  // What a caller gives stands above the database's.
  const auto given = e.register_view("w", "SELECT VALUE $p FROM t", object{{"p", value(5)}});
  REQUIRE(given.ok());
  CHECK(given->result == value(array{value(5)}));
  const auto told =
      e.set_definitions(defined({{}, {{"p", "9"}}, {{"ok", {"x", "{ $x + $p }"}}}}), nullptr);
  REQUIRE(told.size() == 1);
  CHECK(told[0].view_id == "v");
  CHECK(e.snapshot("w")->result == value(array{value(5)}));
}

TEST_CASE("permissions apply to params, functions and computed fields as SurrealDB applies them") {
  auto known = std::make_shared<catalog>();
  std::vector<std::string> unread;
  known->tables["t"] = surrealql::read_catalog_table(
      table_definition(
          {"ANY", {{"open", "[secret, n]"}, {"hidden", "n + 1"}, {"through", "hidden + 1"}}, {}}),
      {}, unread);
  const auto param = [&](const char* name, const value& held, const value& shown) {
    known->params[name] = surrealql::read_catalog_param(
        value(object{{"name", value(name)}, {"value", held}, {"permissions", shown}}), {}, unread);
  };
  param("mine", value("1"), value("$auth.name = 'ann'"));
  param("nobody", value("2"), value(false));
  known->functions["closed"] =
      surrealql::read_catalog_function(value(object{{"name", value("closed")},
                                                    {"block", value("{ 1 }")},
                                                    {"permissions", value("$auth.name = 'ann'")}}),
                                       {}, unread);
  REQUIRE(unread.empty());
  auto rules = std::make_shared<surrealql::select_rules>();
  const auto field = [](const char* name) {
    return value(
        object{{"name", value(name)}, {"permissions", value(object{{"select", value(false)}})}});
  };
  rules->set("t",
             surrealql::read_table_rule(value("hidden = NONE"),
                                        value(array{field("secret"), field("hidden")}), unread));
  rules->set("user", surrealql::read_table_rule(value(true), value(array{}), unread));

  engine e;
  REQUIRE(e.load("t", std::vector<value>{row("t", 1, {{"n", value(1)}, {"secret", value(7)}})}, 1)
              .ok());
  REQUIRE(e.load("user", std::vector<value>{row("user", 1, {{"name", value("ann")}})}, 1).ok());
  CHECK(e.set_definitions(known, rules).empty());
  const caller ann{false, object{{"auth", value(record_id{"user", value(1)})}}};
  const auto view = [&](const char* text) {
    (void)e.unregister_view("v");
    const auto shown = e.register_view("v", text, {}, ann);
    if (!shown.ok()) return value(shown.failure().message);
    return shown->failed ? value(shown->failed->message) : shown->result;
  };
  // Hidden fields are gone before others are computed; a hidden computed field is gone after.
  CHECK(view("SELECT * FROM t") == value(array{row("t", 1,
                                                   {{"n", value(1)},
                                                    {"open", value(array{value::none(), value(1)})},
                                                    {"through", value(3)}})}));
  CHECK(view("SELECT VALUE $mine FROM t") == value(array{value(1)}));
  CHECK(view("SELECT VALUE fn::closed() FROM t") == value(array{value(1)}));
  const auto refusal = [&](const char* text) {
    const value said = view(text);
    return said.is_string() ? std::string(said.as_string()) : surrealql::to_text(said);
  };
  CHECK(refusal("SELECT VALUE $nobody FROM t")
            .find("You don't have permission to view the $nobody parameter") != std::string::npos);
  CHECK(refusal("SELECT VALUE id FROM user WHERE name = $nobody")
            .find("You don't have permission to view the $nobody parameter") != std::string::npos);
  CHECK(view("SELECT VALUE id FROM t WHERE false AND $nobody = 2") == value(array{}));
  // Who asks counts inside functions and computed fields: other callers have views of their own.
  auto others = std::make_shared<catalog>(*known);
  others->functions["me"] = surrealql::read_catalog_function(
      value(object{{"name", value("me")}, {"block", value("{ $auth.id }")}}), {}, unread);
  others->tables["user"] = surrealql::read_catalog_table(
      table_definition({"ANY", {{"mine", "$auth = id"}}, {}}), {}, unread);
  CHECK(e.set_definitions(others, rules).size() <= 1);
  const caller bob{false, object{{"auth", value(record_id{"user", value(2)})}}};
  for (const caller& who : {ann, bob}) {
    const value id = *who.session.find("auth");
    CAPTURE(surrealql::to_text(id));
    for (const char* text : {"SELECT VALUE fn::me() FROM user", "SELECT VALUE mine FROM user"})
      REQUIRE(e.register_view(surrealql::to_text(id) + text, text, {}, who).ok());
    CHECK(e.snapshot(surrealql::to_text(id) + "SELECT VALUE mine FROM user")->result ==
          value(array{value(id == *ann.session.find("auth"))}));
  }
  CHECK(e.snapshot("user:1SELECT VALUE fn::me() FROM user")->result ==
        value(array{value(record_id{"user", value(1)})}));
  CHECK(e.snapshot("user:2SELECT VALUE fn::me() FROM user")->result == value(array{value::none()}));
  // They follow what their conditions read.
  (void)view("SELECT VALUE $mine + fn::closed() FROM t");
  (void)e.step(std::vector<change>{put(row("user", 1, {{"name", value("bob")}}))});
  REQUIRE(e.snapshot("v")->failed);
  CHECK(e.snapshot("v")->failed->message.find("permission to view the $mine") != std::string::npos);
  (void)e.step(std::vector<change>{put(row("user", 1, {{"name", value("ann")}}))});
  CHECK(e.snapshot("v")->result == value(array{value(2)}));
}

TEST_CASE("who reads over a database's definitions pays for what they compute") {
  database_text text;
  text.tables["post"].computed["dear"] = "array::len(array::map(array::range(0, 1000), |$x| $x))";
  const auto in_force = defined(text);
  surrealql::map_source rows;
  rows.define_table("post");
  for (int i = 0; i < 20; ++i) REQUIRE(rows.put(row("post", i, {})).ok());
  const auto select = surrealql::parse_select("SELECT VALUE dear FROM post");
  REQUIRE(select.ok());
  const auto outcome = [&](std::uint64_t work) {
    surrealql::run_limits limits;
    limits.work = work;
    surrealql::budget spent{limits};
    const surrealql::defined_source database(rows, *in_force, {}, nullptr, &spent);
    surrealql::eval_context context;
    context.source = &database;
    context.spent = &spent;
    return surrealql::run(**select, context);
  };
  CHECK(outcome(1'000'000).ok());
  // Enough for one row, not for all.
  const auto refused = outcome(10'000);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.failure().code == errc::limit_exceeded);
}
