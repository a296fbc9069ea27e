#include "views/tables/visibility.hpp"

#include "client_model.hpp"
#include "random_world.hpp"
#include "rules_of.hpp"
#include "surrealql/database/select_rules.hpp"
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
using surrealql::select_rules;
using surrealql::table_rule;

/// What a caller sees through a view is what his query gives over the world that the permissions
/// leave him, after every change of data and of permissions.
namespace {

/// The world that is left of another.
class visible_world final : public surrealql::table_source {
 public:
  visible_world(const surrealql::map_source& all, const visibility& seen)
      : all_(all), seen_(seen) {}
  bool has_table(std::string_view table) const override { return all_.has_table(table); }
  result<value> get(const record_id& id) const override {
    SPOOKY_ASSIGN(const value record, all_.get(id));
    return seen_.see(record, id.table, all_, nullptr);
  }
  result<void> scan(std::string_view table, const value_range& keys,
                    const surrealql::row_visitor& visit) const override {
    return all_.scan(table, keys, [&](const value& record) {
      const auto shown = seen_.see(record, table, all_, nullptr);
      return !shown.ok() || shown->is_none() || visit(*shown);
    });
  }
  result<void> edges(const record_id& node, surrealql::graph_direction direction,
                     std::string_view edge_table,
                     const surrealql::row_visitor& visit) const override {
    return all_.edges(node, direction, edge_table, [&](const value& edge) {
      const auto shown = get(edge.as_record());
      return !shown.ok() || shown->is_none() || visit(edge);
    });
  }
  result<value> info(const surrealql::info_statement& what) const override {
    return all_.info(what);
  }
  bool permissions_apply() const override { return true; }
  bool hides(std::string_view table) const override {
    return seen_.rule_of(table).shown == table_rule::rows::none;
  }
  result<bool> reaches(const record_id& end) const override {
    SPOOKY_ASSIGN(const value record, get(end));
    return !record.is_none();
  }
  result<value> get_edge(const record_id& id) const override { return all_.get(id); }

