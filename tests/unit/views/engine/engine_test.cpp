#include "views/engine/engine.hpp"

#include "surrealql/values/text.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;

namespace {

value id(const char* table, int key) { return value(record_id{table, value(key)}); }

value post(int key, int score, int author = 1) {
  return value(
      object{{"id", id("post", key)}, {"score", value(score)}, {"author", id("author", author)}});
}

value author(int key, const char* name) {
  return value(object{{"id", id("author", key)}, {"name", value(name)}});
}

change put(const value& record, sequence_number seq, change_op op = change_op::update) {
  change c;
  c.seq = seq;
  c.op = op;
  c.id = record["id"].as_record();
  c.record = record;
  return c;
}

change erase(const char* table, int key, sequence_number seq) {
  change c;
  c.seq = seq;
  c.op = change_op::erase;
  c.id = {table, value(key)};
  return c;
}

std::vector<view_delta> step(engine& e, std::vector<change> batch) { return e.step(batch); }

engine with_posts() {
  engine e;
  const std::vector<value> posts{post(1, 10), post(2, 20), post(3, 30, 2)};
  const std::vector<value> authors{author(1, "ann"), author(2, "bob")};
  REQUIRE(e.load("post", posts, 5).ok());
  REQUIRE(e.load("author", authors, 5).ok());
  return e;
}

std::vector<int> keys(const std::vector<member>& members) {
  std::vector<int> out;
  for (const member& m : members) out.push_back(static_cast<int>(m.id.key.as_integer()));
  return out;
}

}  // namespace

TEST_CASE("a view starts with its result, its members and their versions") {
  engine e = with_posts();
  const auto s = e.register_view("v", "SELECT * FROM post WHERE score >= 20", {});
  REQUIRE(s.ok());
  CHECK(s->seq == 5);
  CHECK(keys(s->members) == std::vector<int>{2, 3});
  CHECK(s->members[0].version == 5);
  CHECK(s->result == value(array{post(2, 20), post(3, 30, 2)}));
  CHECK(s->mode == maintenance::incremental);
}

TEST_CASE("rows enter, change and leave with the version of their change") {
  engine e = with_posts();
  REQUIRE(e.register_view("v", "SELECT * FROM post WHERE score >= 20", {}).ok());
  auto d = step(e, {put(post(1, 25), 6)});
  REQUIRE(d.size() == 1);
  CHECK(d[0].view_id == "v");
  CHECK(d[0].seq == 6);
  REQUIRE(keys(d[0].added) == std::vector<int>{1});
  CHECK(d[0].added[0].version == 6);
  CHECK(d[0].added[0].row == post(1, 25));
  d = step(e, {put(post(1, 26), 7)});
  REQUIRE(d.size() == 1);
  CHECK(keys(d[0].updated) == std::vector<int>{1});
  d = step(e, {put(post(1, 1), 8)});
  CHECK(keys(d[0].removed) == std::vector<int>{1});
  CHECK(d[0].removed[0].row.is_none());
  d = step(e, {erase("post", 2, 9)});
  CHECK(keys(d[0].removed) == std::vector<int>{2});
  CHECK(step(e, {put(post(1, 2), 10)}).empty());
}

TEST_CASE("an explicit version wins over seq") {
  engine e = with_posts();
  REQUIRE(e.register_view("v", "SELECT * FROM post", {}).ok());
  change c = put(post(1, 11), 6);
  c.version = 77;
  const auto d = step(e, {c});
  REQUIRE(d.size() == 1);
  CHECK(d[0].updated[0].version == 77);
}

TEST_CASE("a batch is one change of state") {
  engine e = with_posts();
  REQUIRE(e.register_view("v", "SELECT * FROM post WHERE score >= 20", {}).ok());
  const auto moved = step(e, {erase("post", 2, 6), put(post(2, 21), 7, change_op::create)});
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].added.empty());
  CHECK(moved[0].removed.empty());
  CHECK(keys(moved[0].updated) == std::vector<int>{2});
  CHECK(step(e, {put(post(9, 90), 8, change_op::create), erase("post", 9, 9)}).empty());
  CHECK(e.applied() == 9);
}

