#include "main/commands.hpp"
#include "main/script_texts.hpp"
#include "surrealql/codec/json.hpp"
#include "surrealql/syntax/find_selects.hpp"
#include "views/engine/keeping.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace spooky::process {

namespace {

using views::keeping;

constexpr std::size_t ways = 4;

struct explained {
  std::string file;  ///< empty: given on the command line
  std::uint32_t line = 1;
  std::string statement;
  keeping kept;
};

explained explain(std::string file, std::uint32_t line, std::string_view statement) {
  return {std::move(file), line, std::string{statement}, views::keeping_of(statement)};
}

bool is_script(std::string_view file) {
  static constexpr std::array endings{".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts"};
  return std::ranges::any_of(endings, [&](std::string_view end) { return file.ends_with(end); });
}

/// "Please select a file from the list" is no query, though one cannot be sure.
bool is_prose(const explained& one) {
  const bool read = one.kept.how != keeping::way::refused && one.kept.plan["read"] != value{false};
  return !read && !one.statement.starts_with("SELECT");
}

void add_file(const std::string& file, std::string_view text, std::vector<explained>& all) {
  if (!is_script(file)) {
    for (const auto& found : surrealql::find_selects(text))
      all.push_back(explain(file, found.where.line, found.text));
    return;
  }
  for (const auto& literal : script_texts(text))
    for (const auto& found : surrealql::find_selects(literal.content)) {
      auto one = explain(file, literal.line + found.where.line - 1, found.text);
      if (!is_prose(one)) all.push_back(std::move(one));
    }
}

std::string on_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!space) out += c;
    if (space && !out.empty() && out.back() != ' ') out += ' ';
  }
  return out;
}

std::string place(const explained& one) {
  return one.file.empty() ? std::string{} : fmt::format("{}:{}  ", one.file, one.line);
}

std::array<std::size_t, ways> counts(const std::vector<explained>& all) {
  std::array<std::size_t, ways> n{};
  for (const auto& one : all) ++n[static_cast<std::size_t>(one.kept.how)];
  return n;
}

void print_text(const std::vector<explained>& all) {
  for (const auto& one : all) {
    std::cout << place(one) << views::to_string(one.kept.how);
    if (!one.kept.in_time.empty()) std::cout << ", " << one.kept.in_time;
    if (!one.kept.reason.empty()) std::cout << ": " << one.kept.reason;
    std::cout << "\n    " << on_one_line(one.statement) << '\n';
  }
  const auto [incremental, recomputed, asked, refused] = counts(all);
  std::cout << fmt::format("{} SELECT{}: {} incremental, {} recomputed, {} asked, {} refused\n",
                           all.size(), all.size() == 1 ? "" : "s", incremental, recomputed, asked,
                           refused);
}

void print_json(const std::vector<explained>& all) {
  for (const auto& one : all) {
    object line{{"statement", value(one.statement)},
                {"kept", value(views::to_string(one.kept.how))}};
    if (!one.file.empty()) {
      line.set("file", value(one.file));
      line.set("line", value(std::int64_t{one.line}));
    }
    if (!one.kept.reason.empty()) line.set("reason", value(one.kept.reason));
    if (!one.kept.plan.is_none()) line.set("plan", one.kept.plan);
    std::cout << surrealql::to_json(value(std::move(line))) << '\n';
  }
}

}  // namespace

int explain_statements(const explain_request& request) {
  std::vector<explained> all;
  if (!request.statement.empty()) all.push_back(explain({}, 1, request.statement));
  for (const auto& file : request.files) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) {
      std::cerr << "spooky explain: " << file << " cannot be read\n";
      return 1;
    }
    add_file(file, text.view(), all);
  }
  if (request.json)
    print_json(all);
  else
    print_text(all);
  return counts(all).back() == 0 ? 0 : 2;
}

}  // namespace spooky::process
