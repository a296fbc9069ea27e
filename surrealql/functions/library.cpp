#include "surrealql/functions/library.hpp"

#include "surrealql/types/kind.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace spooky::surrealql {
namespace library {

error negative_count(std::string_view name, std::int64_t count) {
  return evaluation_failed("Failed to compute: \"" + std::string(name) + "(" +
                           std::to_string(count) +
                           ")\", as the operation results in a negative value.");
}

error bad_argument(std::string message) {
  return fail(errc::evaluation_error, std::move(message), error_cause::wrong_argument);
}

result<void> charge(function_context& context, std::uint64_t count, std::size_t bytes_each,
                    std::uint64_t steps_each) {
  budget& spent = context.spent();
  const auto product = [count](std::uint64_t each) {
    std::uint64_t all = 0;
    return __builtin_mul_overflow(count, each, &all) ? run_limits::unbounded : all;
  };
  if (spent.fits(product(bytes_each)) && spent.spend(product(steps_each))) return {};
  return spent.failure();
}

result<value> joined_text(const array& items, std::string_view separator,
                          function_context& context) {
  std::uint64_t size = items.size() * separator.size();
  // A text lies in its value as it is; a number of 16 bytes may be written in 32.
  for (const value& item : items)
    size += item.is_string() ? item.weight() : 2 * (item.weight() + sizeof(value));
  SPOOKY_TRY(charge(context, size, 1, 0));
  if (!context.spent().spend(size / 256)) return context.spent().failure();
  std::string out;
  bool rest = false;
  for (const value& item : items) {
    if (rest) out += separator;
    rest = true;
    out += to_raw_text(item);
  }
  return value(std::move(out));
}

error evaluation_failed(std::string message) {
  return fail(errc::evaluation_error, std::move(message));
}

}  // namespace library

namespace {

using library::bad_argument;

/// All functions, sorted by name.
const std::vector<function_entry>& table() {
  static const std::vector<function_entry> sorted = [] {
    using source = std::span<const function_entry> (*)();
    constexpr source sources[] = {library::array_functions,     library::array_closure_functions,
                                  library::array_set_functions, library::crypto_functions,
                                  library::duration_functions,  library::encoding_functions,
                                  library::geo_functions,       library::math_functions,
                                  library::object_functions,    library::parse_functions,
                                  library::record_functions,    library::refused_functions,
                                  library::set_functions,       library::statistics_functions,
                                  library::string_functions,    library::string_distance_functions,
                                  library::string_is_functions, library::string_semver_functions,
                                  library::time_functions,      library::time_set_functions,
                                  library::type_functions,      library::value_functions,
                                  library::vector_functions};
    std::vector<function_entry> all;
    for (const auto list : sources) {
      const auto rows = list();
      all.insert(all.end(), rows.begin(), rows.end());
    }
    std::sort(all.begin(), all.end(),
              [](const function_entry& a, const function_entry& b) { return a.name < b.name; });
    return all;
  }();
  return sorted;
}

// -- arguments ----------------------------------------------------------------------------------

kind simple(kind::tag type) { return kind{type, {}, {}, {}, {}, {}}; }

/// The kind a parameter letter stands for.
const kind& kind_of(char letter) {
  static const kind any = simple(kind::tag::any);
  static const kind boolean = simple(kind::tag::boolean);
  static const kind integer = simple(kind::tag::integer);
  static const kind floating = simple(kind::tag::floating);
  static const kind number = simple(kind::tag::number);
  static const kind string = simple(kind::tag::string);
  static const kind datetime = simple(kind::tag::datetime);
  static const kind duration = simple(kind::tag::duration);
  static const kind uuid = simple(kind::tag::uuid);
  static const kind array = simple(kind::tag::array);
  static const kind set = simple(kind::tag::set);
  static const kind object = simple(kind::tag::object);
  static const kind geometry = simple(kind::tag::geometry);
  static const kind bytes = simple(kind::tag::bytes);
  static const kind record = simple(kind::tag::record);
  static const kind closure = simple(kind::tag::function);
  static const kind regex = simple(kind::tag::regex);
  static const kind numbers{kind::tag::array, {number}, {}, {}, {}, {}};
  static const kind datetimes{kind::tag::array, {datetime}, {}, {}, {}, {}};
  switch (letter) {
    case 'B':
      return boolean;
    case 'i':
      return integer;
    case 'f':
      return floating;
    case 'n':
      return number;
    case 's':
      return string;
    case 'd':
      return datetime;
    case 'D':
      return duration;
    case 'u':
      return uuid;
    case 'a':
      return array;
    case 'S':
      return set;
    case 'o':
      return object;
    case 'g':
      return geometry;
    case 'b':
      return bytes;
    case 'r':
      return record;
    case 'c':
      return closure;
    case 'l':
      return numbers;
    case 't':
      return datetimes;
    case 'x':
      return regex;
    default:
      return any;
  }
}

result<value> converted(char letter, const value& given) {
  const kind& wanted = kind_of(letter);
  if (letter == 'x') return cast(wanted, given);
  const bool list = letter == 'l' || letter == 't';
  if (list && !given.is_array())
    return fail(errc::evaluation_error,
                "Expected `" + to_text(wanted) + "` but found `" + to_text(given) + "`");
  return coerce(wanted, given);
}

/// The parameter letter of the argument at `index`.
char letter_at(std::string_view parameters, std::size_t index) {
  std::size_t argument = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i] == '?' || parameters[i] == '*') continue;
    const bool rest = i + 1 < parameters.size() && parameters[i + 1] == '*';
    if (argument == index || rest) return parameters[i];
    ++argument;
  }
  return 'v';
}