TEST_CASE("changes that were applied before are skipped") {
  engine e = with_posts();
  REQUIRE(e.register_view("v", "SELECT * FROM post", {}).ok());
  CHECK(e.applied() == 5);
  CHECK(step(e, {put(post(1, 99), 5)}).empty());
  CHECK(step(e, {put(post(1, 99), 6)}).size() == 1);
  CHECK(step(e, {put(post(1, 50), 6)}).empty());
  CHECK(step(e, {put(value(object{{"id", id("other", 1)}}), 9)}).empty());
  CHECK(e.applied() == 9);
}

TEST_CASE("CREATE twice then DELETE leaves no ghost, UPDATE of a missing record makes it") {
  engine e = with_posts();
  REQUIRE(e.register_view("v", "SELECT * FROM post", {}).ok());
  step(e, {put(post(7, 1), 6, change_op::create), put(post(7, 2), 7, change_op::create)});
  auto d = step(e, {erase("post", 7, 8)});
  REQUIRE(d.size() == 1);
  CHECK(keys(d[0].removed) == std::vector<int>{7});
  d = step(e, {put(post(8, 1), 9, change_op::update)});
  CHECK(keys(d[0].added) == std::vector<int>{8});
  CHECK(step(e, {erase("post", 70, 10)}).empty());
}

TEST_CASE("identical queries share one view, whatever their spelling") {
  engine e = with_posts();
  REQUIRE(e.register_view("a", "SELECT * FROM post WHERE score > $min", {{"min", 15}}).ok());
  REQUIRE(
      e.register_view("b", "select *  from post where (score > $min)", {{"min", 15}, {"unused", 1}})
          .ok());
  REQUIRE(e.register_view("c", "SELECT * FROM post WHERE score > $min", {{"min", 25}}).ok());
  CHECK(e.dependencies()["distinct_views"] == value(2));
  const auto d = step(e, {put(post(2, 21), 6)});
  REQUIRE(d.size() == 2);
  CHECK(d[0].view_id == "a");
  CHECK(d[1].view_id == "b");
  CHECK(e.unregister_view("a"));
  CHECK_FALSE(e.unregister_view("a"));
  CHECK(step(e, {put(post(2, 22), 7)}).size() == 1);
  CHECK(e.view_ids() == std::vector<std::string>{"b", "c"});
}

TEST_CASE("an id is registered again only for the same query and parameters") {
  engine e = with_posts();
  REQUIRE(e.register_view("v", "SELECT * FROM post WHERE score > $min", {{"min", 15}}).ok());
  step(e, {put(post(1, 50), 6)});
  const auto again = e.register_view("v", "SELECT * FROM post WHERE score > $min", {{"min", 15}});
  REQUIRE(again.ok());
  CHECK(again->seq == 6);
  CHECK(again->members.size() == 3);
  const auto other = e.register_view("v", "SELECT * FROM post WHERE score > $min", {{"min", 16}});
  REQUIRE_FALSE(other.ok());
  CHECK(other.failure().code == errc::already_exists);
  CHECK(e.register_view("w", "SELECT * FROM post WHERE score > $min", {{"min", 15.0}}).ok());
}

TEST_CASE("registration names what is wrong and changes nothing") {
  engine e = with_posts();
  const auto broken = e.register_view("v", "SELECT * FRM post", {});
  REQUIRE_FALSE(broken.ok());
  CHECK(broken.failure().code == errc::parse_error);
  CHECK(broken.failure().message.find("line 1, column 10") != std::string::npos);
  const auto random = e.register_view("v", "SELECT *, rand::int() AS r FROM post", {});
  REQUIRE_FALSE(random.ok());
  CHECK(random.failure().code == errc::unsupported);
  const auto unbound = e.register_view("v", "SELECT * FROM post WHERE score = $nothing", {});
  CHECK_FALSE(unbound.ok());
  const auto missing = e.register_view("v", "SELECT * FROM nowhere", {});
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.failure().code == errc::not_ready);
  CHECK(missing.failure().table == "nowhere");
  CHECK(e.view_ids().empty());
  CHECK(e.dependencies()["distinct_views"] == value(0));
  CHECK(e.snapshot("v").failure().code == errc::not_found);
}

