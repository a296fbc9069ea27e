#include "client_model.hpp"
#include "random_world.hpp"
#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/evaluate/map_source.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/text.hpp"
#include "views/engine/engine.hpp"
#include "views/results/identical.hpp"

#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;

/// I5: after every step each view equals its query, run from scratch by the evaluator over an
/// independent copy of the data; and a client that only sees deltas has the same rows.
namespace {

struct watched {
  std::string id;
  std::string text;
  object params;
  surrealql::select_ptr select;
  std::optional<client_model> client;
};

result<value> from_scratch(const watched& w, const surrealql::map_source& source) {
  surrealql::eval_context context;
  context.source = &source;
  context.params = &w.params;
  return surrealql::run(*w.select, context);
}

void check_view(const engine& e, watched& w, const world& data, sequence_number seq) {
  CAPTURE(w.text);
  CAPTURE(seq);
  const auto now = e.snapshot(w.id);
  REQUIRE(now.ok());
  const auto expected = from_scratch(w, data.source());
  if (!expected.ok()) {
    CAPTURE(expected.failure().message);
    REQUIRE(now->failed);
  } else {
    CAPTURE(surrealql::to_text(*expected));
    CAPTURE(surrealql::to_text(now->result));
    if (now->failed) CAPTURE(now->failed->message);
    REQUIRE_FALSE(now->failed);
    REQUIRE(identical(now->result, *expected));
  }
  REQUIRE(w.client->compare(*now) == "");
}

void run_differential(const std::vector<std::string>& queries, unsigned seed, int steps) {
  CAPTURE(seed);
  world data(seed);
  engine e;
  for (const char* table : {"author", "post", "comment", "likes"})
    REQUIRE(e.load(table, {}, 0).ok());
  std::vector<watched> views;
  sequence_number seq = 0;
  const object params{{"who", value(record_id{"author", value(1)})},
                      {"list", value(array{value(1), value(2.0), value("text")})},
                      {"limit", value(3)}};
  const auto open = [&](const std::string& text) {
    CAPTURE(text);
    auto parsed = surrealql::parse_select(text);
    if (!parsed.ok()) FAIL(parsed.failure().message);
    watched w{"v" + std::to_string(views.size()), text, params, *parsed, {}};
    auto first = e.register_view(w.id, text, params);
    if (!first.ok()) FAIL(first.failure().message);
    w.client.emplace(*first);
    views.push_back(std::move(w));
    check_view(e, views.back(), data, seq);
  };
  // Half of the views see the data grow from nothing, half start in the middle.
  for (std::size_t i = 0; i < queries.size(); i += 2) open(queries[i]);
  for (int step = 0; step < steps; ++step) {
    if (step == steps / 3)
      for (std::size_t i = 1; i < queries.size(); i += 2) open(queries[i]);
    std::vector<change> batch;
    for (unsigned i = data.below(3) == 0 ? data.below(12) : 1; i > 0; --i)
      batch.push_back(data.next(++seq));
    std::map<std::string, const view_delta*> seen;
    const auto deltas = e.step(batch);
    for (const view_delta& d : deltas) {
      CAPTURE(d.view_id);
      REQUIRE(d.seq == seq);
      REQUIRE(seen.emplace(d.view_id, &d).second);
    }
    for (watched& w : views) {
      CAPTURE(w.text);
      CAPTURE(seq);
      if (const auto d = seen.find(w.id); d != seen.end())
        REQUIRE(w.client->apply(*d->second) == "");
      check_view(e, w, data, seq);
    }
  }
  for (const watched& w : views) REQUIRE(e.unregister_view(w.id));
  const value left = e.dependencies();
  for (const auto& [table, entry] : left["tables"].as_object()) {
    CAPTURE(surrealql::to_text(entry));
    CHECK(entry["indexes"].as_array().empty());
  }
  CHECK(left["reads"] == value(0));
}

unsigned seeds() {
  const char* given = std::getenv("SPOOKY_DIFFERENTIAL_SEEDS");
  return given == nullptr ? 2 : static_cast<unsigned>(std::atoi(given));
}

void run_differential(const std::vector<std::string>& queries) {
  for (unsigned seed = 1; seed <= seeds(); ++seed) run_differential(queries, seed, 250);
}

}  // namespace

