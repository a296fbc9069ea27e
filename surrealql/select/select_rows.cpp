#include "surrealql/evaluate/evaluation.hpp"
#include "surrealql/select/named_fields.hpp"
#include "surrealql/select/select_plan.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/geometry.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace spooky::surrealql {
namespace {

// The members a row is computed into: its own, or those of the record it names.
result<object> members_of(const value& row, const eval_context& context) {
  if (row.is_object()) return row.as_object();
  if (row.type() == value_type::geometry) return geometry_to_object(row.as_geometry()).as_object();
  if (row.is_record()) {
    SPOOKY_ASSIGN(const value linked, fetch_record(row.as_record(), context));
    if (linked.is_object()) return linked.as_object();
  }
  return object();
}

result<void> fetch_in_place(value& v, const eval_context& context) {
  if (v.is_record()) {
    SPOOKY_ASSIGN(v, fetch_record(v.as_record(), context));
  } else if (v.is_array() && std::ranges::any_of(v.as_array(), &value::is_record)) {
    spooky::array items = v.as_array();
    for (value& item : items)
      if (item.is_record()) {
        SPOOKY_ASSIGN(item, fetch_record(item.as_record(), context));
      }
    v = std::move(items);
  }
  return {};
}

result<void> fetch_at(value& v, std::span<const path_part> path, const eval_context& context);

result<void> fetch_each(value& v, std::span<const path_part> path, const eval_context& context) {
  if (v.is_object()) {
    std::vector<object::member> members(v.as_object().begin(), v.as_object().end());
    for (auto& [name, member] : members) SPOOKY_TRY(fetch_at(member, path, context));
    v = object(std::move(members));
  } else if (v.is_array()) {
    spooky::array items = v.as_array();
    for (value& item : items) SPOOKY_TRY(fetch_at(item, path, context));
    v = std::move(items);
  }
  return {};
}

result<void> fetch_member(value& v, const std::string& name, std::span<const path_part> rest,
                          const eval_context& context) {
  const value* found = v.as_object().find(name);
  if (!found) return {};
  value member = *found;
  SPOOKY_TRY(fetch_at(member, rest, context));
  if (member.same_payload(*found)) return {};
  object members = v.as_object();
  members.set(name, std::move(member));
  v = std::move(members);
  return {};
}

result<void> fetch_at(value& v, std::span<const path_part> path, const eval_context& context) {
  if (path.empty()) return fetch_in_place(v, context);
  if (v.is_record()) {
    SPOOKY_TRY(fetch_in_place(v, context));
    if (v.is_record()) return {};
  }
  const auto rest = path.subspan(1);
  if (const auto* field = std::get_if<field_part>(&path[0])) {
    if (v.is_object()) return fetch_member(v, field->name, rest, context);
    if (v.is_array()) return fetch_each(v, path, context);
  } else if (std::holds_alternative<all_part>(path[0])) {
    return fetch_each(v, rest, context);
  } else if (std::holds_alternative<last_part>(path[0]) && v.is_array() && !v.as_array().empty()) {
    spooky::array items = v.as_array();
    SPOOKY_TRY(fetch_at(items.back(), rest, context));
    v = std::move(items);
  }
  return {};
}

const std::vector<path_part>& parts_of(const expr& expression) {
  static const std::vector<path_part> none;
  const auto* steps = std::get_if<path>(&expression.node);
  return steps ? steps->parts : none;
}

error not_a_count(const char* clause, const std::string& found) {
  return fail(errc::evaluation_error,
              std::string(clause) + " must be a non-negative integer, but it is " + found);
}

result<std::size_t> count_of(const char* clause, const expr& expression,
                             const eval_context& context) {
  SPOOKY_ASSIGN(const value v, evaluate(expression, context));
  if (v.is_nullish()) return std::size_t{0};
  if (!v.is_number()) return not_a_count(clause, "a " + std::string(type_name(v.type())));
  std::int64_t whole = 0;
  if (v.type() == value_type::integer) {
    whole = v.as_integer();
  } else if (v.type() == value_type::floating) {
    const double d = v.as_floating();
    whole = !(d == d)      ? 0
            : d >= 9.2e18  ? INT64_MAX
            : d <= -9.2e18 ? INT64_MIN
                           : static_cast<std::int64_t>(d);
  } else {
    whole = v.as_decimal().to_integer().value_or(0);
  }
  if (whole < 0) return not_a_count(clause, std::to_string(whole));
  return static_cast<std::size_t>(whole);
}

}  // namespace

result<window> window_of(const expr_ptr& start, const expr_ptr& limit,
                         const eval_context& context) {
  eval_context inner = context;
  inner.document = nullptr;
  inner.row = nullptr;
  window out;
  if (limit) {
    SPOOKY_ASSIGN(out.limit, count_of("LIMIT", *limit, inner));
  }
  if (start) {
    SPOOKY_ASSIGN(out.start, count_of("START", *start, inner));
  }
  return out;
}

result<window> select_plan::window_of(const eval_context& context) const {
  return surrealql::window_of(select_->start, select_->limit, context);
}

