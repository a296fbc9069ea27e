#pragma once

#include "surrealql/functions/functions.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <span>
#include <string>

/// What the files of the function library share. Each name space has one file with one table.
namespace spooky::surrealql::library {

/// The arguments of one call, already checked against the function's parameters.
using arguments = std::span<const value>;

/// A function that depends on its arguments only.
using plain_function = result<value> (*)(arguments);

template <plain_function Function>
result<value> plain(arguments given, function_context&) {
  return Function(given);
}

/// A function that is another one from some version on.
template <plain_function Before, behaviour Change, plain_function After>
result<value> since(arguments given, function_context& context) {
  return context.rules().has(Change) ? After(given) : Before(given);
}

/// One row of a table. `parameters` has one letter for each argument:
///   v any value   B bool       i int        f float      n number    s string
///   d datetime    D duration   u uuid       a array      S set       o object
///   g geometry    b bytes      r record id  c closure    l array of numbers
///   t array of datetimes       x regex, or a string taken for one
/// `?` behind a letter makes it and all that follow optional, `*` stands for any number of it.
/// Arguments are coerced as the engine coerces them (1.0 for an int) before the call.
constexpr function_entry row(std::string_view name, std::string_view parameters, function_body call,
                             determinism kind = determinism::pure) {
  std::size_t least = 0;
  std::size_t most = 0;
  bool optional = false;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const char next = i + 1 < parameters.size() ? parameters[i + 1] : '\0';
    if (next == '*') {
      most = any_number;
      break;
    }
    optional = optional || next == '?';
    if (parameters[i] == '?') continue;
    ++most;
    if (!optional) ++least;
  }
  return {name, least, most, kind, call, parameters};
}

/// A function of SurrealDB that this library does not offer.
constexpr function_entry refused(std::string_view name) {
  return {name, 0, any_number, determinism::refused, nullptr, {}};
}

/// The error of a count that must not be negative.
error negative_count(std::string_view name, std::int64_t count);

/// An error about the arguments: call_function() puts the function's name before it, as the engine
/// does.
error bad_argument(std::string message);
/// Any other error of the engine's, with its whole text.
error evaluation_failed(std::string message);

/// Asks whether `count` elements of `bytes_each` may be made, and takes the steps for going through
/// them: to be called before they are.
result<void> charge(function_context& context, std::uint64_t count, std::size_t bytes_each,
                    std::uint64_t steps_each = 1);

/// How large an array or string a function may make.
inline constexpr std::size_t largest_output = std::size_t{1} << 20;

/// The items as texts with `separator` between them.
result<value> joined_text(const array& items, std::string_view separator,
                          function_context& context);

/// The half-open part `[begin, end)` of a list of `size` elements that `slice(list, start, end)`
/// means, negative positions counting from the back.
struct slice_bounds {
  std::size_t begin = 0;
  std::size_t end = 0;
};
/// `given` are the arguments behind the list: none, a range, or a start and perhaps an end.
/// `name` is the function the engine blames.
result<slice_bounds> slice_of(arguments given, std::size_t size, std::string_view name);

std::span<const function_entry> array_functions();
std::span<const function_entry> array_closure_functions();
std::span<const function_entry> array_set_functions();
std::span<const function_entry> crypto_functions();
std::span<const function_entry> duration_functions();
std::span<const function_entry> encoding_functions();
std::span<const function_entry> geo_functions();
std::span<const function_entry> math_functions();
std::span<const function_entry> object_functions();
std::span<const function_entry> parse_functions();
std::span<const function_entry> record_functions();
std::span<const function_entry> refused_functions();
std::span<const function_entry> set_functions();
std::span<const function_entry> statistics_functions();
std::span<const function_entry> string_functions();
std::span<const function_entry> string_distance_functions();
std::span<const function_entry> string_is_functions();
std::span<const function_entry> string_semver_functions();
std::span<const function_entry> time_functions();
std::span<const function_entry> time_set_functions();
std::span<const function_entry> type_functions();
std::span<const function_entry> value_functions();
std::span<const function_entry> vector_functions();

}  // namespace spooky::surrealql::library
