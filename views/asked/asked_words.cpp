#include "views/asked/asked_words.hpp"

#include "surrealql/functions/functions.hpp"
#include "surrealql/syntax/lexer.hpp"
#include "views/asked/asked_plan.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <utility>

namespace spooky::views {
namespace {

using namespace surrealql;

/// Words of statements that do more than read, of what gives no rows, and of scripts.
constexpr std::array never_asked{
    keyword::access, keyword::alter,  keyword::begin,   keyword::cancel,  keyword::commit,
    keyword::create, keyword::define, keyword::delete_, keyword::explain, keyword::function,
    keyword::info,   keyword::insert, keyword::kill,    keyword::let,     keyword::live,
    keyword::option, keyword::rand,   keyword::rebuild, keyword::relate,  keyword::remove,
    keyword::show,   keyword::sleep,  keyword::throw_,  keyword::update,  keyword::upsert,
    keyword::use};

constexpr std::array<std::string_view, 5> of_the_session{"access", "auth", "session", "token",
                                                         "request"};

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// What could hide where a string ends, or what stands behind it; empty: nothing.
std::string_view hiding(std::string_view text) {
  constexpr std::string_view open = "\xE2\x9F\xA8", shut = "\xE2\x9F\xA9";  // ⟨ and ⟩
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool angled = text.substr(at, open.size()) == open;
    if (c == '\'' || c == '"' || c == '`' || angled) {
      const auto closing = angled ? shut : text.substr(at, 1);
      const auto begin = at + (angled ? open.size() : 1);
      const auto end = text.find(closing, begin);
      if (end == std::string_view::npos) return "a string without an end";
      if (text.substr(begin, end - begin).find('\\') != std::string_view::npos)
        return "a backslash";
      at = end + closing.size() - 1;
      continue;
    }
    if (c == '\\') return "a backslash";
    if (c == '/') return "a slash";
    if (c == '#' || text.substr(at, 2) == "--") return "a comment";
  }
  return {};
}

class word_reader {
 public:
  word_reader(std::string_view text, const error& against) : tokens_(text), against_(against) {}

  result<asked_words> read() {
    SPOOKY_TRY(advance());
    while (at_.kind != token_kind::end) SPOOKY_TRY(take());
    asked_words out;
    out.names.assign(names_.begin(), names_.end());
    out.parameters.assign(parameters_.begin(), parameters_.end());
    out.outward.assign(outward_.begin(), outward_.end());
    return out;
  }

 private:
  error stands(const std::string& what) const {
    return fail(against_.code, against_.message + what);
  }

  result<void> advance() {
    auto next = tokens_.next();
    if (!next.ok()) return stands("it cannot be cut into words");
    at_ = *next;
    return {};
  }

  result<void> take() {
    const token now = at_;
    switch (now.kind) {
      case token_kind::semicolon:
        SPOOKY_TRY(advance());
        if (at_.kind == token_kind::end) return {};
        return stands("it is more than one statement");
      case token_kind::parameter: {
        SPOOKY_ASSIGN(auto name, name_of(now));
        if (std::ranges::find(of_the_session, name) != of_the_session.end())
          return stands("$" + name + " would be ours");
        if (name != "this" && name != "self" && name != "parent")
          parameters_.insert(std::move(name));
        return advance();
      }
      case token_kind::quoted_word: {
        SPOOKY_ASSIGN(auto name, name_of(now));
        names_.insert(std::move(name));
        SPOOKY_TRY(advance());
        if (at_.kind == token_kind::double_colon || at_.kind == token_kind::left_paren)
          return stands("it calls what is named in quotes");
        return {};
      }
      case token_kind::word:
        return word(now);
      case token_kind::dot:
        SPOOKY_TRY(advance());
        return member();
      default:
        return advance();
    }
  }

  /// A method may be one that writes: none that is called is known for certain.
  result<void> member() {
    if (at_.kind != token_kind::word) return {};
    const token name = at_;
    SPOOKY_TRY(word(name));
    if (at_.kind == token_kind::left_paren)
      return stands("the method " + std::string(name.text) + "() may do anything");
    return {};
  }

  result<void> word(const token& first) {
    if (std::ranges::find(never_asked, first.word) != never_asked.end())
      return stands("it has the word " + std::string(first.text));
    std::string path{first.text};
    bool qualified = false;
    SPOOKY_TRY(advance());
    while (at_.kind == token_kind::double_colon) {
      qualified = true;
      SPOOKY_TRY(advance());
      if (at_.kind != token_kind::word) return stands("a name in it ends in `::`");
      path.append("::").append(at_.text);
      SPOOKY_TRY(advance());
    }
    names_.insert(path);
    if (qualified || at_.kind == token_kind::left_paren) return call(lower(path), qualified);
    return {};
  }

  /// A word in front of a parenthesis may be a keyword, so only a known function is one.
  result<void> call(const std::string& name, bool qualified) {
    const auto* known = find_function(name);
    if (known == nullptr && (!qualified || find_constant(name) != nullptr)) return {};
    if (known == nullptr) return stands(name + "() is not known here");
    if (may_be_asked(*known)) {
      if (name.starts_with("http::") || name.starts_with("schema::")) outward_.insert(name);
      return {};
    }
    if (known->kind == determinism::pure || known->kind == determinism::reads_records ||
        name == "type::field" || name == "type::fields")
      return {};
    return stands(name + "() may write, look at the clock or give something else each time");
  }

  lexer tokens_;
  const error& against_;
  token at_;
  std::set<std::string> names_;
  std::set<std::string> parameters_;
  std::set<std::string> outward_;
};

}  // namespace

result<asked_words> asked_words_of(std::string_view text, const error& against) {
  if (const auto what = hiding(text); !what.empty())
    return fail(against.code, against.message + "it has " + std::string(what));
  return word_reader(text, against).read();
}

}  // namespace spooky::views
