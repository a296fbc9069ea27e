#pragma once

#include "protocol/view.hpp"
#include "surrealql/values/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace spooky::machines {

/// What views take together.
struct view_usage {
  std::size_t views = 0;
  std::size_t rows = 0;   ///< of their results, related rows included
  std::size_t bytes = 0;  ///< kept for them; what several share counts for each

  friend bool operator==(const view_usage&, const view_usage&) = default;
};

/// Whose views are counted together.
enum class cap_scope : std::uint8_t {
  client,  ///< settings limits.client_*
  node,    ///< one SSP's, settings limits.views and limits.rows
};

/// What views may take together at most.
struct view_caps {
  cap_scope scope = cap_scope::client;
  std::size_t views = static_cast<std::size_t>(-1);
  std::size_t rows = static_cast<std::size_t>(-1);
  std::size_t bytes = static_cast<std::size_t>(-1);
};

/// Whom a view counts for: the record that its caller is, `user:ann`. All callers that are no
/// record count as one, with an empty name: nothing tells them apart that they could not change.
/// Nothing for system users: no client's caps apply to them.
std::optional<std::string> client_of(const view_registration& view);

/// Whether to views that take `now` others may be added that take `more`. limit_exceeded names what
/// would be passed, how it is set, and what there is.
result<void> may_add(const view_caps& caps, const view_usage& now, const view_usage& more);

}  // namespace spooky::machines
