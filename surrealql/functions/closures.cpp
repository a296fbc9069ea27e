#include "surrealql/functions/library.hpp"

#include <optional>

/// The array:: and set:: functions that call a closure, or compare with a value in its place.
namespace spooky::surrealql::library {
namespace {

/// Whether an element is one that `check`, a closure or a value to equal, asks for.
result<bool> passes(const value& item, const value& check, function_context& context) {
  if (check.type() != value_type::closure) return item == check;
  SPOOKY_ASSIGN(const value verdict, context.call_closure(check, std::span(&item, 1)));
  return verdict.truthy();
}

/// The first element that passes, from the front.
result<std::optional<std::size_t>> first_passing(const array& items, const value& check,
                                                 function_context& context) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    SPOOKY_ASSIGN(const bool passed, passes(items[i], check, context));
    if (passed) return std::optional<std::size_t>(i);
  }
  return std::optional<std::size_t>();
}

result<value> all(arguments a, function_context& context) {
  for (const auto& item : a[0].as_array()) {
    SPOOKY_ASSIGN(const bool passed,
                  a.size() > 1 ? passes(item, a[1], context) : result<bool>(item.truthy()));
    if (!passed) return value(false);
  }
  return value(true);
}

result<value> any(arguments a, function_context& context) {
  for (const auto& item : a[0].as_array()) {
    SPOOKY_ASSIGN(const bool passed,
                  a.size() > 1 ? passes(item, a[1], context) : result<bool>(item.truthy()));
    if (passed) return value(true);
  }
  return value(false);
}

result<array> passing(arguments a, function_context& context) {
  array out;
  for (const auto& item : a[0].as_array()) {
    SPOOKY_ASSIGN(const bool passed, passes(item, a[1], context));
    if (passed) out.push_back(item);
  }
  return out;
}

result<value> filter(arguments a, function_context& context) {
  SPOOKY_ASSIGN(array kept, passing(a, context));
  return value(std::move(kept));
}

result<value> filter_set(arguments a, function_context& context) {
  SPOOKY_ASSIGN(array kept, passing(a, context));
  return value::set(std::move(kept));
}

result<value> filter_index(arguments a, function_context& context) {
  const array& items = a[0].as_array();
  array out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    SPOOKY_ASSIGN(const bool passed, passes(items[i], a[1], context));
    if (passed) out.emplace_back(static_cast<std::int64_t>(i));
  }
  return value(std::move(out));
}

result<value> find(arguments a, function_context& context) {
  SPOOKY_ASSIGN(const auto index, first_passing(a[0].as_array(), a[1], context));
  return index ? a[0].as_array()[*index] : value::none();
}

result<value> find_index(arguments a, function_context& context) {
  SPOOKY_ASSIGN(const auto index, first_passing(a[0].as_array(), a[1], context));
  return index ? value(static_cast<std::int64_t>(*index)) : value::none();
}

value position(std::size_t i) { return value(static_cast<std::int64_t>(i)); }

result<value> map(arguments a, function_context& context) {
  const array& items = a[0].as_array();
  array out;
  out.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const value given[] = {items[i], position(i)};
    SPOOKY_ASSIGN(value made, context.call_closure(a[1], given));
    out.push_back(std::move(made));
  }
  return value(std::move(out));
}

result<value> map_set(arguments a, function_context& context) {
  array out;
  for (const auto& item : a[0].as_array()) {
    SPOOKY_ASSIGN(value made, context.call_closure(a[1], std::span(&item, 1)));
    out.push_back(std::move(made));
  }
  return value::set(std::move(out));
}

result<value> fold(arguments a, function_context& context) {
  value total = a[1];
  const array& items = a[0].as_array();
  budget& spent = context.spent();
  const std::size_t before = spent.held();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const value given[] = {total, items[i], position(i)};
    SPOOKY_ASSIGN(total, context.call_closure(a[2], given));
    if (!spent.settle(before, total)) return spent.failure();
  }
  return total;
}

result<value> reduce(arguments a, function_context& context) {
  const array& items = a[0].as_array();
  if (items.empty()) return value::none();
  value total = items[0];
  budget& spent = context.spent();
  const std::size_t before = spent.held();
  for (std::size_t i = 1; i < items.size(); ++i) {
    const value given[] = {total, items[i], position(i - 1)};
    SPOOKY_ASSIGN(total, context.call_closure(a[1], given));
    if (!spent.settle(before, total)) return spent.failure();
  }
  return total;
}

result<value> chain(arguments a, function_context& context) {
  return context.call_closure(a[1], a.first(1));
}

constexpr function_entry rows[] = {
    row("array::all", "av?", all),      row("array::any", "av?", any),
    row("array::filter", "av", filter), row("array::filter_index", "av", filter_index),
    row("array::find", "av", find),     row("array::find_index", "av", find_index),
    row("array::fold", "avc", fold),    row("array::map", "ac", map),
    row("array::reduce", "ac", reduce), row("set::filter", "Sv", filter_set),
    row("set::find", "Sv", find),       row("set::fold", "Svc", fold),
    row("set::map", "Sc", map_set),     row("set::reduce", "Sc", reduce),
    row("value::chain", "vc", chain),
};

}  // namespace

std::span<const function_entry> array_closure_functions() { return rows; }

}  // namespace spooky::surrealql::library
