#include "surrealql/database/table_definitions.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>

namespace spooky::surrealql {
namespace {

constexpr std::string_view open_angle = "\u27e8";   // ⟨
constexpr std::string_view close_angle = "\u27e9";  // ⟩

/// A word, name or sign of a .surql text; strings and comments never become one.
struct piece {
  std::string text;
  bool quoted = false;  ///< `name` or ⟨name⟩: never a keyword
};

/// Just enough of a lexer to find statements, without being able to fail.
class scanner {
 public:
  explicit scanner(std::string_view text) : text_(text) {}

  std::optional<piece> next() {
    auto p = read();
    if (p) before_ = *p;
    return p;
  }

 private:
  std::optional<piece> read() {
    skip_blanks();
    if (at_ >= text_.size()) return std::nullopt;
    const char c = text_[at_];
    if (c == '\'' || c == '"') {
      quoted(c);
      return piece{"''", true};
    }
    if (c == '`') return piece{quoted(c), true};
    if (c == '/' && value_expected() && regex_ends()) {
      quoted(c);
      return piece{"//", true};
    }
    if (starts(open_angle)) return piece{angled(), true};
    if (is_word(c)) {
      const auto from = at_;
      while (at_ < text_.size() && is_word(text_[at_])) ++at_;
      return piece{std::string(text_.substr(from, at_ - from)), false};
    }
    ++at_;
    return piece{std::string(1, c), false};
  }

  /// True where a slash begins a regular expression and does not divide: after a sign or keyword.
  bool value_expected() const {
    static const std::set<std::string> keywords{"AND",  "OR",   "IN",   "RETURN",
                                                "THEN", "ELSE", "VALUE"};
    if (before_.quoted || before_.text.empty()) return false;
    if (!is_word(before_.text[0]))
      return std::string_view(")]}").find(before_.text) == std::string_view::npos;
    std::string upper = before_.text;
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return keywords.contains(upper);
  }

  bool regex_ends() const {
    const auto end = text_.find_first_of("/\n", at_ + 1);
    return end != std::string_view::npos && text_[end] == '/';
  }

  static bool is_word(char c) {
    const auto u = static_cast<unsigned char>(c);
    return u < 0x80 && (std::isalnum(u) || c == '_');
  }

  bool starts(std::string_view with) const { return text_.substr(at_).starts_with(with); }

  void skip_blanks() {
    while (at_ < text_.size()) {
      if (std::isspace(static_cast<unsigned char>(text_[at_]))) {
        ++at_;
      } else if (starts("/*")) {
        skip_past("*/");
      } else if (starts("--") || starts("//") || starts("#")) {
        skip_past("\n");
      } else {
        return;
      }
    }
  }

  void skip_past(std::string_view end) {
    const auto found = text_.find(end, at_ + 1);
    at_ = found == std::string_view::npos ? text_.size() : found + end.size();
  }

  /// The text between two equal marks, with backslashes resolved.
  std::string quoted(char mark) {
    std::string out;
    for (++at_; at_ < text_.size() && text_[at_] != mark; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_];
    }
    if (at_ < text_.size()) ++at_;
    return out;
  }

  std::string angled() {
    const auto from = at_ + open_angle.size();
    const auto end = std::min(text_.find(close_angle, from), text_.size());
    at_ = std::min(end + close_angle.size(), text_.size());
    return std::string(text_.substr(from, end - from));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  piece before_;
};

using statement = std::vector<piece>;

bool is_keyword(const statement& s, std::size_t at, std::string_view keyword) {
  if (at >= s.size() || s[at].quoted) return false;
  return std::equal(
      s[at].text.begin(), s[at].text.end(), keyword.begin(), keyword.end(),
      [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; });
}

/// The statement up to `;` at its own level; what braces, brackets and parentheses enclose is
/// dropped.
bool read_statement(scanner& from, statement& out) {
  out.clear();
  int depth = 0;
  bool any = false;
  while (auto p = from.next()) {
    any = true;
    if (!p->quoted && p->text.size() == 1) {
      const char c = p->text[0];
      if (c == ';' && depth == 0) return true;
      if (c == '{' || c == '(' || c == '[') ++depth;
      if ((c == '}' || c == ')' || c == ']') && depth > 0) {
        --depth;
        continue;
      }
    }
    if (depth == 0) out.push_back(std::move(*p));
  }
  return any;
}

std::optional<defined_table> table_of(const statement& s) {
  if (!is_keyword(s, 0, "DEFINE") || !is_keyword(s, 1, "TABLE")) return std::nullopt;
  std::size_t at = 2;
  if (is_keyword(s, at, "OVERWRITE")) at += 1;
  if (is_keyword(s, at, "IF") && is_keyword(s, at + 1, "NOT")) at += 3;
  if (at >= s.size() ||
      (!s[at].quoted && s[at].text.size() == 1 &&
       !std::isalnum(static_cast<unsigned char>(s[at].text[0])) && s[at].text[0] != '_'))
    return std::nullopt;
  defined_table table;
  table.name = s[at].text;
  for (++at; at < s.size(); ++at) {
    table.relation |= is_keyword(s, at, "TYPE") && is_keyword(s, at + 1, "RELATION");
    table.derived |= is_keyword(s, at, "AS");
    table.changefeed |= is_keyword(s, at, "CHANGEFEED");
    if (is_keyword(s, at, "PERMISSIONS")) break;
  }
  return table;
}

}  // namespace

std::vector<defined_table> tables_defined_in(std::string_view surql) {
  std::vector<defined_table> tables;
  scanner from(surql);
  for (statement s; read_statement(from, s);) {
    auto table = table_of(s);
    if (!table) continue;
    const auto known = std::find_if(tables.begin(), tables.end(),
                                    [&](const auto& t) { return t.name == table->name; });
    if (known == tables.end())
      tables.push_back(std::move(*table));
    else
      *known = std::move(*table);
  }
  return tables;
}

std::vector<defined_table> tables_of_database(const value& info_for_db,
                                              std::string_view system_prefix) {
  std::vector<defined_table> tables;
  const value& defined = info_for_db["tables"];
  if (!defined.is_object()) return tables;
  for (const auto& [name, text] : defined.as_object()) {
    if (name.view().starts_with(system_prefix)) continue;
    defined_table table;
    if (text.is_string()) {
      auto found = tables_defined_in(text.as_string());
      if (!found.empty()) table = std::move(found.front());
    }
    table.name = name;
    tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace spooky::surrealql
