#include "client_model.hpp"
#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/text.hpp"
#include "views/engine/engine.hpp"
#include "views/results/identical.hpp"

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::views;

/// Which rows a view waits for, where its WHERE leaves a choice: `explain` tells.
namespace {

value post(int key, bool active, int author, int score) {
  return value(object{{"id", value(record_id{"post", value(key)})},
                      {"active", value(active)},
                      {"author", value(record_id{"author", value(author)})},
                      {"score", value(score)},
                      {"kind", value(key % 10 == 0 ? "rare" : "usual")},
                      {"tags", value(array{value("all"), value("t" + std::to_string(key % 50))})}});
}

value with_tags(value record, value tags) {
  object changed = record.as_object();
  changed.set("tags", std::move(tags));
  return value(std::move(changed));
}

change put(const value& record, sequence_number seq) {
  change c;
  c.seq = seq;
  c.op = change_op::update;
  c.id = record["id"].as_record();
  c.record = record;
  return c;
}

change erasure(const value& record, sequence_number seq) {
  change c = put(record, seq);
  c.op = change_op::erase;
  c.record = value::none();
  return c;
}

constexpr int rows = 1'000;

engine with_posts() {
  engine e;
  std::vector<value> posts;
  for (int i = 0; i < rows; ++i) posts.push_back(post(i, i % 2 == 0, i % 100, i));
  REQUIRE(e.load("post", posts, 1).ok());
  return e;
}

std::string interest(const engine& e, std::string_view view = "v") {
  return surrealql::to_text((*e.explain(view))["interest"]);
}

std::string interest_of(engine& e, std::string_view where) {
  const auto text = "SELECT * FROM post WHERE " + std::string(where);
  REQUIRE(e.register_view("v", text, {}).ok());
  auto out = interest(e);
  REQUIRE(e.unregister_view("v"));
  return out;
}

}  // namespace

TEST_CASE("the term that lets fewer rows through is waited for, wherever it stands") {
  engine e = with_posts();
  const std::string author = "['post.author = author:7']";
  CHECK(interest_of(e, "active = true AND author = author:7") == author);
  CHECK(interest_of(e, "author = author:7 AND active = true") == author);
  CHECK(interest_of(e, "score > 10 AND active = true AND author = author:7") == author);
  CHECK(interest_of(e, "author = author:7 AND kind = 'usual' AND score > 10") == author);
  CHECK(interest_of(e, "kind = 'usual' AND score = 7") == "['post.score = 7']");
  CHECK(interest_of(e, "score > 10 AND score < 900 AND kind = 'rare'") ==
        R"(["post.kind = 'rare'"])");
  CHECK(interest_of(e, "kind = 'usual' AND id = post:3") == "['record post:3']");
}

TEST_CASE("of several ways to be in, all are waited for, but only if they are few") {
  engine e = with_posts();
  CHECK(interest_of(e, "active = true AND (author = author:7 OR score = 3)") ==
        "['post.author = author:7', 'post.score = 3']");
  CHECK(interest_of(e, "author = author:7 AND (active = true OR kind = 'usual')") ==
        "['post.author = author:7']");
  CHECK(interest_of(e, "(active = true AND author = author:7) OR (kind = 'usual' AND score = 3)") ==
        "['post.author = author:7', 'post.score = 3']");
}

TEST_CASE("the narrower of two ranges on two fields is waited for") {
  engine e = with_posts();
  CHECK(interest_of(e, "author > author:5 AND author < author:95 AND score >= 10 AND score < 20") ==
        "['post.score >= 10 < 20']");
  CHECK(interest_of(e, "score >= 10 AND score < 990 AND author > author:97") ==
        "['post.author > author:97']");
}

