#include "surrealql/select/row_filter.hpp"

#include "surrealql/analyse/analyse.hpp"

#include <algorithm>
#include <utility>

namespace spooky::surrealql {
namespace {

// Below this a list is searched faster than hashed.
constexpr std::size_t long_list = 16;

bool is_row_param(const expr& e) noexcept {
  const auto* named = std::get_if<param>(&e.node);
  return named && (named->name == "this" || named->name == "self");
}

// A literal, a parameter or fields of one: something that has one value for all rows.
bool is_fixed(const expr& e) noexcept {
  if (std::holds_alternative<literal>(e.node)) return true;
  if (std::holds_alternative<param>(e.node)) return !is_row_param(e);
  const auto* steps = std::get_if<path>(&e.node);
  return steps && steps->start && std::holds_alternative<param>(steps->start->node) &&
         !is_row_param(*steps->start) &&
         std::ranges::all_of(steps->parts, [](const path_part& part) {
           return std::holds_alternative<field_part>(part);
         });
}

// A literal, or a parameter given with the query.
bool is_written_out(const expr& e) noexcept {
  const auto* named = std::get_if<param>(&e.node);
  return std::holds_alternative<literal>(e.node) ||
         (named && !is_row_param(e) && named->name != "parent");
}

// A comparison of plain fields with something fixed never fails, so rows it would not be asked for
// because another condition comes first give no other answer.
bool cannot_fail(const expr& e) {
  const auto* node = std::get_if<binary>(&e.node);
  if (!node || node->op < binary_op::equal || node->op > binary_op::outside) return false;
  const auto plain = [](const expr& side) { return is_fixed(side) || as_field_path(side); };
  return plain(*node->left) && plain(*node->right);
}

bool is_id(const expr& e) {
  const auto fields = as_field_path(e);
  return fields && fields->size() == 1 && fields->front() == "id";
}

}  // namespace

row_filter::row_filter(const expr_ptr& where, std::string_view table, const eval_context& context) {
  if (!where) return;
  add_parts(*where);
  if (!table.empty()) find_ids(table, context);
  for (condition& one : conditions_) prepare_list(one, context);
}

void row_filter::find_ids(std::string_view table, const eval_context& context) {
  const auto take_first = [&](bool anywhere) {
    for (auto at = conditions_.begin(); at != conditions_.end(); ++at) {
      const auto* node = std::get_if<binary>(&at->whole->node);
      if (node && take_ids(*node, table, context, anywhere)) {
        conditions_.erase(at);
        return true;
      }
      if (!anywhere && !cannot_fail(*at->whole)) return false;
    }
    return false;
  };
  // SurrealDB reads just the one record that `id = x` names, whatever stands before it.
  if (!take_first(true)) take_first(false);
}

void row_filter::add_parts(const expr& e) {
  if (const auto* node = std::get_if<binary>(&e.node); node && node->op == binary_op::logical_and) {
    add_parts(*node->left);
    add_parts(*node->right);
  } else {
    conditions_.push_back({&e, nullptr, {}});
  }
}

bool row_filter::take_ids(const binary& node, std::string_view table, const eval_context& context,
                          bool one_record) {
  const bool equality = node.op == binary_op::equal || node.op == binary_op::exact_equal;
  const expr* wanted = is_id(*node.left) ? node.right.get() : nullptr;
  if (!wanted && equality && is_id(*node.right)) wanted = node.left.get();
  if (!wanted || !(one_record ? is_written_out(*wanted) : is_fixed(*wanted)) ||
      (!equality && node.op != binary_op::inside))
    return false;
  const auto v = evaluate(*wanted, context);
  if (!v.ok() || (equality && v->type() == value_type::regex)) return false;
  if (one_record && !(equality && v->is_record() && v->as_record().table == table)) return false;
  if (!equality && !v->is_array() && v->type() != value_type::set) return false;
  std::vector<record_id> found;
  const auto take = [&](const value& id) {
    if (id.is_record() && id.as_record().table == table &&
        id.as_record().key.type() != value_type::range)
      found.push_back(id.as_record());
  };
  if (equality) {
    take(*v);
  } else {
    for (const value& item : v->as_array()) take(item);
  }
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  ids_ = std::move(found);
  return true;
}

void row_filter::prepare_list(condition& one, const eval_context& context) const {
  const auto* node = std::get_if<binary>(&one.whole->node);
  if (!node || node->op != binary_op::inside || !is_fixed(*node->right)) return;
  const auto list = evaluate(*node->right, context);
  if (!list.ok() || !list->is_array() || list->as_array().size() < long_list) return;
  const array& items = list->as_array();
  const bool patterns = std::ranges::any_of(
      items, [](const value& item) { return item.type() == value_type::regex; });
  if (patterns) return;
  one.member = node->left.get();
  one.list.insert(items.begin(), items.end());
}

result<bool> row_filter::passes(const eval_context& context) const {
  for (const condition& one : conditions_) {
    if (!one.member) {
      SPOOKY_ASSIGN(const bool passed, holds(*one.whole, context));
      if (!passed) return false;
      continue;
    }
    const value* in_place = evaluate_ref(*one.member, context);
    value computed;
    if (!in_place) {
      SPOOKY_ASSIGN(computed, evaluate(*one.member, context));
      in_place = &computed;
    }
    // A regex on the left matches texts instead of equalling them.
    if (in_place->type() == value_type::regex) {
      SPOOKY_ASSIGN(const bool passed, holds(*one.whole, context));
      if (!passed) return false;
    } else if (!one.list.contains(*in_place)) {
      return false;
    }
  }
  return true;
}

}  // namespace spooky::surrealql
