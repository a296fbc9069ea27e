#include "surrealql/analyse/analyse.hpp"

#include "surrealql/syntax/parse.hpp"
#include "surrealql/syntax/print.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

select_ptr parsed(std::string_view text) {
  auto select = parse_select(text);
  REQUIRE_MESSAGE(select.ok(), text);
  return *select;
}

std::string dotted(const field_path& path) {
  std::string out;
  for (const std::string& name : path) out += (out.empty() ? "" : ".") + name;
  return out;
}

// A predicate as text, to compare whole shapes at once.
std::string shape(const predicate& p) {
  if (const auto* all = std::get_if<predicate::conjunction>(&p.node)) {
    std::string out;
    for (const predicate& part : all->all) out += (out.empty() ? "" : " & ") + shape(part);
    return "(" + out + ")";
  }
  if (const auto* any = std::get_if<predicate::disjunction>(&p.node)) {
    std::string out;
    for (const predicate& part : any->any) out += (out.empty() ? "" : " | ") + shape(part);
    return "(" + out + ")";
  }
  if (const auto* one = std::get_if<field_comparison>(&p.node)) {
    const expr_ptr side = std::make_shared<const expr>(expr{literal{one->constant}, {}});
    path field;
    for (const std::string& name : one->field) field.parts.emplace_back(field_part{name});
    const auto left = std::make_shared<const expr>(expr{std::move(field), {}});
    return "[" + print(expr{binary{one->op, left, side}, {}}) + "]";
  }
  return "?" + print(*std::get<predicate::other>(p.node).condition);
}

std::string split(std::string_view condition, const object& params = {}) {
  const auto select = parsed("SELECT * FROM t WHERE " + std::string(condition));
  return shape(split_condition(fold_constants(select->where, params)));
}

query_use analysed(std::string_view text, const object& params = {}) {
  return analyse(*parsed(text), params);
}

bool reads(const query_use& use, std::string_view field) {
  return std::ranges::any_of(use.fields,
                             [&](const field_path& path) { return dotted(path) == field; });
}

bool links(const query_use& use, std::string_view link, std::string_view rest) {
  return std::ranges::any_of(use.links, [&](const link_use& one) {
    return dotted(one.link) == link && dotted(one.rest) == rest;
  });
}

}  // namespace

TEST_CASE("A condition is broken into comparisons an index can serve") {
  CHECK(split("a = 1") == "[a = 1]");
  CHECK(split("1 = a") == "[a = 1]");
  CHECK(split("5 < a.b") == "[a.b > 5]");
  CHECK(split("a = 1 AND b > 2 AND (c = 3 OR c = 4)") ==
        "([a = 1] & [b > 2] & ([c = 3] | [c = 4]))");
  CHECK(split("a IN [1, 2]") == "[a INSIDE [1, 2]]");
  CHECK(split("tags CONTAINS 'x'") == "[tags CONTAINS 'x']");
  CHECK(split("'x' IN tags") == "[tags CONTAINS 'x']");
  CHECK(split("$this.a = 1") == "[a = 1]");
}

TEST_CASE("What no index answers exactly stays a condition") {
  CHECK(split("a = b") == "?a = b");
  CHECK(split("a + 1 = 2") == "?a + 1 = 2");
  CHECK(split("a = /x/") == "?a = /x/");
  CHECK(split("a IN 'xyz'") == "?a INSIDE 'xyz'");
  CHECK(split("a[0] = 1") == "?a[0] = 1");
  CHECK(split("!a") == "?!a");
}

TEST_CASE("Parameters and constant parts are folded, rows' parts are not") {
  const object params{{"x", 3}, {"ids", value(array{1, 2})}};
  CHECK(split("a = $x", params) == "[a = 3]");
  CHECK(split("a > $x + 1", params) == "[a > 4]");
  CHECK(split("a IN $ids", params) == "[a INSIDE [1, 2]]");
  CHECK(split("a = $parent.x", params) == "?a = $parent.x");
  CHECK(split("a = 1 + 'x'", params) == "?a = 1 + 'x'");
}

TEST_CASE("Folding keeps the names of projections") {
  const auto folded =
      fold_constants(parsed("SELECT $x + 1, $x + 1 AS y FROM t WHERE a = $x"), {{"x", 3}});
  CHECK(print(*folded) == "SELECT $x + 1, 4 AS y FROM t WHERE a = 3");
}