TEST_CASE("a view that looks for an element waits for lists that hold it") {
  engine e = with_posts();
  const std::string t7 = R"(["post.tags CONTAINS 't7'"])";
  CHECK(interest_of(e, "tags CONTAINS 't7'") == t7);
  CHECK(interest_of(e, "'t7' IN tags") == t7);
  CHECK(interest_of(e, "tags CONTAINS 't7' AND active = true") == t7);
  CHECK(interest_of(e, "tags CONTAINSANY ['t7', 't8']") ==
        R"(["post.tags CONTAINS 't7'", "post.tags CONTAINS 't8'"])");
  CHECK(interest_of(e, "['t7', 't8'] ANYINSIDE tags") ==
        R"(["post.tags CONTAINS 't7'", "post.tags CONTAINS 't8'"])");
  CHECK(interest_of(e, "tags CONTAINSALL ['all', 't7']") == t7);
  CHECK(interest_of(e, "tags CONTAINS 't7' AND author = author:7 AND score = 7") ==
        "['post.score = 7']");
  CHECK(interest_of(e, "tags CONTAINS 'all'") == "['every row of post']");
  CHECK(interest_of(e, "kind CONTAINS 'us'") == "['every row of post']");
  CHECK(interest_of(e, "tags CONTAINSALL []") == "['every row of post']");
}

TEST_CASE("a view of an element hears of its rows alone") {
  engine e = with_posts();
  REQUIRE(e.register_view("v", "SELECT id FROM post WHERE tags CONTAINS 't7'", {}).ok());
  sequence_number seq = 1;
  const auto evaluations = [&] { return (*e.explain("v"))["cost"]["evaluations"]; };
  const auto step = [&](const value& row) { return e.step(std::vector<change>{put(row, ++seq)}); };
  const value before = evaluations();
  CHECK(step(post(8, true, 1, 1)).empty());
  CHECK(evaluations() == before);
  CHECK(step(with_tags(post(8, true, 1, 1), value(array{value("x"), value("t7"), value("t7")})))
            .at(0)
            .added.size() == 1);
  CHECK(step(with_tags(post(8, true, 1, 1), value("it7 is a text"))).at(0).updated.size() <= 1);
  CHECK(e.snapshot("v")->members.size() == 21);
  CHECK(step(with_tags(post(8, true, 1, 1), value::none())).at(0).removed.size() == 1);
  CHECK(step(with_tags(post(7, true, 1, 1), value(array{}))).at(0).removed.size() == 1);
}

TEST_CASE("without rows the kinds of values decide") {
  engine e;
  REQUIRE(e.load("post", std::vector<value>{}, 1).ok());
  CHECK(interest_of(e, "active = true AND kind = 'usual'") == R"(["post.kind = 'usual'"])");
  CHECK(interest_of(e, "kind = 'usual' AND author = author:7") == "['post.author = author:7']");
  CHECK(interest_of(e, "score > 10 AND kind = 'usual'") == R"(["post.kind = 'usual'"])");
}

TEST_CASE("a view chooses again when rows turn out otherwise, and nobody notices but by the cost") {
  engine e;
  REQUIRE(e.load("post", std::vector<value>{}, 1).ok());
  REQUIRE(e.register_view("v", "SELECT * FROM post WHERE kind = 'usual' AND score = 900", {}).ok());
  REQUIRE(interest(e) == R"(["post.kind = 'usual'"])");
  sequence_number seq = 1;
  for (int i = 0; i < 300; ++i)
    for (const auto& delta : e.step(std::vector<change>{put(post(i, true, 1, i), ++seq)}))
      FAIL("nothing has changed, but " << delta.view_id << " says so");
  CHECK(interest(e) == "['post.score = 900']");

  const auto in = e.step(std::vector<change>{put(post(301, true, 1, 900), ++seq)});
  REQUIRE(in.size() == 1);
  CHECK(in[0].added.size() == 1);
  CHECK(e.snapshot("v")->members.size() == 1);
  const auto out = e.step(std::vector<change>{put(post(301, true, 1, 5), ++seq)});
  REQUIRE(out.size() == 1);
  CHECK(out[0].removed.size() == 1);
}

