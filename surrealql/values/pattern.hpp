#pragma once

#include "surrealql/values/budget.hpp"
#include "surrealql/values/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

/// Regular expressions: RE2, whose syntax is close to the engine's (Rust's regex crate) and whose
/// running time is linear as well.
namespace spooky::surrealql {

/// The compiled pattern, from a small cache of the calling thread. Fails with the engine's error on
/// a pattern that is none.
result<std::shared_ptr<const re2::RE2>> compile_pattern(std::string_view pattern);

/// About how many steps of a budget it takes to look for the pattern in so many bytes. A match
/// cannot be stopped, so this is to be paid before; a pattern of many repetitions may take as long
/// as it has states for each byte.
std::uint64_t pattern_steps(std::string_view pattern, std::size_t bytes);

/// Whether the pattern occurs anywhere in the text; false for a broken pattern.
bool pattern_matches(std::string_view pattern, std::string_view text);

/// The text with every match replaced. `$1` means nothing: the engine inserts the text as it is.
/// What becomes larger than `most_bytes` is left unfinished, but not shorter than that. Each match
/// is paid for as if it looked at all that is left.
result<std::string> pattern_replace(std::string_view pattern, std::string_view text,
                                    std::string_view replacement, std::size_t most_bytes,
                                    budget& spent);

}  // namespace spooky::surrealql
