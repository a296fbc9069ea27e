#include "protocol/tree_codec.hpp"

#include "tests/unit/protocol/bodies.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace spooky;
using namespace spooky::test;

TEST_CASE(
    "nodes are asked for by their paths, rows by their ids; without either the root is meant") {
  const auto asked = read_tree_question(body("{ nodes: ['', '0f'], rows: ['t:1', t:2] }"));
  REQUIRE(asked.ok());
  CHECK(asked->paths == std::vector<std::string>{"", "0f"});
  CHECK(asked->rows == std::set<std::string>{"t:1", "t:2"});
  CHECK(read_tree_question(body("{}"))->paths == std::vector<std::string>{""});
  CHECK(read_tree_question(body("{ rows: ['t:1'] }"))->paths.empty());
}

TEST_CASE("a question of another shape is refused by its field, and one that asks too much") {
  for (const char* text :
       {"{ nodes: 'a' }", "{ nodes: [1] }", "{ nodes: ['G'] }", "{ nodes: ['AB'] }"}) {
    CAPTURE(text);
    const auto refused = read_tree_question(body(text));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.failure().code == errc::invalid_argument);
    CHECK(refused.failure().message.find("'nodes'") != std::string::npos);
  }
  CHECK_FALSE(
      read_tree_question(value{object{{"nodes", value{array{value{std::string(65, 'a')}}}}}}).ok());
  CHECK_FALSE(read_tree_question(body("{ rows: [1] }")).ok());
  CHECK_FALSE(read_tree_question(body("[]")).ok());
  const auto many = [](const char* field, std::size_t count) {
    return read_tree_question(value{object{{field, value{array(count, value{"a"})}}}});
  };
  CHECK(many("nodes", tree_question::most_nodes).ok());
  CHECK(many("nodes", tree_question::most_nodes + 1).failure().code == errc::limit_exceeded);
  CHECK(many("rows", tree_question::most_rows + 1).failure().code == errc::limit_exceeded);
}

TEST_CASE("a node is told with its children or its leaves, a row with its version") {
  tree_answer answer;
  answer.tree.seq = 7;
  answer.tree.root = "aa";
  answer.tree.nodes.push_back({"", "aa", 20, {"b", "c"}, {}});
  answer.tree.nodes.push_back({"0", "b", 1, {}, {{value{record_id{"t", value{1}}}, 3, "d"}}});
  answer.rows.emplace_back(record_id{"t", value{1}}, 3, value{object{{"n", value{1}}}});
  CHECK(
      to_body(answer) ==
      body(
          "{ seq: 7, root: 'aa', nodes: [{ path: '', hash: 'aa', count: 20, children: ['b', 'c'] },"
          " { path: '0', hash: 'b', count: 1, leaves: [[t:1, 3, 'd']] }],"
          " rows: [[t:1, 3, { n: 1 }]] }"));
}
