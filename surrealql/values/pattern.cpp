#include "surrealql/values/pattern.hpp"

#include "surrealql/values/utf8.hpp"

#include <map>
#include <utility>

#include <re2/re2.h>

namespace spooky::surrealql {
namespace {

/// Compiled patterns kept per thread; a query uses few, and a full cache is simply dropped.
constexpr std::size_t cached_patterns = 256;
constexpr std::int64_t pattern_memory = 8 << 20;

result<std::shared_ptr<const re2::RE2>> compile(std::string_view pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(pattern_memory);
  auto compiled =
      std::make_shared<const re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!compiled->ok())
    return fail(errc::evaluation_error,
                "Invalid regex '" + std::string(pattern) + "': " + compiled->error());
  return std::shared_ptr<const re2::RE2>(std::move(compiled));
}

std::uint64_t steps_for(const re2::RE2& pattern, std::size_t bytes) {
  constexpr int few_states = 200;
  const int states = pattern.ProgramSize();
  if (states <= few_states) return 1 + bytes / 64;
  return 1 + bytes * static_cast<std::uint64_t>(states) / 16;
}

}  // namespace

result<std::shared_ptr<const re2::RE2>> compile_pattern(std::string_view pattern) {
  // Broken ones are kept, too: that they are may have taken long to find out.
  thread_local std::map<std::string, result<std::shared_ptr<const re2::RE2>>, std::less<>> cache;
  if (const auto found = cache.find(pattern); found != cache.end()) return found->second;
  auto compiled = compile(pattern);
  if (cache.size() >= cached_patterns) cache.clear();
  cache.emplace(std::string(pattern), compiled);
  return compiled;
}

std::uint64_t pattern_steps(std::string_view pattern, std::size_t bytes) {
  const auto compiled = compile_pattern(pattern);
  return compiled ? steps_for(**compiled, bytes) : 1;
}

bool pattern_matches(std::string_view pattern, std::string_view text) {
  const auto compiled = compile_pattern(pattern);
  return compiled && re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), **compiled);
}

result<std::string> pattern_replace(std::string_view pattern, std::string_view text,
                                    std::string_view replacement, std::size_t most_bytes,
                                    budget& spent) {
  SPOOKY_ASSIGN(const auto compiled, compile_pattern(pattern));
  const re2::StringPiece whole(text.data(), text.size());
  re2::StringPiece match;
  std::string out;
  std::size_t at = 0;
  std::size_t copied = 0;
  bool behind_match = false;
  while (at <= text.size() && out.size() <= most_bytes &&
         spent.spend(steps_for(*compiled, text.size() - at)) &&
         compiled->Match(whole, at, text.size(), re2::RE2::UNANCHORED, &match, 1)) {
    const auto begin = static_cast<std::size_t>(match.data() - text.data());
    // An empty match right behind another match does not count, as in Rust's regex crate.
    if (!match.empty() || !behind_match || begin != copied) {
      out += text.substr(copied, begin - copied);
      out += replacement;
      copied = begin + match.size();
    }
    behind_match = !match.empty();
    at = begin + match.size();
    if (behind_match) continue;
    if (at == text.size()) break;
    next_code_point(text, at);
  }
  if (spent.exhausted()) return spent.failure();
  if (copied < text.size()) out += text.substr(copied);
  return out;
}

}  // namespace spooky::surrealql
