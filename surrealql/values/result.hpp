#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace spooky {

/// What kind of expected failure happened. The text form is the `code` of an HTTP error body.
/// Add a value here, its text in error_text, and a line in docs/protocol.md.
enum class errc : std::uint8_t {
  none = 0,          ///< never carried by an error
  invalid_argument,  ///< the caller's input is wrong; nothing changed
  parse_error,       ///< text is not SurrealQL, CBOR or JSON; the message names line and column
  unsupported,       ///< valid SurrealQL that this engine refuses; the message names the position
  evaluation_error,  ///< SurrealDB's own error for this expression on this row
  not_found,         ///< the thing named does not exist
  already_exists,    ///< the thing named exists
  conflict,          ///< the peer asks to start over (HTTP 409), or a transaction conflict
  not_ready,         ///< cloning, bootstrapping or no peer yet; try again later
  overloaded,        ///< a queue or limit is full; try again later
  limit_exceeded,    ///< a size, depth, row or time limit was passed; do not retry as is
  timeout,           ///< no answer in time
  unavailable,       ///< the peer cannot be reached or closed the connection
  unauthorized,      ///< credentials missing or wrong
  io_error,          ///< the disk or operating system refused
  corrupt,           ///< stored bytes fail their checksum or format
  internal,          ///< a broken promise inside Spooky
};

/// The upper-snake-case text of a code, such as "PARSE_ERROR". Never empty.
std::string_view error_text(errc code) noexcept;

/// What code, and not a person, must know of some failures beyond their code.
enum class error_cause : std::uint8_t {
  unstated,
  wrong_argument,  ///< evaluation_error: of a function's argument; whoever calls it names it
  missing_table,   ///< not_ready: until `error::table` is loaded
  full_disk,       ///< io_error: until there is room
  took_too_long,   ///< limit_exceeded, timeout: of steps or time; who has more of both may go on
};

/// An expected failure as a value: what happened, to which thing, and what would mend it.
struct error {
  errc code = errc::internal;
  error_cause cause = error_cause::unstated;
  std::string message;  ///< one sentence for people: the thing, the place, the fix
  std::string table;    ///< with missing_table: which one

  friend bool operator==(const error&, const error&) = default;
};

/// A value or an error. Like std::expected, which GCC 12 does not have.
/// Reading the side that is not there is a programming error (asserted).
template <class T>
class [[nodiscard]] result {
 public:
  using value_type = T;

  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  result(error failure) : state_(std::in_place_index<1>, std::move(failure)) {}

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  spooky::error& failure() & { return std::get<1>(state_); }
  const spooky::error& failure() const& { return std::get<1>(state_); }
  spooky::error&& failure() && { return std::get<1>(std::move(state_)); }

  /// The value, or `fallback` where there is none.
  T value_or(T fallback) const& { return ok() ? value() : std::move(fallback); }

 private:
  std::variant<T, spooky::error> state_;
};

/// Success without a value.
template <>
class [[nodiscard]] result<void> {
 public:
  using value_type = void;

  result() = default;
  result(error failure) : failure_(std::move(failure)) {}

  bool ok() const noexcept { return !failure_; }
  explicit operator bool() const noexcept { return ok(); }
  spooky::error& failure() & { return *failure_; }
  const spooky::error& failure() const& { return *failure_; }
  spooky::error&& failure() && { return std::move(*failure_); }

 private:
  std::optional<spooky::error> failure_;
};

/// Shorthand that reads well at a return statement.
inline error fail(errc code, std::string message, error_cause cause = error_cause::unstated) {
  return error{code, cause, std::move(message), {}};
}

/// Returns the failure of `expression` from the enclosing function, if it is one.
#define SPOOKY_TRY(expression)                                          \
  do {                                                                  \
    if (auto spooky_try_result = (expression); !spooky_try_result.ok()) \
      return std::move(spooky_try_result).failure();                    \
  } while (false)

#define SPOOKY_CONCAT_INNER(a, b) a##b
#define SPOOKY_CONCAT(a, b) SPOOKY_CONCAT_INNER(a, b)

/// `SPOOKY_ASSIGN(auto x, f());` binds the value of f() or returns its failure.
#define SPOOKY_ASSIGN(declaration, expression) \
  SPOOKY_ASSIGN_INNER(SPOOKY_CONCAT(spooky_assign_, __LINE__), declaration, expression)
#define SPOOKY_ASSIGN_INNER(temporary, declaration, expression) \
  auto temporary = (expression);                                \
  if (!temporary.ok()) return std::move(temporary).failure();   \
  declaration = std::move(temporary).value()

}  // namespace spooky