TEST_CASE("filters equal their queries") {
  run_differential({
      "SELECT * FROM post",
      "SELECT * FROM post WHERE author = $who",
      "SELECT * FROM post WHERE author = author:2 AND active = true",
      "SELECT * FROM post WHERE score IN $list",
      "SELECT * FROM post WHERE score > 3",
      "SELECT * FROM post WHERE score >= 2 AND score < 6",
      "SELECT * FROM post WHERE score < 2 OR author = $who",
      "SELECT * FROM post WHERE author = $who OR title IN ['t1', 't2']",
      "SELECT * FROM post WHERE score = NONE",
      "SELECT * FROM post WHERE active",
      "SELECT * FROM post WHERE !active AND title != 't1'",
      "SELECT * FROM post WHERE tags CONTAINS 'k1'",
      "SELECT * FROM post WHERE 'k1' IN tags AND meta.level = 1",
      "SELECT * FROM post WHERE meta.level = 2",
      "SELECT * FROM post WHERE id = post:3",
      "SELECT * FROM post WHERE id IN [post:1, post:2, post:p1, author:1] AND active = true",
      "SELECT * FROM post:3..8",
      "SELECT * FROM post:3>..=8 WHERE active = true",
      "SELECT * FROM post, author",
      "SELECT * FROM author, post WHERE age > 3 OR score > 3",
      "SELECT * FROM post WHERE score IN []",
      "SELECT * FROM post WHERE 4 < score AND 7 >= score",
  });
}

TEST_CASE("projections equal their queries") {
  run_differential({
      "SELECT id, title, score + 1 AS next FROM post WHERE type::is_number(score)",
      "SELECT title, meta.level FROM post WHERE author = $who",
      "SELECT VALUE title FROM post WHERE active = true",
      "SELECT VALUE id FROM post",
      "SELECT *, [title, active] AS pair FROM post",
      "SELECT * OMIT tags, meta FROM post WHERE active = true",
      "SELECT id, IF active THEN 'on' ELSE 'off' END AS state FROM post",
      "SELECT id FROM post WHERE title = 't1'",
      "SELECT tags[0] AS first, id FROM post",
      "SELECT meta.{level}, id FROM post",
  });
}

TEST_CASE("ordered and cut results equal their queries") {
  run_differential({
      "SELECT * FROM post ORDER BY score",
      "SELECT * FROM post ORDER BY score DESC, title",
      "SELECT * FROM post ORDER BY score DESC LIMIT 3",
      "SELECT * FROM post ORDER BY title, score LIMIT $limit START 2",
      "SELECT * FROM post LIMIT 4",
      "SELECT * FROM post LIMIT 4 START 3",
      "SELECT * FROM post START 3",
      "SELECT * FROM post LIMIT 0",
      "SELECT * FROM post WHERE active = true ORDER BY score LIMIT 2",
      "SELECT * FROM post WHERE score > 3 ORDER BY title DESC LIMIT 3",
      "SELECT * FROM post WHERE author = $who ORDER BY title LIMIT 2 START 1",
      "SELECT * FROM post WHERE active ORDER BY title LIMIT 2 START 1",
      "SELECT id, title, author.name AS who FROM post ORDER BY who, title LIMIT 5",
      "SELECT *, author.name AS who FROM post ORDER BY who DESC, id",
      "SELECT *, author.age AS age FROM post WHERE author.name = 'b' ORDER BY age LIMIT 3",
      "SELECT VALUE title FROM post ORDER BY title LIMIT 3",
      "SELECT * FROM post:2..9 ORDER BY score LIMIT 3",
      "SELECT * FROM ONLY post ORDER BY score LIMIT 1",
      "SELECT title, score FROM post ORDER BY score NUMERIC, title COLLATE DESC",
      "SELECT * FROM post, author ORDER BY id DESC LIMIT 7",
  });
}