TEST_CASE("tables_of names every table a query reads") {
  const auto tables = engine::tables_of(
      "SELECT *, (SELECT * FROM comment WHERE post = $parent.id) AS c, ->likes->person AS l FROM "
      "post",
      {});
  REQUIRE(tables.ok());
  for (const char* name : {"comment", "likes", "post"})
    CHECK(std::find(tables->begin(), tables->end(), name) != tables->end());
}

TEST_CASE("limits are kept and named") {
  engine_options options;
  options.max_views = 1;
  options.max_result_rows = 2;
  options.text.bytes = 100;
  engine e(options);
  const std::vector<value> posts{post(1, 10), post(2, 20), post(3, 30)};
  REQUIRE(e.load("post", posts, 1).ok());
  CHECK(e.register_view("v", "SELECT * FROM post", {}).failure().code == errc::limit_exceeded);
  CHECK(e.register_view("v", "SELECT * FROM post WHERE score > 15", {}).ok());
  CHECK(e.register_view("w", "SELECT * FROM post WHERE score > 16", {}).failure().code ==
        errc::limit_exceeded);
  CHECK(e.register_view("w", "SELECT * FROM post WHERE score > 15", {}).ok());
  CHECK(e.register_view("x", "SELECT * FROM post WHERE score > " + std::string(100, '1'), {})
            .failure()
            .code == errc::limit_exceeded);
}

TEST_CASE("a failing row puts the view into the error state until it changes") {
  engine e = with_posts();
  REQUIRE(e.register_view("v", "SELECT id, score + 1 AS next FROM post", {}).ok());
  auto d = step(e, {put(value(object{{"id", id("post", 2)}, {"score", "many"}}), 6)});
  REQUIRE(d.size() == 1);
  REQUIRE(d[0].failed);
  CHECK(d[0].failed->code == errc::evaluation_error);
  CHECK(d[0].failed->message.find("post:2") != std::string::npos);
  CHECK(d[0].failed->message.find("score + 1") != std::string::npos);
  CHECK(e.snapshot("v")->failed);
  // Nothing is said while it lasts, except about other failures; then all that was missed.
  CHECK(step(e, {put(post(1, 11), 7), erase("post", 3, 8)}).empty());
  d = step(e, {put(post(2, 22), 9)});
  REQUIRE(d.size() == 1);
  CHECK(d[0].healed);
  CHECK_FALSE(d[0].failed);
  CHECK(keys(d[0].updated) == std::vector<int>{1, 2});
  CHECK(keys(d[0].removed) == std::vector<int>{3});
}

TEST_CASE("a view may be registered while a row fails, and heals") {
  engine e = with_posts();
  step(e, {put(value(object{{"id", id("post", 2)}, {"score", "many"}}), 6)});
  const auto s = e.register_view("v", "SELECT id, score + 1 AS next FROM post", {});
  REQUIRE(s.ok());
  CHECK(s->failed);
  CHECK(s->members.empty());
  const auto d = step(e, {erase("post", 2, 7)});
  REQUIRE(d.size() == 1);
  CHECK(d[0].healed);
  CHECK(keys(d[0].added) == std::vector<int>{1, 3});
}

