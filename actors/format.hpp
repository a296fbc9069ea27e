#pragma once

#include "surrealql/values/strong.hpp"

#include <fmt/format.h>

/// Logs show names and numbers as what they hold.
template <class Kind, class Rep>
struct fmt::formatter<spooky::strong<Kind, Rep>> : fmt::formatter<Rep> {
  template <class Context>
  auto format(const spooky::strong<Kind, Rep>& one, Context& context) const {
    return fmt::formatter<Rep>::format(one.raw(), context);
  }
};
