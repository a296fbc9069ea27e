#pragma once

#include "surrealql/syntax/ast.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace spooky::surrealql::test {

/// Makes random trees as the parser would: what it folds (arrays of literals, signs before numbers,
/// record ids without parts to evaluate) appears in folded form only.
class random_tree {
 public:
  explicit random_tree(std::uint64_t seed) : random_(seed) {}

  expr_ptr expression(int depth);
  select_ptr select(int depth);

 private:
  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
  }
  bool chance(int percent) { return below(100) < static_cast<std::size_t>(percent); }
  template <class Choices>
  auto pick(const Choices& from) {
    return from[below(std::size(from))];
  }

  std::string name();
  value scalar();
  value key();
  expr_ptr leaf();
  expr_ptr field_path(int depth, bool basic);
  expr_ptr any_path(int depth);
  expr_ptr collection(int depth);
  expr_ptr operation(int depth);
  expr_ptr control(int depth);
  expr_ptr record(int depth);
  expr_ptr key_range(int depth);
  std::vector<expr_ptr> several(int depth, std::size_t least);
  path_part part(int depth);
  graph_part graph(int depth);
  recurse_part recursion(int depth);
  destructure_part destructuring(int depth);
  void row_clauses(select_statement& s, int depth);

  std::mt19937_64 random_;
};

}  // namespace spooky::surrealql::test