TEST_CASE("a top-k view refills when its rows leave") {
  engine e;
  std::vector<value> posts;
  for (int i = 0; i < 500; ++i) posts.push_back(post(i, i));
  REQUIRE(e.load("post", posts, 1).ok());
  REQUIRE(e.register_view("v", "SELECT * FROM post ORDER BY score DESC LIMIT 3", {}).ok());
  sequence_number seq = 1;
  for (int i = 499; i > 2; --i) {
    const auto d = step(e, {erase("post", i, ++seq)});
    REQUIRE(d.size() == 1);
    CHECK(keys(d[0].removed) == std::vector<int>{i});
    if (i >= 3) CHECK(keys(d[0].added) == std::vector<int>{i - 3});
  }
  CHECK(keys(e.snapshot("v")->members) == std::vector<int>{2, 1, 0});
}

TEST_CASE("a change below a top-k view's bound does not reach it") {
  engine e;
  std::vector<value> posts;
  for (int i = 0; i < 500; ++i) posts.push_back(post(i, i));
  REQUIRE(e.load("post", posts, 1).ok());
  REQUIRE(e.register_view("v", "SELECT * FROM post ORDER BY score DESC LIMIT 3", {}).ok());
  CHECK(step(e, {put(post(10, 11), 2)}).empty());
  const auto d = step(e, {put(post(10, 1000), 3)});
  REQUIRE(d.size() == 1);
  CHECK(keys(d[0].added) == std::vector<int>{10});
  CHECK(keys(d[0].removed) == std::vector<int>{497});
  REQUIRE(d[0].order);
  CHECK((*d[0].order)[0] == record_id{"post", value(10)});
}

TEST_CASE("a renamed author updates the posts that show the name, and no others") {
  engine e = with_posts();
  REQUIRE(e.register_view("v", "SELECT id, author.name AS who FROM post", {}).ok());
  const auto d = step(e, {put(author(1, "eve"), 6)});
  REQUIRE(d.size() == 1);
  CHECK(keys(d[0].updated) == std::vector<int>{1, 2});
  CHECK(d[0].updated[0].row["who"] == value("eve"));
  CHECK(d[0].updated[0].version == 5);
}

TEST_CASE("related rows come with parent, alias and path, and only touched parents move") {
  engine e = with_posts();
  const auto s = e.register_view("v",
                                 "SELECT *, (SELECT *, (SELECT * FROM author WHERE id = "
                                 "$parent.author)[0] AS writer FROM post "
                                 "WHERE author = $parent.id) AS posts FROM author",
                                 {});
  REQUIRE(s.ok());
  REQUIRE(s->members.size() == 2 + 3 + 3);
  CHECK(s->members[0].id == record_id{"author", value(1)});
  CHECK_FALSE(s->members[0].parent);
  CHECK(s->members[1].id == record_id{"post", value(1)});
  CHECK(s->members[1].parent == record_id{"author", value(1)});
  CHECK(s->members[1].alias == "posts");
  CHECK(s->members[1].path == "posts");
  CHECK(s->members[2].id == record_id{"author", value(1)});
  CHECK(s->members[2].parent == record_id{"post", value(1)});
  CHECK(s->members[2].alias == "writer");
  CHECK(s->members[2].path == "posts.writer");

  const auto d = step(e, {put(post(4, 40, 2), 6, change_op::create)});
  REQUIRE(d.size() == 1);
  REQUIRE(d[0].added.size() == 2);
  CHECK(d[0].added[0].id == record_id{"post", value(4)});
  CHECK(d[0].added[0].parent == record_id{"author", value(2)});
  CHECK(d[0].added[1].path == "posts.writer");
  REQUIRE(d[0].updated.size() == 1);
  CHECK(d[0].updated[0].id == record_id{"author", value(2)});
  CHECK(d[0].removed.empty());
}

