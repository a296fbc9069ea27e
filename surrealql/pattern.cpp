#include "surrealql/pattern.hpp"

#include <charconv>
#include <map>
#include <vector>

#include <re2/re2.h>

namespace spooky::surrealql {
namespace {

/// Compiled patterns kept per thread; a query uses few, and a full cache is simply dropped.
constexpr std::size_t cached_patterns = 256;
constexpr std::int64_t pattern_memory = 8 << 20;

bool is_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The group that a name or number in a replacement means; -1 if there is none.
int group_of(const re2::RE2& pattern, std::string_view name) {
  int number = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
  if (read.ec == std::errc() && read.ptr == name.data() + name.size())
    return number <= pattern.NumberOfCapturingGroups() ? number : -1;
  const auto& groups = pattern.NamedCapturingGroups();
  const auto found = groups.find(std::string(name));
  return found == groups.end() ? -1 : found->second;
}

/// Appends the replacement with its group references filled in.
void append_expanded(const re2::RE2& pattern, std::string_view replacement,
                     const std::vector<re2::StringPiece>& groups, std::string& out) {
  for (std::size_t at = 0; at < replacement.size();) {
    if (replacement[at] != '$' || at + 1 == replacement.size()) {
      out += replacement[at++];
      continue;
    }
    if (replacement[at + 1] == '$') {
      out += '$';
      at += 2;
      continue;
    }
    const bool braced = replacement[at + 1] == '{';
    const std::size_t begin = at + (braced ? 2 : 1);
    std::size_t end = begin;
    while (end < replacement.size() &&
           (braced ? replacement[end] != '}' : is_word(replacement[end])))
      ++end;
    if (end == begin || (braced && end == replacement.size())) {
      out += replacement[at++];
      continue;
    }
    const int group = group_of(pattern, replacement.substr(begin, end - begin));
    if (group >= 0)
      out.append(groups[static_cast<std::size_t>(group)].data(),
                 groups[static_cast<std::size_t>(group)].size());
    at = end + (braced ? 1 : 0);
  }
}

}  // namespace

result<std::shared_ptr<const re2::RE2>> compile_pattern(std::string_view pattern) {
  thread_local std::map<std::string, std::shared_ptr<const re2::RE2>, std::less<>> cache;
  if (const auto found = cache.find(pattern); found != cache.end()) return found->second;
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(pattern_memory);
  auto compiled =
      std::make_shared<const re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!compiled->ok())
    return fail(errc::evaluation_error,
                "Invalid regex '" + std::string(pattern) + "': " + compiled->error());
  if (cache.size() >= cached_patterns) cache.clear();
  cache.emplace(std::string(pattern), compiled);
  return compiled;
}

bool pattern_matches(std::string_view pattern, std::string_view text) {
  const auto compiled = compile_pattern(pattern);
  return compiled && re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), **compiled);
}

result<std::string> pattern_replace(std::string_view pattern, std::string_view text,
                                    std::string_view replacement) {
  SPOOKY_ASSIGN(const auto compiled, compile_pattern(pattern));
  const re2::StringPiece whole(text.data(), text.size());
  std::vector<re2::StringPiece> groups(
      static_cast<std::size_t>(compiled->NumberOfCapturingGroups()) + 1);
  std::string out;
  std::size_t at = 0;
  std::size_t copied = 0;
  while (at <= text.size() && compiled->Match(whole, at, text.size(), re2::RE2::UNANCHORED,
                                              groups.data(), static_cast<int>(groups.size()))) {
    const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
    out += text.substr(copied, begin - copied);
    append_expanded(*compiled, replacement, groups, out);
    copied = begin + groups[0].size();
    at = groups[0].empty() ? copied + 1 : copied;
  }
  if (copied < text.size()) out += text.substr(copied);
  return out;
}

}  // namespace spooky::surrealql