std::string expected_arguments(const function_entry& f) {
  const std::string least = std::to_string(f.min_arguments);
  if (f.max_arguments == any_number) {
    return f.min_arguments == 0 ? "Expected zero or more arguments"
                                : "Expected " + least + " or more arguments";
  }
  if (f.max_arguments != f.min_arguments)
    return "Expected " + least + " to " + std::to_string(f.max_arguments) + " arguments";
  if (f.max_arguments == 0) return "Expected no arguments";
  return f.max_arguments == 1 ? "Expected 1 argument" : "Expected " + least + " arguments";
}

error named(const function_entry& f, error failure) {
  if (failure.cause != error_cause::wrong_argument) return failure;
  failure.message =
      "Incorrect arguments for function " + std::string(f.name) + "(). " + failure.message;
  failure.cause = error_cause::unstated;
  return failure;
}

/// The engine's later texts say which element of a list is of the wrong type.
std::string element_named(std::string message, char letter, const value& given, semantics rules) {
  constexpr std::string_view before = "when coercing an element of";
  const std::size_t at = message.find(before);
  if (!rules.has(behaviour::counts_are_checked) || at == std::string::npos || !given.is_array())
    return message;
  const kind& element = kind_of(letter == 't' ? 'd' : 'n');
  std::size_t index = 0;
  for (const value& item : given.as_array()) {
    if (!coerce(element, item).ok()) break;
    ++index;
  }
  return message.replace(at, before.size(),
                         "when coercing element at index " + std::to_string(index) + " of");
}

result<value> checked_call(const function_entry& f, std::span<const value> given,
                           function_context& context) {
  if (given.size() < f.min_arguments || given.size() > f.max_arguments)
    return bad_argument(expected_arguments(f));
  std::vector<value> copies;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char letter = letter_at(f.parameters, i);
    if (letter == 'v' || (letter == 's' && given[i].is_string()) ||
        (letter == 'a' && given[i].is_array()))
      continue;
    const bool set_of_array =
        letter == 'S' && given[i].is_array() && context.rules().has(behaviour::sets_of_arrays);
    auto wanted = set_of_array ? cast(kind_of(letter), given[i]) : converted(letter, given[i]);
    if (!wanted)
      return bad_argument(
          "Argument " + std::to_string(i + 1) + " was the wrong type. " +
          element_named(wanted.failure().message, letter, given[i], context.rules()));
    if (wanted->same_payload(given[i])) continue;
    if (copies.empty()) copies.assign(given.begin(), given.end());
    copies[i] = *std::move(wanted);
  }
  return f.call(copies.empty() ? given : std::span<const value>(copies), context);
}

}  // namespace

std::span<const function_entry> all_functions() noexcept { return table(); }

const function_entry* find_function(std::string_view name) noexcept {
  const auto& all = table();
  const auto at =
      std::lower_bound(all.begin(), all.end(), name,
                       [](const function_entry& f, std::string_view n) { return f.name < n; });
  return at != all.end() && at->name == name ? &*at : nullptr;
}

result<value> call_function(const function_entry& f, std::span<const value> given,
                            function_context& context) {
  if (f.call == nullptr)
    return fail(errc::unsupported, "The function " + std::string(f.name) +
                                       "() is not offered: its result does not depend on its "
                                       "arguments alone, or it has no counterpart here");
  std::size_t bytes = 0;
  for (const value& v : given) bytes += v.weight();
  if (!context.spent().spend(1 + bytes / 256)) return context.spent().failure();
  auto outcome = checked_call(f, given, context);
  if (!outcome) return named(f, std::move(outcome).failure());
  // What it made is written once more, at least.
  if (!context.spent().spend(1 + outcome->weight() / 256)) return context.spent().failure();
  return outcome;
}

// -- slices -------------------------------------------------------------------------------------

namespace library {
namespace {

result<std::int64_t> int_bound(const value& v, std::string_view name) {
  auto whole = coerce(simple(kind::tag::integer), v);
  if (!whole)
    return evaluation_failed("Incorrect arguments for function " + std::string(name) +
                             "(). Argument 1 was the wrong type. " + whole.failure().message);
  return whole->as_integer();
}

}  // namespace

result<slice_bounds> slice_of(arguments given, std::size_t size, std::string_view name) {
  constexpr std::int64_t open = std::numeric_limits<std::int64_t>::max();
  const auto length = static_cast<std::int64_t>(size);
  if (given.empty()) return slice_bounds{0, size};
  std::int64_t first = 0;
  std::int64_t last = open;  // exclusive
  const auto from_back = [&](std::int64_t at) {
    return at < 0 ? std::max<std::int64_t>(length + std::max(at, -length), 0) : at;
  };
  if (given.size() == 1 && given[0].type() == value_type::range) {
    const value_range& range = given[0].as_range();
    if (range.begin.type != range_bound::kind::unbounded) {
      SPOOKY_ASSIGN(const std::int64_t at, int_bound(range.begin.at, name));
      const std::int64_t step =
          range.begin.type == range_bound::kind::excluded && at < open ? 1 : 0;
      first = at < 0 ? std::max<std::int64_t>(length + std::max(at, -open) + step, 0) : at + step;
    }
    if (range.end.type != range_bound::kind::unbounded) {
      SPOOKY_ASSIGN(last, int_bound(range.end.at, name));
      last = from_back(last);
      if (range.end.type == range_bound::kind::included && last < open) ++last;
    }
  } else {
    SPOOKY_ASSIGN(first, int_bound(given[0], name));
    first = from_back(first);
    if (given.size() > 1) last = from_back(given[1].as_integer());
  }
  first = std::min(first, length);
  last = std::min(last, length);
  if (last <= first) return slice_bounds{0, 0};
  return slice_bounds{static_cast<std::size_t>(first), static_cast<std::size_t>(last)};
}

}  // namespace library
}  // namespace spooky::surrealql