TEST_CASE("a nested related row stays as long as one row of the result still shows it") {
  engine e = with_posts();
  const auto comment = [](int key) {
    return value(object{{"id", id("comment", key)}, {"author", id("author", 1)}});
  };
  REQUIRE(e.load("comment", std::vector<value>{comment(1), comment(2)}, 5).ok());
  const auto s = e.register_view("v",
                                 "SELECT *, (SELECT *, (SELECT * FROM comment WHERE author = "
                                 "$parent.id) AS comments FROM author WHERE id = $parent.author) "
                                 "AS author FROM post",
                                 {});
  REQUIRE(s.ok());
  CHECK(s->members.size() == 3 + 3 + 2);  // posts, their authors, and the one author's comments

  auto d = step(e, {erase("post", 1, 6)});
  REQUIRE(d.size() == 1);
  REQUIRE(d[0].removed.size() == 2);
  CHECK(d[0].removed[0].id == record_id{"post", value(1)});
  CHECK(d[0].removed[1].id == record_id{"author", value(1)});
  CHECK(d[0].removed[1].parent == record_id{"post", value(1)});

  d = step(e, {put(post(4, 40, 1), 7, change_op::create), put(comment(2), 8)});
  REQUIRE(d.size() == 1);
  CHECK(keys(d[0].added) == std::vector<int>{4, 1});
  REQUIRE(d[0].updated.size() == 1);
  CHECK(d[0].updated[0].id == record_id{"comment", value(2)});
  CHECK(d[0].updated[0].version == 8);

  d = step(e, {erase("post", 2, 9), erase("post", 4, 10)});
  REQUIRE(d.size() == 1);
  CHECK(d[0].removed.size() == 2 * 2 + 2);
  CHECK(e.snapshot("v")->members.size() == 2);
}

TEST_CASE("a link into a table that is not loaded is refused, then heals") {
  engine e;
  const std::vector<value> posts{post(1, 10)};
  REQUIRE(e.load("post", posts, 1).ok());
  const auto refused = e.register_view("v", "SELECT *, author.name AS who FROM post", {});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.failure().code == errc::not_ready);
  CHECK(refused.failure().table == "author");
  CHECK(e.dependencies()["reads"] == value(0));

  REQUIRE(step(e, {erase("post", 1, 2)}).empty());
  REQUIRE(e.register_view("v", "SELECT *, author.name AS who FROM post", {}).ok());
  auto d = step(e, {put(post(2, 1), 3, change_op::create)});
  REQUIRE(d.size() == 1);
  REQUIRE(d[0].failed);
  CHECK(d[0].failed->message.find("post:2") != std::string::npos);
  CHECK(e.missing_tables() == std::vector<std::string>{"author"});
  const std::vector<value> authors{author(1, "ann")};
  REQUIRE(e.load("author", authors, 3).ok());
  d = step(e, {});
  REQUIRE(d.size() == 1);
  CHECK(d[0].healed);
  REQUIRE(d[0].added.size() == 1);
  CHECK(d[0].added[0].row["who"] == value("ann"));
  CHECK(e.missing_tables().empty());
}

TEST_CASE("loading is checked, and refused once views depend on the table") {
  engine e;
  const std::vector<value> foreign{author(1, "ann")};
  CHECK(e.load("post", foreign, 1).failure().code == errc::invalid_argument);
  const std::vector<value> posts{post(1, 10)};
  const std::vector<std::uint64_t> versions{7, 8};
  CHECK(e.load("post", posts, 1, versions).failure().code == errc::invalid_argument);
  CHECK(e.load("post", posts, 1, std::span(versions).first(1)).ok());
  const std::vector<value> more{post(2, 10)};
  CHECK(e.load("post", more, 1).ok());
  const auto s = e.register_view("v", "SELECT * FROM post", {});
  REQUIRE(s.ok());
  CHECK(s->members[0].version == 7);
  CHECK(s->members[1].version == 1);
  CHECK(e.load("post", more, 2).failure().code == errc::conflict);
  const auto tables = e.tables();
  REQUIRE(tables.size() == 1);
  CHECK(tables[0].rows == 2);
  CHECK(tables[0].views == 1);
  CHECK(tables[0].bytes > 100);
  e.reset();
  CHECK_FALSE(e.has_table("post"));
  CHECK(e.applied() == 0);
}

