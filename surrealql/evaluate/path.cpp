#include "surrealql/evaluate/evaluation.hpp"
#include "surrealql/types/kind.hpp"
#include "surrealql/values/geometry.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace spooky::surrealql {
namespace {

// `name` in the object that a record's key is.
const value* key_member(const record_id& id, const std::string& name) noexcept {
  return id.key.is_object() ? id.key.as_object().find(name) : nullptr;
}

result<value> field_of(const value& of, const std::string& name, const eval_context& context) {
  switch (of.type()) {
    case value_type::object:
      return of[name];
    case value_type::record: {
      if (const value* part = context.rules.has(behaviour::fields_of_keys)
                                  ? key_member(of.as_record(), name)
                                  : nullptr)
        return *part;
      SPOOKY_ASSIGN(const value linked, fetch_record(of.as_record(), context));
      return linked[name];
    }
    case value_type::array: {
      array out;
      out.reserve(of.as_array().size());
      if (!context.spent->spend(1 + of.as_array().size() / 8)) return context.spent->failure();
      for (const value& item : of.as_array()) {
        SPOOKY_ASSIGN(value v, field_of(item, name, context));
        out.push_back(std::move(v));
      }
      return value(std::move(out));
    }
    case value_type::geometry:
      return geometry_to_object(of.as_geometry())[name];
    default:
      return value();
  }
}

// `[*]`: the items of a list, with record links among them followed.
result<value> all_of(const value& of, const eval_context& context) {
  if (of.is_record()) return fetch_record(of.as_record(), context);
  if (of.is_object()) return of;
  const bool lists_only = context.rules.has(behaviour::all_of_plain_values);
  if (!of.is_array()) return lists_only ? value() : value(array{of});
  const array& items = of.as_array();
  if (std::ranges::none_of(items, &value::is_record)) return of;
  array out;
  out.reserve(items.size());
  for (const value& item : items) {
    if (lists_only && !item.is_record()) {
      out.push_back(item);
      continue;
    }
    SPOOKY_ASSIGN(value v, all_of(item, context));
    out.push_back(std::move(v));
  }
  return value(std::move(out));
}

// A number as an index into a list: anything but a whole number from 0 on is out of every list,
// save that fractions are cut off.
std::size_t to_index(const value& number) {
  constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();
  if (number.type() == value_type::integer)
    return number.as_integer() < 0 ? nowhere : static_cast<std::size_t>(number.as_integer());
  if (number.type() == value_type::decimal) {
    const auto whole = number.as_decimal().to_integer();
    return whole.ok() && *whole >= 0 ? static_cast<std::size_t>(*whole) : 0;
  }
  const double v = number.as_floating();
  if (!(v > 0)) return 0;
  return v >= 1e18 ? nowhere : static_cast<std::size_t>(v);
}

// One end of a slice as a position, or the error for a bound that is no whole number.
result<std::size_t> slice_bound(const value& at) {
  static const kind integer = [] {
    kind whole_number;
    whole_number.type = kind::tag::integer;
    return whole_number;
  }();
  const auto whole = coerce(integer, at);
  if (!whole.ok()) return fail(errc::evaluation_error, "Invalid range: " + whole.failure().message);
  return to_index(*whole);
}

result<value> slice(const array& items, const value_range& range) {
  using bound = range_bound::kind;
  std::size_t begin = 0;
  std::size_t end = items.size();
  if (range.end.type != bound::unbounded) {
    SPOOKY_ASSIGN(end, slice_bound(range.end.at));
    if (range.end.type == bound::included && end <= items.size()) ++end;
  }
  if (range.begin.type != bound::unbounded) {
    SPOOKY_ASSIGN(begin, slice_bound(range.begin.at));
    if (range.begin.type == bound::excluded && begin <= items.size()) ++begin;
  }
  if (end > items.size() || begin > end) return value();
  return value(array(items.begin() + static_cast<std::ptrdiff_t>(begin),
                     items.begin() + static_cast<std::ptrdiff_t>(end)));
}

bool is_whole(const value& number) {
  if (number.type() == value_type::floating)
    return std::trunc(number.as_floating()) == number.as_floating();
  if (number.type() != value_type::decimal) return true;
  const auto whole = number.as_decimal().to_integer();
  return whole.ok() && value(*whole) == number;
}

value item_at(const array& items, const value& number, semantics rules) {
  if (rules.has(behaviour::whole_indexes) && (!is_whole(number) || number < value::integer(0)))
    return value();
  const std::size_t i = to_index(number);
  return i < items.size() ? items[i] : value();
}

result<value> index_of(const value& of, const value& index, semantics rules) {
  if (index.is_number()) {
    if (of.is_array() || of.type() == value_type::set) return item_at(of.as_array(), index, rules);
    if (of.is_object()) return of[to_raw_text(index)];
    if (of.is_record() && of.as_record().key.is_array())
      return item_at(of.as_record().key.as_array(), index, rules);
    return value();
  }
  if (of.is_array() && index.type() == value_type::range)
    return slice(of.as_array(), index.as_range());
  if (of.is_object() && index.is_string()) return of[index.as_string()];
  return value();
}

// `[WHERE ...]`: the items that pass; anything but a list is treated as a list of one.
result<value> filtered(const value& of, const expr& condition, const eval_context& context) {
  const bool later = context.rules.has(behaviour::filter_of_plain_values);
  if (later && !of.is_array() && of.type() != value_type::set) return value();
  array out;
  eval_context inner = context;
  if (context.rules.has(behaviour::row_inside_filters))
    if (const value* root = document_root(context)) inner.parent = root;
  const auto keep = [&](const value& item) -> result<void> {
    inner.document = &item;
    if (!context.spent->spend()) return context.spent->failure();
    SPOOKY_ASSIGN(const operand passes, compute_operand(condition, inner));
    if (passes.get().truthy()) out.push_back(item);
    return {};
  };
  if (!of.is_array() && !later) {
    SPOOKY_TRY(keep(of));
    return value(std::move(out));
  }
  for (const value& item : of.as_array()) SPOOKY_TRY(keep(item));
  return of.is_array() ? value(std::move(out)) : value::set(std::move(out));
}

bool any_type_has_method(std::string_view name) noexcept {
  for (auto t = value_type::none; t <= value_type::closure;
       t = static_cast<value_type>(static_cast<int>(t) + 1))
    if (find_method(t, name)) return true;
  return false;
}

error no_method(const value& on, const std::string& name, semantics rules) {
  const std::string type(type_name(on.type()));
  if (any_type_has_method(name) && !rules.has(behaviour::methods_of_none))
    return fail(errc::evaluation_error,
                "Method '" + name + "' cannot be called on value of type '" + type + "'");
  return fail(errc::evaluation_error, "There was a problem running the " + name +
                                          "() function. no such method found for the " + type +
                                          " type");
}

// SurrealDB names the method, not the function behind it, when its arguments are wrong.
error as_method_error(error e, const std::string& name) {
  constexpr std::string_view prefix = "Incorrect arguments for function ";
  if (!e.message.starts_with(prefix)) return e;
  const auto rest = e.message.find("(). ");
  if (rest == std::string::npos) return e;
  e.message = "Incorrect arguments for method " + name + e.message.substr(rest);
  return e;
}

result<value> method_call(const value& on, const method_part& part, const eval_context& context) {
  const function_entry* entry = find_method(on.type(), part.name);
  eval_context inner = context;
  inner.document = &on;
  std::vector<value> arguments;
  arguments.reserve(part.arguments.size() + 1);
  if (entry) arguments.push_back(on);
  for (const expr_ptr& argument : part.arguments) {
    SPOOKY_ASSIGN(value v, compute(*argument, inner));
    arguments.push_back(std::move(v));
  }
  if (!entry) {
    const value& member = on[part.name];
    const bool shadowed =
        any_type_has_method(part.name) && !context.rules.has(behaviour::methods_of_none);
    if (member.type() != value_type::closure || shadowed)
      return no_method(on, part.name, context.rules);
    return call_closure(member, arguments, inner, &context);
  }
  if (!entry->call) return fail(errc::unsupported, refused_function(part.name));
  function_bridge bridge(inner);
  auto outcome = call_function(*entry, arguments, bridge);
  if (outcome.ok()) return outcome;
  return as_method_error(std::move(outcome).failure(), part.name);
}

// Puts what `y.*` means inside a destructuring: the members of `y`, or from 3.2 on `y` itself
// where it is an object or leads to a record.
result<void> spread(const value& nested, const std::string& name, object& out,
                    const eval_context& context) {
  if (!context.rules.has(behaviour::destructured_members_nest)) {
    if (nested.is_object())
      for (const auto& [member, v] : nested.as_object()) out.set(member, v);
    return {};
  }
  value whole = nested;
  if (nested.is_record()) {
    SPOOKY_ASSIGN(whole, fetch_record(nested.as_record(), context));
  }
  if (whole.is_object()) out.set(name, std::move(whole));
  return {};
}

result<value> destructured(const value& of, const destructure_part& part,
                           const eval_context& context) {
  if (of.is_array()) {
    array out;
    out.reserve(of.as_array().size());
    for (const value& item : of.as_array()) {
      SPOOKY_ASSIGN(value v, destructured(item, part, context));
      if (!context.spent->hold(sizeof(value) + v.weight())) return context.spent->failure();
      out.push_back(std::move(v));
    }
    return value(std::move(out));
  }
  if (!context.spent->spend(1 + part.members.size())) return context.spent->failure();
  if (of.is_record()) {
    SPOOKY_ASSIGN(const value linked, fetch_record(of.as_record(), context));
    if (linked.is_none()) return value();
    return destructured(linked, part, context);
  }
  if (!of.is_object()) return value();
  object out;
  eval_context inner = context;
  inner.document = &of;
  for (const destructure_member& member : part.members) {
    if (member.spread) {
      SPOOKY_TRY(spread(of[member.name], member.name, out, context));
      continue;
    }
    const auto* steps = std::get_if<path>(&member.path->node);
    SPOOKY_ASSIGN(value v, steps && !steps->start ? walk_plainly(steps->parts, of, inner)
                                                  : compute(*member.path, inner));
    out.set(member.name, std::move(v));
  }
  return value(std::move(out));
}

result<value> flattened(const value& of, const eval_context& context) {
  if (!of.is_array()) return of;
  std::size_t size = 0;
  for (const value& item : of.as_array()) size += item.is_array() ? item.as_array().size() : 1;
  if (!context.spent->spend(1 + size / 16) || !context.spent->fits(size * sizeof(value)))
    return context.spent->failure();
  array out;
  out.reserve(size);
  for (const value& item : of.as_array()) {
    if (item.is_array())
      out.insert(out.end(), item.as_array().begin(), item.as_array().end());
    else
      out.push_back(item);
  }
  return value(std::move(out));
}

bool is_graph(const path_part& part) noexcept { return std::holds_alternative<graph_part>(part); }

bool maps_over_lists(const path_part& part) noexcept {
  return std::holds_alternative<field_part>(part) || std::holds_alternative<all_part>(part) ||
         std::holds_alternative<destructure_part>(part);
}

// Walks the parts of one path. A step may take several parts: adjacent graph steps are one, and an
// optional or recursive part takes the whole rest.
class walker {
 public:
  walker(std::span<const path_part> parts, const eval_context& context) noexcept
      : parts_(parts), context_(context) {}

