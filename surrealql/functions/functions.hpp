#pragma once

#include "surrealql/values/behaviours.hpp"
#include "surrealql/values/budget.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// SurrealQL's function library: everything that depends on its arguments only.
namespace spooky::surrealql {

/// What a function may ask of the evaluation it runs in.
class function_context {
 public:
  virtual ~function_context() = default;
  /// Calls a closure value, for array::map and its kind.
  virtual result<value> call_closure(const value& closure, std::span<const value> arguments) = 0;
  /// The record with that id or NONE, for record::exists.
  virtual result<value> fetch(const record_id& id) = 0;
  /// Whether the record is an edge, for record::is_edge.
  virtual bool is_edge(const value& record) const noexcept {
    return record["in"].is_record() && record["out"].is_record();
  }
  /// The moment of the evaluation.
  virtual result<datetime> now() = 0;
  /// What the evaluation may still spend. call_function() charges for going through the arguments
  /// once; a function that does more, or makes more than it was given, charges that first.
  virtual budget& spent() noexcept = 0;
  /// What the SurrealDB whose answers are wanted does.
  virtual semantics rules() const noexcept { return {}; }
};

using function_body = result<value> (*)(std::span<const value> arguments,
                                        function_context& context);

/// Whether two calls with equal arguments give equal results.
enum class determinism : std::uint8_t {
  pure,              ///< always
  reads_records,     ///< as long as the records it reads do not change
  per_registration,  ///< evaluated once when a view is registered (documented per function)
  clock,             ///< of one moment
  clock_by_default,  ///< the same where no argument is given; with one, pure
  refused,           ///< never: rand, http, ...; a query that calls it is refused
};

struct function_entry {
  std::string_view name;  ///< "string::len"
  std::size_t min_arguments;
  std::size_t max_arguments;  ///< `any_number`: no limit
  determinism kind;
  function_body call;  ///< null where refused
  /// What each argument is, one letter each; see functions/library.hpp.
  std::string_view parameters;
};
inline constexpr std::size_t any_number = static_cast<std::size_t>(-1);

/// Whether a call with so many arguments reads the clock.
constexpr bool reads_clock(const function_entry& f, std::size_t arguments) noexcept {
  return f.kind == determinism::clock ||
         (f.kind == determinism::clock_by_default && arguments == 0);
}

/// The function of that lower-case name, or nullptr. O(log n), no allocation.
const function_entry* find_function(std::string_view name) noexcept;

/// The function that a method call `receiver.name(...)` means, or nullptr: `'a'.len()` is
/// string::len, `[1].len()` array::len.
const function_entry* find_method(value_type receiver, std::string_view name) noexcept;

/// A constant path such as `math::pi`, or nullptr.
const value* find_constant(std::string_view name) noexcept;

/// All functions, sorted by name, for documentation and coverage reports.
std::span<const function_entry> all_functions() noexcept;

/// Checks the number of arguments and calls. Errors are the engine's: "Incorrect arguments for
/// function string::len(). ...".
result<value> call_function(const function_entry& f, std::span<const value> arguments,
                            function_context& context);

}  // namespace spooky::surrealql