result<bool> select_plan::passes(const eval_context& context) const {
  if (!select_->where) return true;
  return holds(*select_->where, context);
}

bool select_plan::drops(const value& document, const value& row) const noexcept {
  return how_ != how::value_only && !select_->grouped() && document.is_record() && row.is_none();
}

result<std::vector<value>> select_plan::split(value document, const eval_context& context) const {
  const std::size_t size = split_size(document);
  if (context.spent) {
    if (!context.spent->allows_rows(size)) return context.spent->failure();
    const std::size_t members = document.is_object() ? document.as_object().size() : 0;
    const std::size_t bytes = sizeof(value) + sizeof(object) + members * sizeof(object::member);
    if (!context.spent->spend(size) || !context.spent->fits(size * bytes))
      return context.spent->failure();
  }
  std::vector<value> rows;
  rows.push_back(std::move(document));
  for (const expr_ptr& at : select_->split) {
    std::vector<value> next;
    for (value& row : rows) {
      const value found = pick(row, parts_of(*at));
      const bool list = found.is_array() || found.type() == value_type::set;
      if (!list || found.as_array().empty()) {
        next.push_back(std::move(row));
        continue;
      }
      for (const value& item : found.as_array()) {
        next.push_back(row);
        put(next.back(), parts_of(*at), item);
      }
    }
    rows = std::move(next);
  }
  return rows;
}

std::size_t select_plan::split_size(const value& document) const {
  constexpr std::size_t most = static_cast<std::size_t>(-1);
  std::size_t rows = 1;
  for (const expr_ptr& at : select_->split) {
    const value found = pick(document, parts_of(*at));
    if (!found.is_array() && found.type() != value_type::set) continue;
    const std::size_t items = std::max<std::size_t>(found.as_array().size(), 1);
    rows = rows > most / items ? most : rows * items;
  }
  return rows;
}

result<value> select_plan::with_computed(const value& row, const std::vector<computed>& what,
                                         const eval_context& context) const {
  if (what.empty()) return row;
  SPOOKY_ASSIGN(object members, members_with(row, what, context));
  return value(std::move(members));
}

result<object> select_plan::members_with(const value& row, const std::vector<computed>& what,
                                         const eval_context& context) const {
  SPOOKY_ASSIGN(object members, members_of(row, context));
  eval_context inner = context;
  inner.document = &row;
  inner.row = nullptr;
  for (const computed& one : what) {
    SPOOKY_ASSIGN(value v, evaluate(*one.expression, inner));
    members.set(one.name, std::move(v));
  }
  return members;
}

result<value> select_plan::project(const eval_context& context) const {
  const value& document = context.document ? *context.document : none_value();
  if (sort_computed_.empty() && how_ == how::pick) return pick_members(document, context);
  SPOOKY_ASSIGN(const value row, with_computed(document, sort_computed_, context));
  if (how_ == how::value_only) {
    if (!value_from_.empty()) return value(row[value_from_]);
    eval_context inner = context;
    value kept = row;
    if (rules_.has(behaviour::omit_before_value)) SPOOKY_TRY(omit(kept, context));
    inner.document = &kept;
    inner.row = nullptr;
    return evaluate(*select_->projections[0].value, inner);
  }
  return how_ == how::pick ? pick_members(row, context) : evaluate_fields(row, context);
}

// Builds the row's members straight away, without the computed row in between.
result<value> select_plan::pick_computed(const object& row, const eval_context& context) const {
  spooky::array results;
  results.reserve(computed_.size());
  for (const computed& one : computed_) {
    SPOOKY_ASSIGN(value v, evaluate(*one.expression, context));
    results.push_back(std::move(v));
  }
  std::vector<object::member> out;
  out.reserve(copies_.size());
  for (const copy& one : copies_) {
    const value* found = one.computed_index ? &results[*one.computed_index] : row.find(one.from);
    out.emplace_back(one.to, found ? *found : value());
  }
  return value(object(std::move(out)));
}

result<value> select_plan::pick_members(const value& row, const eval_context& context) const {
  if (!star_ && row.is_object()) {
    eval_context inner = context;
    inner.document = &row;
    inner.row = nullptr;
    return pick_computed(row.as_object(), inner);
  }
  if (star_ && !computed_.empty()) {
    SPOOKY_ASSIGN(object members, members_with(row, computed_, context));
    return value(renamed(std::move(members)));
  }
  SPOOKY_ASSIGN(value full, with_computed(row, computed_, context));
  if (full.is_record()) {
    SPOOKY_ASSIGN(full, fetch_record(full.as_record(), context));
    if (!full.is_object()) return full;
  } else if (full.type() == value_type::geometry) {
    full = geometry_to_object(full.as_geometry());
  }
  if (!full.is_object() || (star_ && copies_.empty())) return full;
  const object& members = full.as_object();
  if (!star_) {
    std::vector<object::member> out;
    out.reserve(copies_.size());
    for (const copy& one : copies_) out.emplace_back(one.to, full[one.from]);
    return value(object(std::move(out)));
  }
  return value(renamed(members));
}