  // The index after the step that begins at `i`.
  std::size_t after(std::size_t i) const noexcept {
    if (std::holds_alternative<optional_part>(parts_[i])) return parts_.size();
    if (const auto* again = std::get_if<recurse_part>(&parts_[i]))
      return again->path ? i + 1 : parts_.size();
    std::size_t next = i + 1;
    if (is_graph(parts_[i]))
      while (next < parts_.size() && is_graph(parts_[next])) ++next;
    return next;
  }

  // What the one step that begins at `i` makes of `v`.
  result<value> step(std::size_t i, const value& v) const;

  // All steps from `i` on, without mapping.
  result<value> plainly(std::size_t i, value v) const {
    while (i < parts_.size()) {
      SPOOKY_ASSIGN(v, step(i, v));
      i = after(i);
    }
    return v;
  }

  result<value> mapping(value v) const;

 private:
  result<value> each(std::size_t i, const array& items) const {
    array out;
    out.reserve(items.size());
    for (const value& item : items) {
      const bool already_there = std::holds_alternative<all_part>(parts_[i]) && !item.is_record();
      budget& spent = *context_.spent;
      const std::size_t before = spent.held();
      SPOOKY_ASSIGN(value v, plainly(already_there ? after(i) : i, item));
      if (!spent.spend() || !spent.settle(before, v)) return spent.failure();
      out.push_back(std::move(v));
    }
    return value(std::move(out));
  }

