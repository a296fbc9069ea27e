#include "surrealql/analyse/asked_select.hpp"

#include "surrealql/functions/functions.hpp"
#include "surrealql/syntax/lexer.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <utility>

namespace spooky::surrealql {
namespace {

/// Words of statements that do more than read, and of what gives no rows.
constexpr std::array never_asked{
    keyword::create,  keyword::insert,  keyword::update, keyword::upsert, keyword::delete_,
    keyword::relate,  keyword::define,  keyword::remove, keyword::alter,  keyword::rebuild,
    keyword::kill,    keyword::live,    keyword::sleep,  keyword::use,    keyword::begin,
    keyword::commit,  keyword::cancel,  keyword::throw_, keyword::rand,   keyword::explain,
    keyword::access,  keyword::show};

/// Functions that are refused here and only read: they give the same as long as what they look at
/// is the same.
constexpr std::array<std::string_view, 17> asked_functions{
    "crypto::argon2::compare", "crypto::bcrypt::compare", "crypto::pbkdf2::compare",
    "crypto::scrypt::compare", "http::get",               "http::head",
    "schema::table::exists",   "search::analyze",         "search::highlight",
    "search::linear",          "search::offsets",         "search::rrf",
    "search::score",           "string::html::sanitize",  "string::similarity::fuzzy",
    "string::similarity::smithwaterman", "vector::distance::knn"};

constexpr std::array<std::string_view, 4> of_the_session{"access", "auth", "session", "token"};

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

class reader {
 public:
  reader(std::string_view text, const error& why) : tokens_(text), why_(why) {}

  result<asked_select> read() {
    SPOOKY_TRY(advance());
    if (at_.word != keyword::select) return why_;
    while (at_.kind != token_kind::end) SPOOKY_TRY(take());
    return asked_select{why_.message, {names_.begin(), names_.end()}};
  }

 private:
  result<void> advance() {
    auto next = tokens_.next();
    // What cannot even be cut into tokens is not looked into.
    if (!next.ok()) return why_;
    at_ = *next;
    return {};
  }

  error against(const std::string& what) const {
    return fail(why_.code, why_.message + "; nor can it be asked of the database: " + what);
  }

  result<void> take() {
    const token now = at_;
    if (now.kind == token_kind::semicolon) {
      SPOOKY_TRY(advance());
      if (at_.kind == token_kind::end) return {};
      return against("it is more than one statement");
    }
    if (now.kind == token_kind::parameter) return parameter(now);
    if (now.kind == token_kind::quoted_word) return name(now);
    if (now.kind == token_kind::word) return word(now);
    return advance();
  }

  result<void> parameter(const token& now) {
    SPOOKY_ASSIGN(const auto name, name_of(now));
    if (std::ranges::find(of_the_session, name) != of_the_session.end())
      return against("$" + name + " would be ours");
    return advance();
  }

  result<void> name(const token& now) {
    SPOOKY_ASSIGN(auto spelt, name_of(now));
    names_.insert(std::move(spelt));
    return advance();
  }

  result<void> word(const token& first) {
    if (std::ranges::find(never_asked, first.word) != never_asked.end())
      return against("it names " + std::string{first.text});
    std::string path{first.text};
    SPOOKY_TRY(advance());
    while (at_.kind == token_kind::double_colon) {
      SPOOKY_TRY(advance());
      if (at_.kind != token_kind::word) break;
      path.append("::").append(at_.text);
      SPOOKY_TRY(advance());
    }
    names_.insert(path);
    const bool qualified = path.find("::") != std::string::npos;
    if (qualified || at_.kind == token_kind::left_paren) return function(lower(path), qualified);
    return {};
  }

  /// A word in front of a parenthesis may be a keyword, so only a known function is one.
  result<void> function(const std::string& name, bool qualified) {
    const auto* known = find_function(name);
    if (known == nullptr && !qualified) return {};
    const bool constant = known == nullptr && find_constant(name) != nullptr;
    const bool reads = known != nullptr && known->kind != determinism::refused;
    if (constant || reads || std::ranges::find(asked_functions, name) != asked_functions.end())
      return {};
    return against(name + "() may write, or give something else each time");
  }

  lexer tokens_;
  const error& why_;
  token at_;
  std::set<std::string> names_;
};

}  // namespace

result<asked_select> asked_select_of(std::string_view text, const error& why,
                                     const parse_limits& limits) {
  if (text.size() > limits.bytes) return why;
  return reader(text, why).read();
}

}  // namespace spooky::surrealql