TEST_CASE("a view that had to choose wrongly does not choose again and again") {
  engine e;
  REQUIRE(e.load("post", std::vector<value>{}, 1).ok());
  REQUIRE(
      e.register_view("v", "SELECT * FROM post WHERE kind = 'usual' AND active = false", {}).ok());
  sequence_number seq = 1;
  std::size_t changes = 0;
  std::string last = interest(e);
  for (int round = 0; round < 20; ++round)
    for (int i = 0; i < 200; ++i) {
      // By turns all rows are of one kind, then all of the other.
      const value row = round % 2 == 0 ? post(2 * i * 5 + 1, true, 1, round)
                                       : post(2 * i * 5 + 1, false, 1, round);
      object changed = row.as_object();
      changed.set("kind", value(round % 2 == 0 ? "usual" : "rare"));
      (void)e.step(std::vector<change>{put(value(std::move(changed)), ++seq)});
      if (const auto now = interest(e); now != last) {
        ++changes;
        last = now;
      }
    }
  CHECK(changes <= 8);
}

TEST_CASE("whatever a view waits for, it shows what its query finds") {
  const unsigned seed = 20261130;
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto term = [&]() -> std::string {
    static constexpr const char* wanted[] = {"'a'", "'b'", "1", "1.0", "NONE", "['a']"};
    const auto element = [&]() -> std::string { return wanted[pick(6)]; };
    switch (pick(8)) {
      case 0:
        return pick(2) == 0 ? "active = true" : "active = false";
      case 1:
        return "author = author:" + std::to_string(pick(20));
      case 2:
        return pick(2) == 0 ? "kind = 'usual'" : "kind = 'rare'";
      case 3:
        return "score = " + std::to_string(pick(100));
      case 4:
        return "tags CONTAINS " + element();
      case 5:
        return "tags CONTAINSANY [" + element() + ", " + element() + "]";
      case 6:
        return "tags CONTAINSALL [" + element() + ", " + element() + "]";
      default:
        return "score > " + std::to_string(pick(100));
    }
  };
  engine e;
  REQUIRE(e.load("post", std::vector<value>{}, 1).ok());
  struct watched {
    std::string id, text;
    surrealql::select_ptr select;
    client_model client;
  };
  std::vector<watched> views;
  for (int i = 0; i < 40; ++i) {
    std::string text = "SELECT * FROM post WHERE " + term() + " AND " + term();
    if (pick(2) == 0) text += " AND (" + term() + " OR " + term() + ")";
    if (pick(3) == 0) text += " ORDER BY score, id LIMIT 5";
    const auto id = "v" + std::to_string(i);
    const auto first = e.register_view(id, text, {});
    REQUIRE(first.ok());
    views.push_back({id, text, *surrealql::parse_select(text), client_model(*first)});
  }
  sequence_number seq = 1;
  for (int step = 0; step < 1'500; ++step) {
    // What is usual drifts, so that what was chosen first does not stay right.
    const bool late = step > 750;
    value row =
        post(pick(400), pick(late ? 10 : 2) == 0, late ? pick(20) : 3, late ? pick(100) : 50);
    const value lists[] = {value(array{value("a"), value("b"), value("a")}),
                           value(array{value(1), value("b")}),
                           value::set(array{value("a")}),
                           value(array{value(1.0), value(array{value("a")})}),
                           value(array{value::none(), value::regex("a")}),
                           value("a text"),
                           value(object{{"a", value(1)}}),
                           value::none(),
                           value(7)};
    row = with_tags(std::move(row), lists[pick(9)]);
    const change next = pick(20) == 0 ? erasure(row, ++seq) : put(row, ++seq);
    for (const auto& delta : e.step(std::vector<change>{next}))
      for (auto& w : views)
        if (w.id == delta.view_id) REQUIRE(w.client.apply(delta) == "");
    if (step % 100 != 99) continue;
    for (const auto& w : views) {
      CAPTURE(w.text);
      CAPTURE(step);
      surrealql::eval_context context;
      context.source = &e.source();
      const auto expected = surrealql::run(*w.select, context);
      REQUIRE(expected.ok());
      const auto now = e.snapshot(w.id);
      REQUIRE(now.ok());
      REQUIRE(identical(now->result, *expected));
      REQUIRE(w.client.compare(*now) == "");
    }
  }
}
