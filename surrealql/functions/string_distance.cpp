#include "surrealql/functions/library.hpp"
#include "surrealql/values/utf8.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

/// string::distance and string::similarity.
namespace spooky::surrealql::library {
namespace {

constexpr std::size_t longest_input = 16'384;

/// Whether the texts may be compared each character with each. `bytes_each`: kept of each pair.
result<void> short_enough(arguments a, function_context& context, std::size_t bytes_each) {
  const std::size_t left = a[0].as_string().size();
  const std::size_t right = a[1].as_string().size();
  if (left <= longest_input && right <= longest_input)
    return charge(context, (left + 2) * (right + 2) / 8 + 1, 8 * bytes_each);
  return bad_argument("Input strings must not exceed " + std::to_string(longest_input) +
                      " bytes (got " + std::to_string(left) + " and " + std::to_string(right) +
                      ").");
}

using points = std::u32string;
using distance = std::size_t (*)(const points&, const points&);

std::size_t levenshtein(const points& a, const points& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

/// Optimal string alignment: as Levenshtein, and neighbours may change places once.
std::size_t alignment(const points& a, const points& b) {
  std::vector<std::vector<std::size_t>> rows(3, std::vector<std::size_t>(b.size() + 1));
  std::iota(rows[1].begin(), rows[1].end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    rows[2][0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t cost = a[i] == b[j] ? 0 : 1;
      rows[2][j + 1] = std::min({rows[1][j] + cost, rows[2][j] + 1, rows[1][j + 1] + 1});
      if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j])
        rows[2][j + 1] = std::min(rows[2][j + 1], rows[0][j - 1] + 1);
    }
    std::rotate(rows.begin(), rows.begin() + 1, rows.end());
  }
  return rows[1][b.size()];
}

/// Damerau-Levenshtein: transpositions may enclose other edits (Lowrance and Wagner, 1975).
std::size_t damerau(const points& a, const points& b) {
  const std::size_t width = b.size() + 2;
  const std::size_t limit = a.size() + b.size();
  std::vector<std::size_t> table((a.size() + 2) * width, 0);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& {
    return table[i * width + j];
  };
  at(0, 0) = limit;
  for (std::size_t i = 0; i <= a.size(); ++i) {
    at(i + 1, 0) = limit;
    at(i + 1, 1) = i;
  }
  for (std::size_t j = 0; j <= b.size(); ++j) {
    at(0, j + 1) = limit;
    at(1, j + 1) = j;
  }
  std::map<char32_t, std::size_t> last_row;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t last_column = 0;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t row_of = last_row[b[j - 1]];
      const std::size_t column = last_column;
      const std::size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
      if (cost == 0) last_column = j;
      at(i + 1, j + 1) = std::min({at(i, j) + cost, at(i + 1, j) + 1, at(i, j + 1) + 1,
                                   at(row_of, column) + (i - row_of - 1) + 1 + (j - column - 1)});
    }
    last_row[a[i - 1]] = i;
  }
  return at(a.size() + 1, b.size() + 1);
}

template <distance Distance, std::size_t PairBytes = 0>
result<value> counted(arguments a, function_context& context) {
  SPOOKY_TRY(short_enough(a, context, PairBytes));
  return value(static_cast<std::int64_t>(
      Distance(to_code_points(a[0].as_string()), to_code_points(a[1].as_string()))));
}

template <distance Distance, std::size_t PairBytes = 0>
result<value> normalized(arguments a, function_context& context) {
  SPOOKY_TRY(short_enough(a, context, PairBytes));
  const points left = to_code_points(a[0].as_string());
  const points right = to_code_points(a[1].as_string());
  if (left.empty() && right.empty()) return value(1.0);
  return value(1.0 - static_cast<double>(Distance(left, right)) /
                         static_cast<double>(std::max(left.size(), right.size())));
}

result<value> hamming(arguments a, function_context& context) {
  SPOOKY_TRY(short_enough(a, context, 0));
  const points left = to_code_points(a[0].as_string());
  const points right = to_code_points(a[1].as_string());
  if (left.size() != right.size()) return bad_argument("Strings must be of equal length.");
  std::int64_t count = 0;
  for (std::size_t i = 0; i < left.size(); ++i) count += left[i] == right[i] ? 0 : 1;
  return value(count);
}

