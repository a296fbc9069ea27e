#pragma once

#include <compare>
#include <string_view>

namespace spooky::surrealql {

/// ORDER BY's text orders: COLLATE ignores case and accents and reads every script as ASCII spells
/// it, NUMERIC reads runs of digits as numbers. Texts that only differ in what is ignored fall back
/// to code point order.
std::strong_ordering compare_text(std::string_view a, std::string_view b, bool collate,
                                  bool numeric);

}  // namespace spooky::surrealql