TEST_CASE("Fields and record links of the main row are found") {
  const auto use = analysed("SELECT author.name, score * 2 AS s FROM post WHERE active ORDER BY s");
  CHECK(use.tables == std::vector<std::string>{"post"});
  CHECK(reads(use, "author.name"));
  CHECK(reads(use, "score"));
  CHECK(reads(use, "active"));
  CHECK_FALSE(reads(use, "s"));
  CHECK(links(use, "author", "name"));
  CHECK_FALSE(use.whole_row);
  REQUIRE(use.sources.size() == 1);
  CHECK(use.sources[0].kind == source_kind::table);
}

TEST_CASE("FETCH and stars follow links too") {
  CHECK(links(analysed("SELECT * FROM post FETCH author"), "author", ""));
  CHECK(links(analysed("SELECT author.* FROM post"), "author", ""));
  CHECK(analysed("SELECT * FROM post").whole_row);
}

TEST_CASE("Sub-queries come with what ties them to their row") {
  const auto use = analysed(
      "SELECT id, (SELECT * FROM comment WHERE thread = $parent.id AND hidden = false) AS "
      "comments, "
      "(SELECT * FROM user WHERE id = $parent.author LIMIT 1)[0] AS author FROM thread");
  CHECK(use.tables == std::vector<std::string>{"comment", "thread", "user"});
  REQUIRE(use.subqueries.size() == 2);
  const subquery_use& comments = use.subqueries[0];
  CHECK(comments.direct);
  CHECK_FALSE(comments.first_only);
  CHECK(comments.correlated);
  REQUIRE(comments.correlations.size() == 1);
  CHECK(dotted(comments.correlations[0].inner) == "thread");
  CHECK(dotted(comments.correlations[0].outer) == "id");
  CHECK(print(*comments.residual) == "hidden = false");
  CHECK(use.subqueries[1].first_only);
  CHECK(dotted(use.subqueries[1].correlations[0].outer) == "author");
  CHECK(reads(use, "author"));
}

TEST_CASE("A nested sub-query's parent is the row in between") {
  const auto use = analysed(
      "SELECT id, (SELECT id, (SELECT * FROM c WHERE b = $parent.id) AS cs FROM b WHERE a = "
      "$parent.id) AS bs FROM a");
  REQUIRE(use.subqueries.size() == 1);
  CHECK_FALSE(use.reads_parent);
  const auto inner = analyse(*use.subqueries[0].select, {});
  CHECK(inner.reads_parent);
  CHECK(dotted(inner.parent_fields.at(0)) == "id");
  CHECK(use.tables == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("Graph steps name their tables") {
  const auto use = analysed("SELECT ->likes->post AS liked FROM person WHERE <-follows");
  CHECK(use.tables == std::vector<std::string>{"follows", "likes", "person", "post"});
  REQUIRE(use.graphs.size() == 3);
  CHECK(use.graphs[0].from_row);
  CHECK(use.graphs[2].in == clause::where);
  CHECK(use.graphs[2].direction == graph_direction::in);
}

TEST_CASE("Sources are told apart") {
  const object params{{"ids", value(array{value(record_id{"a", 1})})},
                      {"one", value(record_id{"a", 1})}};
  const auto kind_of = [&](std::string_view from) {
    return analysed("SELECT * FROM " + std::string(from), params).sources.at(0).kind;
  };
  CHECK(kind_of("a") == source_kind::table);
  CHECK(kind_of("a:1") == source_kind::record);
  CHECK(kind_of("a:1..5") == source_kind::record_range);
  CHECK(kind_of("$ids") == source_kind::records);
  CHECK(kind_of("[a:1, b:2]") == source_kind::records);
  CHECK(kind_of("$one") == source_kind::record);
  CHECK(kind_of("(SELECT * FROM a)") == source_kind::subquery);
  CHECK(kind_of("a:1->e") == source_kind::graph);
  CHECK(kind_of("[1, 2]") == source_kind::other);
}

TEST_CASE("Aggregates are listed with their arguments") {
  const auto use = analysed("SELECT k, count() AS n, math::sum(v) + 1 AS s FROM t GROUP BY k");
  REQUIRE(use.aggregates.size() == 2);
  CHECK(use.aggregates[0].function == "count");
  CHECK(use.aggregates[0].argument == nullptr);
  CHECK(use.aggregates[1].projection == 2);
  CHECK(print(*use.aggregates[1].argument) == "v");
}