TEST_CASE("links equal their queries") {
  run_differential({
      "SELECT * FROM post WHERE author.name = 'a'",
      "SELECT *, author.name AS author_name FROM post",
      "SELECT title, author.boss.name AS boss FROM post WHERE author.boss.name = 'b'",
      "SELECT author.* AS a, id FROM post WHERE author.age > 3",
      "SELECT * FROM post FETCH author",
      "SELECT * FROM post WHERE active = true FETCH author, author.boss",
      "SELECT *, post.author.name AS op FROM comment WHERE post.author.name IN ['a', 'c']",
      "SELECT post.title AS title, n FROM comment WHERE post.active = true AND n > 2",
      "SELECT author.{name, age}, title FROM post",
  });
}

TEST_CASE("related sub-queries equal their queries") {
  run_differential({
      "SELECT *, (SELECT * FROM comment WHERE post = $parent.id) AS comments FROM post",
      "SELECT *, (SELECT * FROM comment WHERE post = $parent.id ORDER BY n DESC LIMIT 2) AS top "
      "FROM "
      "post WHERE active = true",
      "SELECT *, (SELECT *, (SELECT * FROM author WHERE id = $parent.author)[0] AS writer FROM "
      "comment "
      "WHERE post = $parent.id) AS comments FROM post WHERE author = $who",
      "SELECT *, (SELECT name FROM author WHERE id = $parent.author LIMIT 1)[0] AS writer FROM "
      "post",
      "SELECT id, (SELECT VALUE n FROM comment WHERE post = $parent.id) AS ns FROM post",
      "SELECT id, (SELECT count() FROM comment WHERE post = $parent.id GROUP ALL)[0].count AS n "
      "FROM post",
      "SELECT id, (SELECT n, count() FROM comment WHERE post = $parent.id GROUP BY n) AS by_n FROM "
      "post",
      "SELECT * FROM author WHERE id IN (SELECT VALUE author FROM post WHERE active = true)",
      "SELECT id, count((SELECT id FROM comment WHERE post = $parent.id AND n > 2)) AS many FROM "
      "post",
      "SELECT *, (SELECT * FROM post WHERE author = $parent.id AND active = true ORDER BY title "
      "LIMIT 2 "
      "START 1) AS posts FROM author ORDER BY name LIMIT 3",
      "SELECT *, (SELECT *, (SELECT *, (SELECT * FROM author WHERE id = $parent.author) AS a FROM "
      "comment "
      "WHERE post = $parent.id) AS comments FROM post WHERE author = $parent.id) AS posts FROM "
      "author",
      "SELECT id, (SELECT * FROM comment WHERE author IN [$parent.author, author:1]) AS cs FROM "
      "post",
      "SELECT id, (SELECT count() FROM likes GROUP ALL) AS likes FROM author",
      "SELECT *, (SELECT *, (SELECT * FROM comment WHERE author = $parent.id) AS comments FROM "
      "author WHERE id = $parent.author) AS by FROM post",
      "SELECT *, (SELECT *, (SELECT *, (SELECT * FROM post WHERE id = $parent.post) AS of FROM "
      "comment WHERE author = $parent.id) AS comments FROM author WHERE id = $parent.author)[0] AS "
      "by FROM post ORDER BY score DESC, id LIMIT 3",
      "SELECT *, score + 1 AS next, (SELECT *, (SELECT * FROM comment WHERE author = $parent.id) "
      "AS comments FROM author WHERE id = $parent.author) AS by FROM post",
  });
}

TEST_CASE("graph paths equal their queries") {
  run_differential({
      "SELECT id, ->likes->post AS liked FROM author",
      "SELECT id, <-likes<-author.name AS fans FROM post WHERE active = true",
      "SELECT id, count(<-likes) AS likes FROM post",
      "SELECT * FROM post WHERE count(<-likes) > 1",
      "SELECT id, ->(likes WHERE weight > 1)->post.title AS titles FROM author",
      "SELECT id, ->likes.weight AS weights FROM author",
  });
}

