#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What SurrealDB answers differently from version to version, as data. The evaluation asks for
/// single behaviours, never for versions.
namespace spooky::surrealql {

struct server_version {
  std::uint16_t major = 0;
  std::uint16_t minor = 0;
  std::uint16_t patch = 0;
  auto operator<=>(const server_version&) const = default;
};

/// The version in "surrealdb-3.3.3", "3.3.3" or "surrealdb-3.4.0-beta.1+abc"; nothing for other
/// text.
std::optional<server_version> parse_server_version(std::string_view text);
std::string to_text(const server_version& version);

enum class behaviour : std::uint8_t {
  subtract_arrays,
  errors_name_types,
  nested_aliases,
  projections_see_the_row,
  lists_are_records,
  order_by_links,
  order_of_values,
  order_by_unselected,
  parent_without_outer,
  row_inside_filters,
  row_inside_closures,
  filter_of_plain_values,
  all_of_plain_values,
  destructured_members_nest,
  methods_of_none,
  names_keep_parentheses,
  single_parameter_is_named,
  omit_before_value,
  fields_of_keys,
  whole_indexes,
  no_spread_of_none,
  spread_of_differences,
  no_moment_of_none,
  counts_are_checked,
  vectors_are_checked,
  sets_of_arrays,
  moments_are_checked,
};

inline constexpr unsigned behaviour_count =
    static_cast<unsigned>(behaviour::moments_are_checked) + 1;

/// One behaviour: a statement that shows it over behaviour_rows(), its answers as SurrealQL
/// (`ERR`: it fails), and the first known version that gives the later one.
struct behaviour_entry {
  behaviour which;
  std::string_view name;
  std::string_view statement;
  std::string_view before;
  std::string_view after;
  server_version since;
};

/// All of them, in the order of the enumeration.
std::span<const behaviour_entry> behaviours() noexcept;

/// The records that the statements of behaviours() read, as a SurrealQL array.
std::string_view behaviour_rows() noexcept;

/// The behaviours of one version. A value of one word: pass it by copy.
class semantics {
 public:
  /// Those of the newest version known.
  constexpr semantics() noexcept = default;

  /// Those of the newest known version that is not newer than `version`; of the oldest known one
  /// where all are newer.
  static semantics of(const server_version& version) noexcept;

  constexpr bool has(behaviour one) const noexcept {
    return (bits_ >> static_cast<unsigned>(one) & 1U) != 0;
  }
  constexpr bool operator==(const semantics&) const noexcept = default;

 private:
  static constexpr std::uint64_t all_known = (std::uint64_t{1} << behaviour_count) - 1;
  std::uint64_t bits_ = all_known;
};

/// The newest version whose behaviours are known: a newer server is taken for one of these.
server_version newest_known_version() noexcept;

}  // namespace spooky::surrealql
