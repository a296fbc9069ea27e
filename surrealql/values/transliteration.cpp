#include "surrealql/values/transliteration.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace spooky::surrealql {
namespace {

constexpr char table_text[] =
#include "surrealql/values/transliterations.inc"
    ;
constexpr std::string_view table{table_text, sizeof table_text - 1};

constexpr std::size_t page_size = 256;
constexpr std::size_t page_count = 0x110000 / page_size;

// What stands in the table for a letter or digit without a spelling and for one whose spelling is
// empty, and in front of the spelling of any other character.
constexpr std::string_view letter = "L";
constexpr std::string_view nothing = "N";
constexpr char symbol = 'S';

/// The part before the next `end`, which is taken off with it.
std::string_view take_until(char end, std::string_view& rest) noexcept {
  const std::size_t at = rest.find(end);
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return part;
}

/// The table's cells, each page of 256 characters beside each other.
class pages {
 public:
  pages() {
    std::string_view rest = table;
    while (!rest.empty()) {
      std::string_view line = take_until('\n', rest);
      if (line.empty() || line.front() == '#') continue;
      const std::string_view number = take_until('\t', line);
      std::size_t page = 0;
      std::from_chars(number.data(), number.data() + number.size(), page, 16);
      starts_[page] = static_cast<std::uint32_t>(cells_.size()) + 1;
      for (std::size_t i = 0; i < page_size; ++i) cells_.push_back(take_until('\t', line));
    }
  }

  std::string_view cell(char32_t c) const noexcept {
    const std::size_t page = c / page_size;
    if (page >= page_count || starts_[page] == 0) return {};
    return cells_[starts_[page] - 1 + c % page_size];
  }

 private:
  std::array<std::uint32_t, page_count> starts_{};  ///< 0: nothing there; else the first cell + 1
  std::vector<std::string_view> cells_;
};

constexpr bool within(char32_t c, char32_t first, char32_t last) noexcept {
  return c >= first && c <= last;
}

}  // namespace

transliteration transliterated(char32_t c) {
  if (c < 0x80)
    return {within(c, '0', '9') || within(c, 'a', 'z') || within(c, 'A', 'Z'), std::nullopt};
  static const pages known;
  const std::string_view cell = known.cell(c);
  if (cell.empty()) return {};
  if (cell.front() == symbol) return {false, cell.substr(1)};
  if (cell == letter) return {true, std::nullopt};
  return {true, cell == nothing ? std::string_view{} : cell};
}

}  // namespace spooky::surrealql