TEST_CASE("a table loaded ahead of another does not hide the other's changes") {
  engine e;
  const std::vector<value> posts{post(1, 10)};
  const std::vector<value> authors{author(1, "ann")};
  REQUIRE(e.load("author", authors, 20).ok());
  REQUIRE(e.load("post", posts, 10).ok());
  CHECK(e.applied() == 10);
  REQUIRE(e.register_view("v", "SELECT *, author.name AS who FROM post", {}).ok());
  const auto d = step(e, {put(post(1, 11), 11), put(author(1, "old"), 12)});
  REQUIRE(d.size() == 1);
  CHECK(d[0].updated[0].row["score"] == value(11));
  CHECK(d[0].updated[0].row["who"] == value("ann"));
}

TEST_CASE("a top-k view of few rows hears only of changes in its range") {
  engine e;
  std::vector<value> posts;
  for (int i = 0; i < 500; ++i) posts.push_back(post(i, i));
  REQUIRE(e.load("post", posts, 1).ok());
  REQUIRE(
      e.register_view("v", "SELECT * FROM post WHERE score > 495 ORDER BY score LIMIT 3", {}).ok());
  CHECK((*e.explain("v"))["interest"] == value(array{value("post.score > 495")}));
  CHECK(step(e, {put(post(1, 2), 2)}).empty());
  const auto d = step(e, {put(post(1, 496), 3)});
  REQUIRE(d.size() == 1);
  CHECK(keys(d[0].added) == std::vector<int>{1});
  CHECK(keys(d[0].removed) == std::vector<int>{498});
}

TEST_CASE("shared indexes go with their last user") {
  engine e = with_posts();
  REQUIRE(e.register_view("a", "SELECT * FROM post WHERE author = author:1", {}).ok());
  REQUIRE(e.register_view("b", "SELECT * FROM post WHERE author = author:2", {}).ok());
  const auto indexes = [&] {
    return e.dependencies()["tables"]["post"]["indexes"].as_array().size();
  };
  CHECK(indexes() == 1);
  e.unregister_view("a");
  CHECK(indexes() == 1);
  e.unregister_view("b");
  CHECK(indexes() == 0);
}

TEST_CASE("explain tells mode, reason, operators and tables") {
  engine e = with_posts();
  REQUIRE(
      e.register_view("a", "SELECT * FROM post WHERE author = author:1 ORDER BY score LIMIT 2", {})
          .ok());
  REQUIRE(e.register_view("b", "SELECT * FROM [post:1, post:2]", {}).ok());
  const auto a = e.explain("a");
  REQUIRE(a.ok());
  CHECK((*a)["mode"] == value("incremental"));
  CHECK((*a)["tables"] == value(array{value("author"), value("post")}));
  CHECK((*a)["interest"] == value(array{value("post.author = author:1")}));
  const auto b = e.explain("b");
  REQUIRE(b.ok());
  CHECK((*b)["mode"] == value("recompute"));
  CHECK((*b)["reason"].as_string().find("records") != std::string_view::npos);
  CHECK(e.explain("c").failure().code == errc::not_found);
}

TEST_CASE("a recomputed view runs again only when what it read has changed") {
  engine e = with_posts();
  const auto s = e.register_view("v", "SELECT * FROM [post:1, post:2]", {});
  REQUIRE(s.ok());
  CHECK(keys(s->members) == std::vector<int>{1, 2});
  CHECK(step(e, {put(post(3, 31), 6)}).empty());
  const auto d = step(e, {put(post(2, 21), 7)});
  REQUIRE(d.size() == 1);
  CHECK(keys(d[0].updated) == std::vector<int>{2});
  REQUIRE(d[0].result);
}

TEST_CASE("a record without its id in the body still has it in rows") {
  engine e = with_posts();
  REQUIRE(e.register_view("v", "SELECT * FROM post WHERE score = 77", {}).ok());
  change c = put(post(9, 0), 6);
  c.record = value(object{{"score", value(77)}});
  const auto d = step(e, {c});
  REQUIRE(d.size() == 1);
  CHECK(d[0].added[0].row["id"] == id("post", 9));
}