/// Jaro: common characters within half the longer length, less half of those out of order.
double jaro_of(const points& a, const points& b) {
  if (a.empty() && b.empty()) return 1.0;
  if (a.empty() || b.empty()) return 0.0;
  const std::size_t longest = std::max(a.size(), b.size());
  const std::size_t reach = longest / 2 > 0 ? longest / 2 - 1 : 0;
  std::vector<bool> taken(b.size(), false);
  std::u32string common;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::size_t from = i > reach ? i - reach : 0;
    const std::size_t to = std::min(b.size(), i + reach + 1);
    for (std::size_t j = from; j < to; ++j) {
      if (taken[j] || a[i] != b[j]) continue;
      taken[j] = true;
      common += a[i];
      break;
    }
  }
  if (common.empty()) return 0.0;
  std::size_t moved = 0;
  std::size_t next = 0;
  for (std::size_t j = 0; j < b.size(); ++j) {
    if (taken[j] && b[j] != common[next++]) ++moved;
  }
  const std::size_t transpositions = moved / 2;
  const auto matches = static_cast<double>(common.size());
  return (matches / static_cast<double>(a.size()) + matches / static_cast<double>(b.size()) +
          (matches - static_cast<double>(transpositions)) / matches) /
         3.0;
}

result<value> jaro(arguments a, function_context& context) {
  SPOOKY_TRY(short_enough(a, context, 0));
  return value(jaro_of(to_code_points(a[0].as_string()), to_code_points(a[1].as_string())));
}

result<value> jaro_winkler(arguments a, function_context& context) {
  SPOOKY_TRY(short_enough(a, context, 0));
  const points left = to_code_points(a[0].as_string());
  const points right = to_code_points(a[1].as_string());
  const double plain_score = jaro_of(left, right);
  constexpr double boosted_above = 0.7;
  constexpr double boost = 0.1;
  constexpr std::size_t longest_prefix = 4;
  if (plain_score <= boosted_above) return value(plain_score);
  std::size_t prefix = 0;
  while (prefix < std::min({longest_prefix, left.size(), right.size()}) &&
         left[prefix] == right[prefix])
    ++prefix;
  return value(plain_score + boost * static_cast<double>(prefix) * (1.0 - plain_score));
}

std::size_t utf8_bytes(const points& text) {
  std::size_t bytes = 0;
  for (const char32_t c : text) bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  return bytes;
}

result<value> sorensen_dice(arguments a, function_context& context) {
  SPOOKY_TRY(short_enough(a, context, 0));
  const auto without_space = [](std::string_view text) {
    points out;
    for (const char32_t c : to_code_points(text)) {
      if (c != U' ' && c != U'\t' && c != U'\n' && c != U'\r') out += c;
    }
    return out;
  };
  const points left = without_space(a[0].as_string());
  const points right = without_space(a[1].as_string());
  if (left == right) return value(1.0);
  // The engine divides by lengths in bytes, although it compares pairs of characters.
  const std::size_t bytes = utf8_bytes(left) + utf8_bytes(right);
  if (left.size() < 2 || right.size() < 2) return value(0.0);
  std::map<std::u32string, int> pairs;
  for (std::size_t i = 0; i + 1 < left.size(); ++i) ++pairs[left.substr(i, 2)];
  std::size_t common = 0;
  for (std::size_t i = 0; i + 1 < right.size(); ++i) {
    const auto found = pairs.find(right.substr(i, 2));
    if (found == pairs.end() || found->second == 0) continue;
    --found->second;
    ++common;
  }
  return value(2.0 * static_cast<double>(common) / static_cast<double>(bytes - 2));
}

constexpr function_entry rows[] = {
    row("string::distance::damerau_levenshtein", "ss", counted<damerau, sizeof(std::size_t)>),
    row("string::distance::hamming", "ss", hamming),
    row("string::distance::levenshtein", "ss", counted<levenshtein>),
    row("string::distance::normalized_damerau_levenshtein", "ss",
        normalized<damerau, sizeof(std::size_t)>),
    row("string::distance::normalized_levenshtein", "ss", normalized<levenshtein>),
    row("string::distance::osa", "ss", counted<alignment>),
    row("string::similarity::jaro", "ss", jaro),
    row("string::similarity::jaro_winkler", "ss", jaro_winkler),
    row("string::similarity::sorensen_dice", "ss", sorensen_dice),
};

}  // namespace

std::span<const function_entry> string_distance_functions() { return rows; }

}  // namespace spooky::surrealql::library