  std::span<const path_part> parts_;
  const eval_context& context_;
};

result<value> walker::step(std::size_t i, const value& v) const {
  const path_part& part = parts_[i];
  if (const auto* field = std::get_if<field_part>(&part)) return field_of(v, field->name, context_);
  if (std::holds_alternative<all_part>(part)) return all_of(v, context_);
  if (std::holds_alternative<last_part>(part)) {
    const bool ends = v.is_array() ||
                      (v.type() == value_type::set && context_.rules.has(behaviour::whole_indexes));
    if (!ends) return v;
    return v.as_array().empty() ? value() : v.as_array().back();
  }
  if (const auto* at = std::get_if<index_part>(&part)) {
    eval_context inner = context_;
    inner.document = context_.row ? context_.row : &v;
    SPOOKY_ASSIGN(const operand index, compute_operand(*at->index, inner));
    return index_of(v, index.get(), context_.rules);
  }
  if (const auto* where = std::get_if<where_part>(&part))
    return filtered(v, *where->condition, context_);
  if (const auto* method = std::get_if<method_part>(&part))
    return method_call(v, *method, context_);
  if (std::holds_alternative<optional_part>(part))
    return v.is_nullish() ? v : walk_plainly(parts_.subspan(i + 1), v, context_);
  if (std::holds_alternative<flatten_part>(part)) return flattened(v, context_);
  if (std::holds_alternative<document_part>(part)) return v["id"].is_record() ? value(v["id"]) : v;
  if (std::holds_alternative<repeat_part>(part))
    return fail(errc::evaluation_error,
                "Tried to use a `@` repeat recurse symbol in a position where it is not supported");
  if (const auto* members = std::get_if<destructure_part>(&part))
    return destructured(v, *members, context_);
  if (const auto* again = std::get_if<recurse_part>(&part))
    return walk_recursion(*again, parts_.subspan(i + 1), v, context_);

  std::vector<const graph_part*> steps;
  const std::size_t next = after(i);
  for (std::size_t k = i; k < next; ++k) steps.push_back(&std::get<graph_part>(parts_[k]));
  SPOOKY_ASSIGN(value reached, walk_graph(steps, v, context_));
  const bool then_where = next < parts_.size() && std::holds_alternative<where_part>(parts_[next]);
  return then_where ? flattened(reached, context_) : reached;
}

result<value> walker::mapping(value v) const {
  enum class previous { other, lookup } before = previous::other;
  bool from_lookup = false;
  for (std::size_t i = 0; i < parts_.size();) {
    const std::size_t next = after(i);
    if (v.is_array() && next < parts_.size() && maps_over_lists(parts_[i]))
      return each(i, v.as_array());
    const bool lookup = is_graph(parts_[i]);
    const bool several = next - i > 1;
    if (v.is_array() && lookup && (next < parts_.size() || several) && before != previous::lookup) {
      SPOOKY_ASSIGN(value mapped, each(i, v.as_array()));
      return from_lookup ? flattened(mapped, context_) : mapped;
    }
    SPOOKY_ASSIGN(v, step(i, v));
    before = lookup || std::holds_alternative<flatten_part>(parts_[i]) ? previous::lookup
                                                                       : previous::other;
    if (before == previous::lookup)
      from_lookup = from_lookup || v.is_array();
    else if (!std::holds_alternative<where_part>(parts_[i]))
      from_lookup = false;
    i = next;
  }
  return v;
}

}  // namespace

result<value> fetch_record(const record_id& id, const eval_context& context) {
  if (!context.source) return value();
  auto record = context.source->get(id);
  if (!context.spent || !record.ok()) return record;
  // Each look-up may bring in a record of its own.
  if (context.spent->spend() && context.spent->hold(record->weight())) return record;
  return context.spent->failure();
}

result<value> walk(std::span<const path_part> parts, value start, const eval_context& context) {
  return walker(parts, context).mapping(std::move(start));
}

result<value> walk_plainly(std::span<const path_part> parts, value start,
                           const eval_context& context) {
  return walker(parts, context).plainly(0, std::move(start));
}

}  // namespace spooky::surrealql
