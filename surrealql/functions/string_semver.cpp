#include "surrealql/functions/formats.hpp"
#include "surrealql/functions/library.hpp"

/// string::semver.
namespace spooky::surrealql::library {
namespace {

using member = std::uint64_t version::*;

result<version> version_of(const value& text, std::string_view side = {}) {
  auto parsed = parse_version(text.as_string());
  if (parsed) return *std::move(parsed);
  if (side.empty()) return bad_argument("Invalid semantic version");
  return bad_argument("Invalid semantic version string for " + std::string(side) + " argument");
}

result<value> compared(arguments a) {
  SPOOKY_ASSIGN(const version left, version_of(a[0], "left"));
  SPOOKY_ASSIGN(const version right, version_of(a[1], "right"));
  return value(compare(left, right));
}

template <member Part>
result<value> part(arguments a) {
  SPOOKY_ASSIGN(const version v, version_of(a[0]));
  return value(static_cast<std::int64_t>(v.*Part));
}

template <member Part>
result<value> increased(arguments a) {
  SPOOKY_ASSIGN(version v, version_of(a[0]));
  ++(v.*Part);
  if (Part != &version::patch) v.patch = 0;
  if (Part == &version::major) v.minor = 0;
  return value(to_text(v));
}

template <member Part>
result<value> replaced(arguments a) {
  SPOOKY_ASSIGN(version v, version_of(a[0]));
  v.*Part = static_cast<std::uint64_t>(a[1].as_integer());
  return value(to_text(v));
}

constexpr function_entry rows[] = {
    row("string::semver::compare", "ss", plain<compared>),
    row("string::semver::inc::major", "s", plain<increased<&version::major>>),
    row("string::semver::inc::minor", "s", plain<increased<&version::minor>>),
    row("string::semver::inc::patch", "s", plain<increased<&version::patch>>),
    row("string::semver::major", "s", plain<part<&version::major>>),
    row("string::semver::minor", "s", plain<part<&version::minor>>),
    row("string::semver::patch", "s", plain<part<&version::patch>>),
    row("string::semver::set::major", "si", plain<replaced<&version::major>>),
    row("string::semver::set::minor", "si", plain<replaced<&version::minor>>),
    row("string::semver::set::patch", "si", plain<replaced<&version::patch>>),
};

}  // namespace

std::span<const function_entry> string_semver_functions() { return rows; }

}  // namespace spooky::surrealql::library
