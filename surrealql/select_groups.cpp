#include "surrealql/evaluation.hpp"
#include "surrealql/select_plan.hpp"

#include <utility>

namespace spooky::surrealql {
namespace {

// Inside groups SurrealDB takes a row whose expression fails in the usual ways as NONE.
result<value> evaluate_or_none(const expr& expression, const eval_context& context) {
  auto v = evaluate(expression, context);
  if (!v.ok() && is_ignorable(v.failure())) return value();
  return v;
}

}  // namespace

result<array> select_plan::group_key(const eval_context& context) const {
  array key;
  key.reserve(group_keys_.size());
  for (const expr_ptr& expression : group_keys_) {
    SPOOKY_ASSIGN(value v, evaluate_or_none(*expression, context));
    key.push_back(std::move(v));
  }
  return key;
}

result<select_plan::group_state> select_plan::new_group(const eval_context& context) const {
  group_state state(*this);
  eval_context outside = context;
  outside.document = nullptr;
  outside.row = nullptr;
  state.accumulators_.resize(group_outputs_.size());
  for (std::size_t i = 0; i < group_outputs_.size(); ++i) {
    if (group_outputs_[i].key) continue;
    for (const aggregate_call& one : group_outputs_[i].calls) {
      value separator;
      if (one.separator) {
        SPOOKY_ASSIGN(separator, evaluate_or_none(*one.separator, outside));
      }
      state.accumulators_[i].emplace_back(one.function, std::move(separator));
    }
  }
  return state;
}

result<void> select_plan::group_state::add(const eval_context& context) {
  const auto& outputs = plan_->group_outputs_;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (std::size_t k = 0; k < accumulators_[i].size(); ++k) {
      const expr_ptr& argument = outputs[i].calls[k].argument;
      value v;
      if (argument) {
        SPOOKY_ASSIGN(v, evaluate_or_none(*argument, context));
      }
      accumulators_[i][k].add(v);
    }
  }
  return {};
}

result<value> select_plan::group_row(const array& key, const group_state& state,
                                     const eval_context& context) const {
  const auto output_value = [&](std::size_t i) -> result<value> {
    const group_output& output = group_outputs_[i];
    if (output.key) return *output.key < key.size() ? key[*output.key] : value();
    if (!output.rest) return state.accumulators_[i][0].finish();
    std::vector<object::member> results;
    for (std::size_t k = 0; k < state.accumulators_[i].size(); ++k)
      results.emplace_back("_a" + std::to_string(k), state.accumulators_[i][k].finish());
    const value document = object(std::move(results));
    eval_context inner = context;
    inner.document = &document;
    inner.row = nullptr;
    auto v = evaluate(*output.rest, inner);
    if (!v.ok() && is_ignorable(v.failure())) return value::null();
    return v;
  };
  if (select_->value_only) return group_outputs_.empty() ? value() : output_value(0);
  value row = object();
  for (std::size_t i = 0; i < group_outputs_.size(); ++i) {
    SPOOKY_ASSIGN(const value v, output_value(i));
    set_at(row, group_outputs_[i].path, v);
  }
  return row;
}

}  // namespace spooky::surrealql
