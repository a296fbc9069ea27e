#include "main/script_texts.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <utility>

namespace spooky::process {

namespace {

constexpr auto nowhere = std::string_view::npos;

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// What an escape stands for; an unknown one is the character itself, as in the language.
char escaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    default:
      return c;
  }
}

bool ends_with_word(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  const auto tail = text.substr(text.size() - word.size());
  const bool same = std::equal(tail.begin(), tail.end(), word.begin(),
                               [](char a, char b) { return lower(a) == b; });
  const bool whole =
      text.size() == word.size() ||
      std::isalnum(static_cast<unsigned char>(text[text.size() - word.size() - 1])) == 0;
  return same && whole;
}

std::string_view stand_in(std::string_view before) {
  const auto last = before.find_last_not_of(" \t\r\n");
  before = before.substr(0, last == nowhere ? 0 : last + 1);
  const bool table =
      ends_with_word(before, "from") || before.ends_with("->") || before.ends_with("<-");
  return table ? "interpolated" : "$interpolated";
}

class reader {
 public:
  explicit reader(std::string_view script) : script_(script) {}

  std::vector<script_text> all() {
    std::vector<script_text> texts;
    while (at_ < script_.size()) {
      if (skip_comment()) continue;
      const char c = script_[at_];
      if (c == '\'' || c == '"' || c == '`') {
        const auto line = line_;
        if (auto content = literal(c)) texts.push_back({*std::move(content), line});
        continue;
      }
      step();
    }
    return texts;
  }

 private:
  bool at(std::string_view what) const { return script_.substr(at_).starts_with(what); }

  void step() {
    if (script_[at_] == '\n') ++line_;
    ++at_;
  }

  void skip_to(std::size_t end) {
    while (at_ < std::min(end, script_.size())) step();
  }

  bool skip_comment() {
    if (at("//")) {
      skip_to(script_.find('\n', at_));
      return true;
    }
    if (!at("/*")) return false;
    const auto end = script_.find("*/", at_ + 2);
    skip_to(end == nowhere ? end : end + 2);
    return true;
  }

  /// Moves behind the literal; behind its quote alone when it has no end.
  std::optional<std::string> literal(char quote) {
    step();
    const reader begin = *this;
    std::string content;
    while (at_ < script_.size() && script_[at_] != quote) {
      if (script_[at_] == '\n' && quote != '`') break;
      if (quote == '`' && at("${")) {
        content += stand_in(content);
        skip_interpolation();
        continue;
      }
      if (script_[at_] == '\\' && at_ + 1 < script_.size()) {
        step();
        content += escaped(script_[at_]);
      } else {
        content += script_[at_];
      }
      step();
    }
    if (at_ < script_.size() && script_[at_] == quote) {
      step();
      return content;
    }
    *this = begin;
    return std::nullopt;
  }

  /// Moves behind the brace that ends a `${`; literals within may hold braces.
  void skip_interpolation() {
    std::size_t depth = 0;
    while (at_ < script_.size()) {
      const char c = script_[at_];
      if (c == '\'' || c == '"' || c == '`') {
        literal(c);
        continue;
      }
      step();
      if (c == '{') ++depth;
      if (c == '}' && --depth == 0) return;
    }
  }

  std::string_view script_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
};

}  // namespace

std::vector<script_text> script_texts(std::string_view script) { return reader(script).all(); }

}  // namespace spooky::process