 private:
  const surrealql::map_source& all_;
  const visibility& seen_;
};

struct watched {
  std::string id;
  std::string text;
  caller who;
  surrealql::select_ptr select;
  std::optional<client_model> client;
};

void check_view(const engine& e, const watched& w, const world& data,
                const std::shared_ptr<const select_rules>& in_force) {
  CAPTURE(w.text);
  CAPTURE(surrealql::to_text(value(w.who.session)));
  const visibility seen(in_force, nullptr, w.who.session, {}, {});
  const visible_world left(data.source(), seen);
  surrealql::eval_context context;
  context.source =
      w.who.system ? static_cast<const surrealql::table_source*>(&data.source()) : &left;
  object params = w.who.session;
  context.params = &params;
  const auto expected = surrealql::run(*w.select, context);
  const auto now = e.snapshot(w.id);
  REQUIRE(now.ok());
  if (!expected.ok()) {
    REQUIRE(now->failed);
  } else {
    if (now->failed) FAIL(now->failed->message);
    CAPTURE(surrealql::to_text(*expected));
    CAPTURE(surrealql::to_text(now->result));
    REQUIRE(identical(now->result, *expected));
  }
  REQUIRE(w.client->compare(*now) == "");
  // While a view fails it shows what it showed last.
  if (now->failed) return;
  for (const member& m : now->members) {
    CAPTURE(surrealql::to_text(value(m.id)));
    if (!w.who.system) REQUIRE_FALSE(left.get(m.id)->is_none());
  }
}

const std::vector<std::map<std::string, rule_texts>> rule_sets{
    {{"author", {{"", "id = $auth.id OR age > 5"}, {"age", "id = $auth"}}},
     {"post", {{"", "author = $auth.id OR active"}, {"score", "author = $auth"}}},
     {"comment", {{"", "post.active = true"}}},
     {"likes", {{"", "in = $auth"}}}},
    {{"author", {{"", "FULL"}, {"name", "NONE"}, {"boss", "$auth.age > 3"}}},
     {"post", {{"", "author = $auth.id"}, {"meta.level", "NONE"}, {"tags", "active"}}},
     {"comment", {{"", "author = $auth.id OR post.author = $auth.id"}}},
     {"likes", {{"", "FULL"}}}},
    {{"author", {{"", "NONE"}}},
     {"post", {{"", "FULL"}}},
     {"comment", {{"", "(SELECT VALUE age FROM ONLY $parent.author) > 2"}}},
     {"likes", {{"", "out.active"}, {"weight", "in = $auth"}}}},
    {{"author", {{"", "FULL"}}},
     {"post", {{"", "FULL"}}},
     {"comment", {{"", "FULL"}}},
     {"likes", {{"", "FULL"}}}},
};

const std::vector<std::string> queries{
    "SELECT * FROM post",
    "SELECT * FROM post WHERE score > 3",
    "SELECT * FROM post WHERE author = author:2 AND active = true",
    "SELECT * FROM post WHERE author.name = 'a'",
    "SELECT * FROM post WHERE author = $auth",
    "SELECT * FROM post ORDER BY score DESC LIMIT 3",
    "SELECT * FROM post WHERE active ORDER BY title LIMIT 4 START 1",
    "SELECT id, author.name, author.boss.name FROM post",
    "SELECT id, (SELECT * FROM comment WHERE post = $parent.id ORDER BY n LIMIT 2) AS comments "
    "FROM post",
    "SELECT *, (SELECT *, (SELECT * FROM author WHERE id = $parent.author)[0] AS by FROM comment "
    "WHERE post = $parent.id) AS comments FROM post",
    "SELECT id, ->likes->post AS liked FROM author",
    "SELECT id, ->likes.weight AS weights FROM author",
    "SELECT * FROM author WHERE name = 'a'",
    "SELECT count() FROM post GROUP ALL",
    "SELECT author, count() AS n, math::sum(score) AS total FROM post WHERE type::is_number(score) "
    "GROUP BY author",
    "SELECT * FROM comment FETCH author, post",
    "SELECT VALUE author FROM comment",
    "SELECT * FROM [post:1, post:2, author:1]",
    "SELECT id, record::exists(author) AS known FROM post",
    "SELECT * FROM post WHERE id IN [post:1, post:2, post:3]",
    "SELECT tags, id FROM post SPLIT tags",
    "SELECT id, $auth.name AS me FROM comment",
    "SELECT count() FROM post WHERE score > 100 GROUP ALL",
    "SELECT math::sum(score) AS s FROM post WHERE type::is_number(score) GROUP ALL",
    "SELECT tags, count() AS n FROM post GROUP BY tags",
    "SELECT id, ->likes->post.title AS titles, count(->likes->post) AS n FROM author",
};

unsigned seeds() {
  const char* given = std::getenv("SPOOKY_DIFFERENTIAL_SEEDS");
  return given == nullptr ? 2 : static_cast<unsigned>(std::atoi(given));
}

}  // namespace