TEST_CASE("groups equal their queries") {
  run_differential({
      "SELECT count() FROM post GROUP ALL",
      "SELECT count(), math::sum(score) AS total FROM post GROUP ALL",
      "SELECT author, count() AS n, math::sum(score) AS total, math::mean(score) AS mean FROM post "
      "GROUP BY "
      "author",
      "SELECT author, math::min(score) AS low, math::max(score) AS high FROM post WHERE active = "
      "true "
      "GROUP BY author",
      "SELECT title, math::stddev(score) AS s, math::variance(score) AS v, math::median(score) AS "
      "m FROM "
      "post GROUP BY title",
      "SELECT title, array::group(tags) AS tags, array::distinct(author) AS authors FROM post "
      "GROUP BY title",
      "SELECT author.name AS name, count() AS n FROM post GROUP BY name ORDER BY n DESC, name "
      "LIMIT 2",
      "SELECT active, title, count(score > 3) AS good FROM post GROUP BY active, title",
      "SELECT math::sum(author.age) AS ages, count() FROM post GROUP ALL",
      "SELECT title, math::sum(score) + count() AS both FROM post GROUP BY title ORDER BY both",
      "SELECT VALUE count() FROM post WHERE active = true GROUP ALL",
      "SELECT title, score FROM post GROUP BY title",
      "SELECT count() FROM post, author GROUP ALL",
      "SELECT author, count() FROM post GROUP BY author ORDER BY author",
      "SELECT author, count() FROM post GROUP BY author FETCH author",
      "SELECT meta.level AS level, math::max(weight) AS w, math::sum(n) AS s FROM post, comment, "
      "likes "
      "GROUP BY level",
      "SELECT math::max(score), math::min(score), math::mean(score) FROM post WHERE score != "
      "'text' "
      "GROUP ALL",
      "SELECT math::sum(n) AS s, math::mean(n) AS m, math::min(n) AS low, math::max(n) AS high "
      "FROM "
      "comment GROUP ALL",
  });
}

TEST_CASE("split results equal their queries") {
  run_differential({
      "SELECT * FROM post SPLIT tags",
      "SELECT id, tags, title FROM post SPLIT tags ORDER BY tags, title",
      "SELECT tags FROM post WHERE active = true SPLIT tags LIMIT 4",
      "SELECT id, tags, author.name AS who FROM post SPLIT tags",
  });
}

TEST_CASE("failing rows fail the view as they fail the query, and it heals") {
  run_differential({
      "SELECT * FROM post WHERE string::len(score) > 1 OR true",
      "SELECT id, score * 2 AS double FROM post",
      "SELECT id, score * 2 AS double FROM post LIMIT 3",
      "SELECT id, title, score * 2 AS double FROM post ORDER BY title LIMIT 2",
      "SELECT * FROM post WHERE score * 2 > 6 LIMIT 2",
      "SELECT * FROM post WHERE score * 2 > 6 ORDER BY title LIMIT 2",
      "SELECT * FROM post WHERE active = true AND score + 1 > 0",
      "SELECT *, (SELECT * FROM comment WHERE post = $parent.id AND n + $parent.score > 0) AS c "
      "FROM post",
  });
}

TEST_CASE("what is recomputed equals its query too") {
  run_differential({
      "SELECT * FROM [post:1, post:2, post:1, author:1]",
      "SELECT * FROM post:1",
      "SELECT * FROM post:1..4, post:3..9",
      "SELECT * FROM ONLY post:1",
      "SELECT * FROM (SELECT * FROM post WHERE active = true) WHERE title = 't1'",
      "SELECT VALUE $this FROM [1, 2, 3]",
      "SELECT *, (SELECT * FROM comment WHERE post = $parent.id) AS c FROM post:1, post:2",
  });
}