// The row's members, those that are copied under their new names.
object select_plan::renamed(object members) const {
  if (rules_.has(behaviour::projections_see_the_row)) {
    for (const copy& one : copies_) {
      const value* found = members.find(one.from);
      value v = found ? *found : value();
      if (one.from != one.to) members.erase(one.from);
      members.set(one.to, std::move(v));
    }
    return members;
  }
  spooky::array copied;
  copied.reserve(copies_.size());
  for (const copy& one : copies_) {
    const value* found = members.find(one.from);
    copied.push_back(found ? *found : value());
  }
  for (std::size_t i = 0; i < copies_.size(); ++i) {
    const copy& one = copies_[i];
    members.set(one.to, std::move(copied[i]));
    if (one.from != one.to) members.erase(one.from);
  }
  return members;
}

result<void> select_plan::evaluate_field_into(value& row, const field& one,
                                              const eval_context& context) const {
  const auto* named = std::get_if<call>(&one.expression->node);
  const bool fields = named && named->function == "type::fields" && named->arguments.size() == 1;
  const bool single = named && named->function == "type::field" && named->arguments.size() == 1;
  if (one.aliased || (!fields && !single)) {
    SPOOKY_ASSIGN(const value v, evaluate(*one.expression, context));
    set_at(row, one.path, v);
    return {};
  }
  SPOOKY_ASSIGN(const value names, evaluate(*named->arguments[0], context));
  const spooky::array list = names.is_array() ? names.as_array() : spooky::array{names};
  for (const value& name : list) {
    if (!name.is_string())
      return fail(errc::evaluation_error,
                  "Incorrect arguments for function " + named->function +
                      "(). Argument 1 was the wrong type. Expected `string` but found `" +
                      std::string(type_name(name.type())) + "`");
    if (context.spent && !context.spent->spend(1 + name.weight() / 16))
      return context.spent->failure();
    SPOOKY_ASSIGN(const expr_ptr written, parse_expression(name.as_string(), {.rules = rules_}));
    SPOOKY_ASSIGN(const value v, evaluate(*written, context));
    set_at(row, output_path(*written, nullptr, rules_), v);
  }
  return {};
}

result<value> select_plan::evaluate_fields(const value& row, const eval_context& context) const {
  eval_context inner = context;
  inner.document = &row;
  inner.row = nullptr;
  value out = object();
  if (star_) {
    if (row.is_object()) {
      out = row;
    } else if (row.is_record()) {
      SPOOKY_ASSIGN(out, fetch_record(row.as_record(), context));
      if (!out.is_object()) return out;
    } else if (fields_.empty()) {
      return row;
    }
  }
  const bool flat = !star_ && std::ranges::all_of(fields_, [](const field& f) {
    return f.path.size() == 1 && !std::holds_alternative<call>(f.expression->node);
  });
  if (flat) {
    std::vector<object::member> members;
    members.reserve(fields_.size());
    for (const field& one : fields_) {
      SPOOKY_ASSIGN(value v, evaluate(*one.expression, inner));
      members.emplace_back(one.path[0], std::move(v));
    }
    return value(object(std::move(members)));
  }
  for (const field& one : fields_) SPOOKY_TRY(evaluate_field_into(out, one, inner));
  return out;
}

result<void> select_plan::omit(value& row, const eval_context& context) const {
  if (names_written_out_) {
    for (const expr_ptr& at : select_->omit) omit_at(row, parts_of(*at));
  } else {
    SPOOKY_ASSIGN(const std::vector<expr_ptr> named, named_fields(select_->omit, context));
    for (const expr_ptr& at : named) omit_at(row, parts_of(*at));
  }
  for (const std::string& name : sort_only_) {
    const std::array<path_part, 1> only{field_part{name}};
    omit_at(row, only);
  }
  return {};
}

result<value> select_plan::finish(value row, const eval_context& context) const {
  if (how_ != how::value_only || select_->grouped()) SPOOKY_TRY(omit(row, context));
  if (names_written_out_) {
    for (const expr_ptr& at : select_->fetch) SPOOKY_TRY(fetch_at(row, parts_of(*at), context));
    return row;
  }
  SPOOKY_ASSIGN(const std::vector<expr_ptr> named, named_fields(select_->fetch, context));
  for (const expr_ptr& at : named) SPOOKY_TRY(fetch_at(row, parts_of(*at), context));
  return row;
}

result<array> select_plan::order_keys(const value& row, const eval_context& context) const {
  eval_context inner = context;
  inner.document = &row;
  inner.row = nullptr;
  spooky::array keys;
  keys.reserve(sort_keys_.size());
  if (select_->grouped()) {
    for (const sort_key& key : sort_keys_) {
      SPOOKY_ASSIGN(value v, evaluate(*key.expression, inner));
      keys.push_back(std::move(v));
    }
    return keys;
  }
  SPOOKY_ASSIGN(const value full, with_computed(row, sort_computed_, context));
  for (const sort_key& key : sort_keys_) keys.push_back(extract(key.path, full));
  return keys;
}

}  // namespace spooky::surrealql
