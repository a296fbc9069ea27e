#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/evaluate/map_source.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/text.hpp"

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

map_source numbered_rows(int count) {
  map_source source;
  for (int i = 0; i < count; ++i)
    REQUIRE(source.put(object{{"id", value(record_id{"t", i})}, {"n", i}}).ok());
  return source;
}

// Counts how many rows a scan hands out.
class counting_source final : public table_source {
 public:
  explicit counting_source(const table_source& inner) : inner_(inner) {}
  std::size_t scanned() const { return scanned_; }

  bool has_table(std::string_view table) const override { return inner_.has_table(table); }
  result<value> get(const record_id& id) const override { return inner_.get(id); }
  result<void> scan(std::string_view table, const value_range& keys,
                    const row_visitor& visit) const override {
    return inner_.scan(table, keys, [&](const value& row) {
      ++scanned_;
      return visit(row);
    });
  }
  result<void> edges(const record_id& node, graph_direction direction, std::string_view table,
                     const row_visitor& visit) const override {
    return inner_.edges(node, direction, table, visit);
  }
  result<value> info(const info_statement& what) const override { return inner_.info(what); }

 private:
  const table_source& inner_;
  mutable std::size_t scanned_ = 0;
};

select_ptr parsed(std::string_view text) {
  auto select = parse_select(text);
  REQUIRE_MESSAGE(select.ok(), text);
  return *select;
}

}  // namespace

TEST_CASE("A plain scan hands out its rows one by one and stops when told") {
  const map_source rows = numbered_rows(1000);
  const counting_source source(rows);
  eval_context context;
  context.source = &source;
  std::size_t seen = 0;
  const auto ran = run_streaming(*parsed("SELECT VALUE n FROM t WHERE n % 2 = 1"), context,
                                 [&](const value& row) {
                                   CHECK(row == value(static_cast<int>(2 * seen + 1)));
                                   return ++seen < 3;
                                 });
  CHECK(ran.ok());
  CHECK(seen == 3);
  CHECK(source.scanned() == 6);
}

TEST_CASE("LIMIT ends the scan early, START counts what it skips") {
  const map_source rows = numbered_rows(1000);
  const counting_source source(rows);
  eval_context context;
  context.source = &source;
  const auto answer = run(*parsed("SELECT VALUE n FROM t LIMIT 2 START 3"), context);
  REQUIRE(answer.ok());
  CHECK(to_text(*answer) == "[3, 4]");
  CHECK(source.scanned() == 5);
}

TEST_CASE("ORDER BY with LIMIT holds no more rows than it gives") {
  const map_source source = numbered_rows(5000);
  run_limits limits;
  limits.rows = 10;
  eval_context context;
  context.source = &source;
  budget spent(limits);
  context.spent = &spent;
  const auto best = run(*parsed("SELECT VALUE n FROM t ORDER BY n DESC LIMIT 3 START 1"), context);
  REQUIRE(best.ok());
  CHECK(to_text(*best) == "[4998, 4997, 4996]");
  const auto all = run(*parsed("SELECT VALUE n FROM t ORDER BY n DESC"), context);
  REQUIRE_FALSE(all.ok());
  CHECK(all.failure().code == errc::limit_exceeded);
}

TEST_CASE("Ties keep record id order, whatever LIMIT") {
  map_source source;
  for (int i = 0; i < 100; ++i)
    REQUIRE(source.put(object{{"id", value(record_id{"t", i})}, {"k", i % 3}}).ok());
  eval_context context;
  context.source = &source;
  const auto all = run(*parsed("SELECT k, id FROM t ORDER BY k DESC"), context);
  const auto some = run(*parsed("SELECT k, id FROM t ORDER BY k DESC LIMIT 40"), context);
  REQUIRE(all.ok());
  REQUIRE(some.ok());
  const array prefix(all->as_array().begin(), all->as_array().begin() + 40);
  CHECK(*some == value(prefix));
}

TEST_CASE("A run stops when its caller says so") {
  const map_source source = numbered_rows(2000);
  run_limits limits;
  limits.should_stop = [] { return true; };
  eval_context context;
  context.source = &source;
  budget spent(limits);
  context.spent = &spent;
  const auto answer = run(*parsed("SELECT * FROM t WHERE n < 0"), context);
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.failure().code == errc::timeout);
}

TEST_CASE("Deep nesting ends with an error, not with the stack") {
  const map_source source = numbered_rows(1);
  std::string text = "1";
  for (int i = 0; i < 20; ++i) text = "(SELECT VALUE " + text + " FROM t)";
  run_limits limits;
  limits.depth = 10;
  eval_context context;
  context.source = &source;
  budget spent(limits);
  context.spent = &spent;
  const auto expression = parse_expression(text);
  REQUIRE(expression.ok());
  const auto answer = evaluate(**expression, context);
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.failure().code == errc::limit_exceeded);
}

TEST_CASE("SPLIT of several long lists is refused before it multiplies") {
  map_source source;
  const array many(1000, value(1));
  REQUIRE(
      source.put(object{{"id", value(record_id{"t", 1})}, {"a", many}, {"b", many}, {"c", many}})
          .ok());
  run_limits limits;
  limits.rows = 100'000;
  eval_context context;
  context.source = &source;
  budget spent(limits);
  context.spent = &spent;
  const auto answer = run(*parsed("SELECT a, b, c FROM t SPLIT a, b, c"), context);
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.failure().code == errc::limit_exceeded);
}

TEST_CASE("WHERE on ids reads those records and scans nothing") {
  const map_source rows = numbered_rows(1000);
  const counting_source source(rows);
  const object params{{"ids", value(array{value(record_id{"t", 7}), value(record_id{"t", 3}),
                                          value(record_id{"t", 7}), value(record_id{"u", 1})})}};
  eval_context context;
  context.source = &source;
  context.params = &params;
  const auto some = run(*parsed("SELECT VALUE n FROM t WHERE id IN $ids AND n > 0"), context);
  REQUIRE(some.ok());
  CHECK(to_text(*some) == "[3, 7]");
  const auto one = run(*parsed("SELECT VALUE n FROM t WHERE n > 1 AND id = t:5"), context);
  REQUIRE(one.ok());
  CHECK(to_text(*one) == "[5]");
  CHECK(source.scanned() == 0);
}

TEST_CASE("An unknown table is an error, an empty one is not") {
  map_source source;
  source.define_table("empty");
  eval_context context;
  context.source = &source;
  const auto empty = run(*parsed("SELECT * FROM empty"), context);
  REQUIRE(empty.ok());
  CHECK(empty->as_array().empty());
  const auto missing = run(*parsed("SELECT * FROM nowhere"), context);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.failure().message == "The table 'nowhere' does not exist");
}

TEST_CASE("Comparisons of fields, parameters and literals are borrowed in place") {
  const value document = object{{"a", object{{"b", 5}}}, {"link", value(record_id{"t", 1})}};
  const object params{{"p", object{{"q", 7}}}};
  eval_context context;
  context.document = &document;
  context.params = &params;
  const auto borrowed = [&](std::string_view text) {
    const auto expression = parse_expression(text);
    REQUIRE(expression.ok());
    const value* v = evaluate_ref(**expression, context);
    return v ? to_text(*v) : "nothing";
  };
  CHECK(borrowed("a.b") == "5");
  CHECK(borrowed("$p.q") == "7");
  CHECK(borrowed("$this.a.b") == "5");
  CHECK(borrowed("a.b.c") == "NONE");
  CHECK(borrowed("link.name") == "nothing");
  CHECK(borrowed("a.b + 1") == "nothing");
}