TEST_CASE("every caller's views equal his queries, whatever is written and whatever is permitted") {
  for (unsigned seed = 1; seed <= seeds(); ++seed) {
    CAPTURE(seed);
    world data(seed);
    engine e;
    for (const char* table : {"author", "post", "comment", "likes"})
      REQUIRE(e.load(table, {}, 0).ok());
    auto in_force = rules(rule_sets[0]);
    REQUIRE(e.set_rules(in_force).empty());
    std::vector<watched> views;
    const std::vector<caller> callers{caller{}, guest, user(1), user(2)};
    for (const std::string& text : queries)
      for (const caller& who : callers) {
        CAPTURE(text);
        auto parsed = surrealql::parse_select(text);
        REQUIRE(parsed.ok());
        watched w{"v" + std::to_string(views.size()), text, who, *parsed, {}};
        auto first = e.register_view(w.id, text, {}, who);
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
        check_view(e, w, data, in_force);
      }
    };
    sequence_number seq = 0;
    for (int step = 0; step < 120; ++step) {
      CAPTURE(step);
      if (step % 20 == 19) {
        in_force = rules(rule_sets[data.below(static_cast<unsigned>(rule_sets.size()))]);
        follow(e.set_rules(in_force));
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

TEST_CASE("callers share a view as long as the rules in question tell them not apart") {
  engine e;
  for (const char* table : {"post", "author", "note"}) REQUIRE(e.load(table, {}, 1).ok());
  CHECK(e.set_rules(rules({{"post", {{"", "active"}}},
                           {"author", {{"", "FULL"}}},
                           {"note", {{"", "owner = $auth"}}}}))
            .empty());
  const auto distinct = [&] { return e.dependencies()["distinct_views"].as_integer(); };
  REQUIRE(e.register_view("root-a", "SELECT * FROM author", {}).ok());
  REQUIRE(e.register_view("ann-a", "SELECT * FROM author", {}, user(1)).ok());
  CHECK(distinct() == 1);
  REQUIRE(e.register_view("ann-p", "SELECT * FROM post", {}, user(1)).ok());
  REQUIRE(e.register_view("bob-p", "SELECT * FROM post", {}, user(2)).ok());
  CHECK(distinct() == 2);
  REQUIRE(e.register_view("root-p", "SELECT * FROM post", {}).ok());
  CHECK(distinct() == 3);
  REQUIRE(e.register_view("ann-n", "SELECT * FROM note", {}, user(1)).ok());
  REQUIRE(e.register_view("bob-n", "SELECT * FROM note", {}, user(2)).ok());
  CHECK(distinct() == 5);
}

TEST_CASE("nothing is shown to a user before the rules are known") {
  engine e;
  REQUIRE(e.load("post", {}, 1).ok());
  const auto early = e.register_view("v", "SELECT * FROM post", {}, user(1));
  REQUIRE_FALSE(early.ok());
  CHECK(early.failure().code == errc::not_ready);
  REQUIRE(e.register_view("s", "SELECT * FROM post", {}).ok());
  CHECK(e.set_rules(std::make_shared<select_rules>()).empty());
  REQUIRE(e.register_view("v", "SELECT * FROM post", {}, user(1)).ok());
}

TEST_CASE("who the caller is stands above what he says he is") {
  engine e;
  REQUIRE(
      e.load("post",
             std::vector<value>{value(object{{"id", value(record_id{"post", value(1)})},
                                             {"author", value(record_id{"author", value(2)})}})},
             1)
          .ok());
  CHECK(e.set_rules(rules({{"post", {{"", "FULL"}}}})).empty());
  const object forged{{"auth", value(record_id{"author", value(2)})}};
  const auto shown =
      e.register_view("v", "SELECT * FROM post WHERE author = $auth", forged, user(1));
  REQUIRE(shown.ok());
  CHECK(shown->members.empty());
}

TEST_CASE("a condition that fails fails the view, and says nothing of the row") {
  engine e;
  const value secret(
      object{{"id", value(record_id{"note", value("hidden-id")})}, {"text", value("hidden-text")}});
  REQUIRE(e.load("note", std::vector<value>{secret}, 1).ok());
  CHECK(e.set_rules(rules({{"note", {{"", "<int>text > 1"}}}})).empty());
  const auto shown = e.register_view("v", "SELECT * FROM note", {}, user(1));
  REQUIRE(shown.ok());
  REQUIRE(shown->failed);
  CHECK(shown->failed->message.find("hidden") == std::string::npos);
  CHECK(shown->failed->message.find("note") != std::string::npos);
  const auto told = e.set_rules(rules({{"note", {{"text", "<int>text > 1"}, {"", "FULL"}}}}));
  REQUIRE(told.size() == 1);
  REQUIRE(told[0].failed);
  CHECK(told[0].failed->message.find("hidden") == std::string::npos);
  CHECK(told[0].failed->message.find("field text") != std::string::npos);
}

TEST_CASE("a condition is judged as the SurrealDB would that is there") {
  for (const auto& [version, rows] :
       std::map<surrealql::server_version, std::size_t>{{{3, 0, 2}, 0}, {{3, 3, 3}, 1}}) {
    CAPTURE(to_text(version));
    engine_options options;
    options.text.rules = surrealql::semantics::of(version);
    engine e(options);
    const value note(object{{"id", value(record_id{"note", value(1)})}, {"n", value(1)}});
    REQUIRE(e.load("note", std::vector<value>{note}, 1).ok());
    CHECK(e.set_rules(rules({{"note", {{"", "n.* = NONE"}}}})).empty());
    const auto shown = e.register_view("v", "SELECT * FROM note", {}, user(1));
    REQUIRE(shown.ok());
    CHECK(shown->members.size() == rows);
  }
}

TEST_CASE("rules that are taken away show nothing") {
  engine e;
  REQUIRE(e.load("note",
                 std::vector<value>{value(object{{"id", value(record_id{"note", value(1)})}})}, 1)
              .ok());
  CHECK(e.set_rules(rules({{"note", {{"", "FULL"}}}})).empty());
  const auto shown = e.register_view("v", "SELECT * FROM note", {}, user(1));
  REQUIRE(shown.ok());
  CHECK(shown->members.size() == 1);
  const auto told = e.set_rules(nullptr);
  REQUIRE(told.size() == 1);
  CHECK(told[0].removed.size() == 1);
  CHECK(e.snapshot("v")->members.empty());
}

namespace {

value note(int key, const value& n) {
  return value(object{{"id", value(record_id{"note", value(key)})},
                      {"n", n},
                      {"owner", value(record_id{"author", value(key % 2)})},
                      {"tags", value(array{value("a"), value("b")})}});
}

change put(const value& record, sequence_number seq) {
  change c;
  c.op = change_op::update;
  c.seq = seq;
  c.id = record["id"].as_record();
  c.record = record;
  return c;
}

void apply_all(std::map<std::string, client_model>& clients, const std::vector<view_delta>& told) {
  for (const view_delta& delta : told) {
    CAPTURE(delta.view_id);
    CHECK(clients.at(delta.view_id).apply(delta) == "");
  }
}

/// Queries of each kind over table note; `per_row` fails where `n` is no number.
std::map<std::string, std::string> each_kind(const std::string& per_row) {
  return {{"filter", "SELECT * FROM note WHERE " + per_row + " != NONE"},
          {"project", "SELECT id, " + per_row + " AS x FROM note"},
          {"window", "SELECT id, " + per_row + " AS x FROM note ORDER BY id LIMIT 5"},
          {"order", "SELECT id, owner, " + per_row + " AS x FROM note ORDER BY owner DESC"},
          {"related", "SELECT id, (SELECT *, " + per_row +
                          " AS x FROM note WHERE owner = $parent.owner) AS l FROM note"},
          {"value", "SELECT VALUE " + per_row + " FROM note"},
          {"split", "SELECT id, tags, " + per_row + " AS x FROM note SPLIT tags"},
          {"group", "SELECT owner, count(" + per_row + ") AS c FROM note GROUP BY owner"},
          {"recompute", "SELECT * FROM (SELECT id, " + per_row + " AS x FROM note)"}};
}

/// Who shows rows by their records, and not by a whole result.
bool shows_records(const std::string& kind) {
  return kind != "value" && kind != "split" && kind != "group";
}

}  // namespace

TEST_CASE("a view that fails while rules change shows nothing that they hide") {
  engine e;
  const std::vector<value> rows{note(1, value(1)), note(2, value(2))};
  REQUIRE(e.load("note", rows, 1).ok());
  CHECK(e.set_rules(rules({{"note", {{"", "FULL"}}}})).empty());
  std::map<std::string, client_model> clients;
  for (const auto& [kind, text] : each_kind("<int>n")) {
    CAPTURE(kind);
    const auto shown = e.register_view(kind, text, {}, user(1));
    REQUIRE_MESSAGE(shown.ok(), shown.failure().message);
    clients.emplace(kind, *shown);
  }
  apply_all(clients, e.step(std::vector<change>{put(note(3, value("none")), 2)}));
  for (const auto& [kind, client] : clients) {
    CAPTURE(kind);
    REQUIRE(e.snapshot(kind)->failed);
    if (shows_records(kind))
      CHECK(client.members() >= 2);
    else
      CHECK(client.result().as_array().size() >= 2);
  }
  // The third row, which fails, is still seen; the second is not, and nobody may go on showing it.
  apply_all(clients, e.set_rules(rules({{"note", {{"", "owner = $auth"}}}})));
  for (const auto& [kind, client] : clients) {
    CAPTURE(kind);
    REQUIRE(e.snapshot(kind)->failed);
    CHECK(client.compare(*e.snapshot(kind)) == "");
    if (shows_records(kind))
      CHECK(client.members() == 0);
    else
      CHECK(client.result() == value(array{}));
  }
  apply_all(clients, e.step(std::vector<change>{put(note(3, value(3)), 3)}));
  for (const auto& [kind, client] : clients) {
    CAPTURE(kind);
    CHECK_FALSE(e.snapshot(kind)->failed);
    CHECK(client.compare(*e.snapshot(kind)) == "");
    if (!shows_records(kind)) CHECK(client.result() == e.snapshot(kind)->result);
  }
}

TEST_CASE("a view that is halted shows nothing, whatever the rules become") {
  for (const auto& [kind, text] : each_kind("string::repeat('a', <int>n)")) {
    CAPTURE(kind);
    engine_options options;
    options.max_view_bytes = 500'000;
    engine e(options);
    const std::vector<value> rows{note(1, value(10)), note(2, value(20))};
    REQUIRE(e.load("note", rows, 1).ok());
    CHECK(e.set_rules(rules({{"note", {{"", "FULL"}}}})).empty());
    const auto shown = e.register_view("v", text, {}, user(1));
    REQUIRE_MESSAGE(shown.ok(), shown.failure().message);
    std::map<std::string, client_model> clients{{"v", client_model(*shown)}};
    const client_model& client = clients.at("v");
    apply_all(clients, e.step(std::vector<change>{put(note(1, value(11)), 2),
                                                  put(note(3, value(900'000)), 2)}));
    const auto nothing_is_shown = [&] {
      CHECK(e.snapshot("v")->halted);
      CHECK(e.snapshot("v")->members.empty());
      if (shows_records(kind))
        CHECK(client.members() == 0);
      else
        CHECK(client.result() == value(array{}));
    };
    nothing_is_shown();
    CHECK(e.set_rules(rules({{"note", {{"", "owner = author:0"}}}})).empty());
    nothing_is_shown();
    // It is found by what its caller sees now, and lives with that.
    const auto again = e.register_view("v", text, {}, user(1));
    REQUIRE_MESSAGE(again.ok(), again.failure().message);
    CHECK_FALSE(again->halted);
    if (shows_records(kind) && kind != "related") CHECK(again->members.size() == 1);
    CHECK(e.set_rules(rules({{"note", {{"", "NONE"}}}})).size() == 1);
    CHECK(e.snapshot("v")->members.empty());
  }
}

TEST_CASE("a view that passes its limit because rules changed shows nothing") {
  engine_options options;
  options.max_view_steps = 5'000;
  engine e(options);
  const std::vector<value> rows{note(1, value(10)), note(2, value(20))};
  REQUIRE(e.load("note", rows, 1).ok());
  CHECK(e.set_rules(rules({{"note", {{"", "FULL"}}}})).empty());
  std::map<std::string, client_model> clients;
  for (const auto& [kind, text] : each_kind("<int>n")) {
    const auto shown = e.register_view(kind, text, {}, user(1));
    REQUIRE_MESSAGE(shown.ok(), shown.failure().message);
    clients.emplace(kind, *shown);
  }
  const char* const dear = "array::len(array::map(array::range(0, 20000), |$x| $x + 1)) > 0";
  apply_all(clients, e.set_rules(rules({{"note", {{"", dear}}}})));
  for (const auto& [kind, client] : clients) {
    CAPTURE(kind);
    CHECK(e.snapshot(kind)->halted);
    if (shows_records(kind))
      CHECK(client.members() == 0);
    else
      CHECK(client.result() == value(array{}));
  }
}

TEST_CASE("a table that only a rule reads is asked for") {
  engine e;
  REQUIRE(e.load("note",
                 std::vector<value>{value(object{{"id", value(record_id{"note", value(1)})}})}, 1)
              .ok());
  CHECK(e.set_rules(rules({{"note", {{"", "(SELECT VALUE id FROM team) != []"}}}})).empty());
  const auto early = e.register_view("v", "SELECT * FROM note", {}, user(1));
  REQUIRE_FALSE(early.ok());
  CHECK(early.failure().code == errc::not_ready);
  CHECK(early.failure().cause == error_cause::missing_table);
  CHECK(early.failure().table == "team");
  REQUIRE(e.load("team",
                 std::vector<value>{value(object{{"id", value(record_id{"team", value(1)})}})}, 1)
              .ok());
  const auto shown = e.register_view("v", "SELECT * FROM note", {}, user(1));
  REQUIRE(shown.ok());
  CHECK(shown->members.size() == 1);
}

TEST_CASE("a rule that is an equality with the caller costs what a filter costs") {
  engine e;
  std::vector<value> rows;
  for (int i = 0; i < 1000; ++i)
    rows.emplace_back(object{{"id", value(record_id{"note", value(i)})},
                             {"owner", value(record_id{"author", value(i % 100)})}});
  REQUIRE(e.load("note", rows, 1).ok());
  REQUIRE(e.load("author",
                 std::vector<value>{value(object{{"id", value(record_id{"author", value(7)})}})}, 1)
              .ok());
  CHECK(e.set_rules(rules({{"note", {{"", "owner = $auth.id"}}}, {"author", {{"", "NONE"}}}}))
            .empty());
  const auto shown = e.register_view("v", "SELECT * FROM note", {}, user(7));
  REQUIRE(shown.ok());
  CHECK(shown->members.size() == 10);
  CHECK(surrealql::to_text(*e.explain("v")).find("note.owner = author:7") != std::string::npos);
}