TEST_CASE("a list of 100,000 keys in IN is one view that finds its rows by index") {
  engine e = with_posts();
  array keys_in_list;
  for (int i = 0; i < 100'000; ++i) keys_in_list.emplace_back(i * 10);
  const auto s = e.register_view("v", "SELECT * FROM post WHERE score IN $list",
                                 {{"list", value(std::move(keys_in_list))}});
  REQUIRE(s.ok());
  CHECK(s->members.size() == 3);
  CHECK(step(e, {put(post(1, 11), 6)}).size() == 1);
  CHECK(step(e, {put(post(1, 12), 7)}).empty());
  CHECK(e.unregister_view("v"));
}

TEST_CASE("a table that no view reads can be forgotten, and loaded again") {
  engine e = with_posts();
  const std::vector<std::string> both{"author", "post"};
  CHECK(e.unused_tables() == both);
  REQUIRE(e.register_view("v", "SELECT id, author.name AS who FROM post", {}).ok());
  // No text names it, but rows link to it.
  CHECK(e.unused_tables().empty());
  CHECK_FALSE(e.unload("author"));
  CHECK_FALSE(e.unload("post"));
  CHECK_FALSE(e.unload("nobody"));
  REQUIRE(e.unregister_view("v"));
  CHECK(e.unused_tables() == both);
  CHECK(e.unload("post"));
  CHECK_FALSE(e.has_table("post"));
  CHECK(e.table_count() == 1);
  CHECK(e.register_view("v", "SELECT * FROM post", {}).failure().code == errc::not_ready);
  // What changes meanwhile is not its business.
  CHECK(step(e, {put(post(9, 9), 8)}).empty());

  const std::vector<value> posts{post(2, 21), post(9, 9)};
  REQUIRE(e.load("post", posts, 8).ok());
  const auto again = e.register_view("v", "SELECT * FROM post", {});
  REQUIRE(again.ok());
  CHECK(again->result == value(array{post(2, 21), post(9, 9)}));
  CHECK(step(e, {put(post(2, 22), 9)}).size() == 1);
}

TEST_CASE("a first row that goes just beyond what its view knows of is still told as changed") {
  engine e;
  std::vector<value> posts;
  for (int i = 1; i <= 100; ++i) posts.push_back(post(i, 10 * i));
  REQUIRE(e.load("post", posts, 5).ok());
  REQUIRE(e.register_view("v", "SELECT * FROM post ORDER BY score LIMIT 1", {}).ok());
  // The view remembers 34 rows and asks for more when none is left: here the last one is row 34.
  sequence_number seq = 5;
  for (int i = 1; i < 34; ++i) step(e, {erase("post", i, ++seq)});
  const auto d = step(e, {put(post(34, 345), ++seq)});
  REQUIRE(d.size() == 1);
  REQUIRE(keys(d[0].updated) == std::vector<int>{34});
  CHECK(d[0].updated[0].row == post(34, 345));
  CHECK(e.snapshot("v")->result == value(array{post(34, 345)}));
}

TEST_CASE("parameters that are named as an event's are parameters like any other") {
  for (const char* name : {"value", "input", "before", "after", "event"}) {
    CAPTURE(name);
    engine e = with_posts();
    const auto s =
        e.register_view("v", std::string("SELECT VALUE score FROM post WHERE score = $") + name,
                        object{{name, value(20)}});
    REQUIRE(s.ok());
    CHECK(s->result == value(array{value(20)}));
  }
}

TEST_CASE("a group whose row is NONE is told of when it appears after registration") {
  engine e = with_posts();
  REQUIRE(
      e.register_view("v", "SELECT VALUE kind FROM post WHERE score > 100 GROUP BY kind", {}).ok());
  const auto d = step(e, {put(post(1, 101), 6)});
  REQUIRE(d.size() == 1);
  REQUIRE(d[0].result.has_value());
  CHECK(*d[0].result == value(array{value::none()}));
  CHECK(e.snapshot("v")->result == value(array{value::none()}));
}
