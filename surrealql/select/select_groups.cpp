#include "surrealql/evaluate/evaluation.hpp"
#include "surrealql/select/select_plan.hpp"

#include <algorithm>
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

result<array> select_plan::group_inputs(const eval_context& context) const {
  array inputs;
  for (const group_output& output : group_outputs_) {
    for (const aggregate_call& one : output.calls) {
      if (!one.argument) {
        inputs.emplace_back();
        continue;
      }
      SPOOKY_ASSIGN(value v, evaluate_or_none(*one.argument, context));
      inputs.push_back(std::move(v));
    }
  }
  return inputs;
}

result<bool> select_plan::groups_nothing(const eval_context& context) const {
  if (!select_->group_all) return false;
  if (!context.source || !context.source->permissions_apply()) return true;
  if (!counts_rows_only_) return false;
  eval_context outside = context;
  outside.document = nullptr;
  outside.row = nullptr;
  SPOOKY_ASSIGN(const value from, evaluate(*select_->from[0], outside));
  if (from.is_record()) return !context.source->hides(from.as_record().table);
  return from.type() != value_type::table || !context.source->hides(from.as_string());
}

result<select_plan::group_state> select_plan::new_group(const eval_context& context) const {
  group_state state(*this);
  eval_context outside = context;
  outside.document = nullptr;
  outside.row = nullptr;
  for (const group_output& output : group_outputs_) {
    for (const aggregate_call& one : output.calls) {
      value separator;
      if (one.separator) {
        SPOOKY_ASSIGN(separator, evaluate_or_none(*one.separator, outside));
      }
      state.accumulators_.emplace_back(one.function, rules_, std::move(separator));
      if (select_->group_all) state.accumulators_.back().stop_at_overflow();
    }
  }
  return state;
}

result<void> select_plan::group_state::add(const eval_context& context) {
  SPOOKY_ASSIGN(const array inputs, plan_->group_inputs(context));
  add_inputs(inputs);
  return {};
}

std::size_t select_plan::group_state::add_inputs(const array& inputs) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    accumulators_[i].add(inputs[i]);
    kept += accumulators_[i].bytes_kept_of(inputs[i]);
  }
  return kept;
}

std::size_t select_plan::group_state::bytes() const noexcept {
  return sizeof(group_state) + accumulators_.size() * sizeof(accumulator);
}

result<value> select_plan::group_row(const array& key, const group_state& state,
                                     const eval_context& context) const {
  array results;
  for (const accumulator& one : state.accumulators_) results.push_back(one.finish());
  return row_of_results(key, results, context);
}

select_plan::running_group select_plan::new_running_group() const {
  running_group group;
  for (const group_output& output : group_outputs_)
    for (const aggregate_call& one : output.calls)
      group.aggregates_.emplace_back(one.function, rules_);
  return group;
}

void select_plan::running_group::add(const array& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) aggregates_[i].add(inputs[i]);
}

void select_plan::running_group::remove(const array& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) aggregates_[i].remove(inputs[i]);
}

bool select_plan::running_group::exact() const noexcept {
  return std::ranges::all_of(aggregates_, &running_aggregate::exact);
}

result<value> select_plan::group_row(const array& key, const running_group& group,
                                     const eval_context& context) const {
  array results;
  for (const running_aggregate& one : group.aggregates_) results.push_back(one.finish());
  return row_of_results(key, results, context);
}

result<value> select_plan::row_of_results(const array& key, const array& results,
                                          const eval_context& context) const {
  // Nearly always each output is a member of the row, and the row is made once.
  const bool flat = std::ranges::all_of(
      group_outputs_, [](const group_output& output) { return output.path.size() == 1; });
  object members;
  if (flat) members.reserve(group_outputs_.size());
  value row = object();
  std::size_t next = 0;
  for (const group_output& output : group_outputs_) {
    value v;
    if (output.key) {
      v = *output.key < key.size() ? key[*output.key] : value();
    } else if (!output.rest) {
      v = results[next];
    } else {
      std::vector<object::member> named;
      for (std::size_t k = 0; k < output.calls.size(); ++k)
        named.emplace_back("_a" + std::to_string(k), results[next + k]);
      const value document = object(std::move(named));
      eval_context inner = context;
      inner.document = &document;
      inner.row = nullptr;
      auto outcome = evaluate(*output.rest, inner);
      if (!outcome.ok() && !is_ignorable(outcome.failure())) return std::move(outcome).failure();
      v = outcome.ok() ? *std::move(outcome) : value::null();
    }
    next += output.calls.size();
    if (select_->value_only) return v;
    if (flat)
      members.set(output.path.front(), std::move(v));
    else
      set_at(row, output.path, v);
  }
  return flat ? value(std::move(members)) : row;
}

}  // namespace spooky::surrealql
