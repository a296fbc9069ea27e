#include "surrealql/analyse/clock_uses.hpp"

#include "surrealql/functions/functions.hpp"
#include "surrealql/syntax/print.hpp"
#include "surrealql/syntax/walk.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace spooky::surrealql {
namespace {

bool is_reading(const expr& e) {
  const auto* called = std::get_if<call>(&e.node);
  const function_entry* known = called != nullptr ? find_function(called->function) : nullptr;
  return known != nullptr && reads_clock(*known, called->arguments.size());
}

bool is_comparison(binary_op op) {
  return op == binary_op::equal || op == binary_op::exact_equal || op == binary_op::not_equal ||
         (op >= binary_op::less && op <= binary_op::greater_equal);
}

bool is_sum(binary_op op) { return op == binary_op::add || op == binary_op::subtract; }

/// Whether it gains as much in each second, or does not read the clock at all.
bool is_even(const expr& e) {
  if (!reads_clock(e)) return true;
  if (const auto* called = std::get_if<call>(&e.node)) return called->function == "time::now";
  const auto* node = std::get_if<binary>(&e.node);
  return node != nullptr && is_sum(node->op) && is_even(*node->left) && is_even(*node->right);
}

class finder {
 public:
  void visit(const select_statement& select) { for_each_child(select, below_); }

  std::vector<clock_use> found() && { return std::move(found_); }

 private:
  void visit(const expr& e) {
    const auto* node = std::get_if<binary>(&e.node);
    if (node != nullptr && is_comparison(node->op) && is_even(*node->left) &&
        is_even(*node->right)) {
      if (reads_clock(e)) add(e, clock_use::way::due);
    } else if (is_reading(e)) {
      add(e, clock_use::way::clocked);
    } else {
      for_each_child(e, below_);
    }
  }

  void add(const expr& e, clock_use::way kept) {
    std::string text = print(e);
    if (std::none_of(found_.begin(), found_.end(),
                     [&](const clock_use& known) { return known.expression == text; }))
      found_.push_back({std::move(text), kept});
  }

  child_visitor below_{[this](const expr& child) { visit(child); },
                       [this](const select_statement& inner) { visit(inner); }};
  std::vector<clock_use> found_;
};

}  // namespace

std::vector<clock_use> clock_uses(const select_statement& select) {
  finder all;
  all.visit(select);
  return std::move(all).found();
}

bool reads_clock(const expr& expression) {
  if (is_reading(expression)) return true;
  bool found = false;
  child_visitor below;
  below.on_expression = [&](const expr& child) { found = found || reads_clock(child); };
  below.on_select = [&](const select_statement& inner) { for_each_child(inner, below); };
  for_each_child(expression, below);
  return found;
}

bool moves_with_clock(const expr& expression) {
  if (const auto* called = std::get_if<call>(&expression.node))
    return called->function == "time::now" && called->arguments.empty();
  const auto* node = std::get_if<binary>(&expression.node);
  if (node == nullptr || !is_sum(node->op) || reads_clock(*node->right)) return false;
  return moves_with_clock(*node->left);
}

}  // namespace spooky::surrealql
