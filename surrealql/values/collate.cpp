#include "surrealql/values/collate.hpp"

#include <array>
#include <cstdint>

namespace spooky::surrealql {
namespace {

// What COLLATE makes of the letters U+00C0 to U+017F. SurrealDB transliterates every script; beyond
// Latin we compare by code point.
constexpr char32_t first_latin = 0xC0;
constexpr std::array<std::string_view, 0x180 - 0xC0> latin{
    "a", "a", "a",  "a",  "a", "a", "ae", "c", "e", "e",  "e",  "e",  "i", "i", "i",  "i",
    "d", "n", "o",  "o",  "o", "o", "o",  "",  "o", "u",  "u",  "u",  "u", "y", "th", "ss",
    "a", "a", "a",  "a",  "a", "a", "ae", "c", "e", "e",  "e",  "e",  "i", "i", "i",  "i",
    "d", "n", "o",  "o",  "o", "o", "o",  "",  "o", "u",  "u",  "u",  "u", "y", "th", "y",
    "a", "a", "a",  "a",  "a", "a", "c",  "c", "c", "c",  "c",  "c",  "c", "c", "d",  "d",
    "d", "d", "e",  "e",  "e", "e", "e",  "e", "e", "e",  "e",  "e",  "g", "g", "g",  "g",
    "g", "g", "g",  "g",  "h", "h", "h",  "h", "i", "i",  "i",  "i",  "i", "i", "i",  "i",
    "i", "i", "ij", "ij", "j", "j", "k",  "k", "k", "l",  "l",  "l",  "l", "l", "l",  "l",
    "l", "l", "l",  "n",  "n", "n", "n",  "n", "n", "'n", "ng", "ng", "o", "o", "o",  "o",
    "o", "o", "oe", "oe", "r", "r", "r",  "r", "r", "r",  "s",  "s",  "s", "s", "s",  "s",
    "s", "s", "t",  "t",  "t", "t", "t",  "t", "u", "u",  "u",  "u",  "u", "u", "u",  "u",
    "u", "u", "u",  "u",  "w", "w", "y",  "y", "y", "z",  "z",  "z",  "z", "z", "z",  "s",
};

bool is_digit(char32_t c) noexcept { return c >= '0' && c <= '9'; }

bool is_alphanumeric(char32_t c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= first_latin;
}

// Reads a text one compared character at a time: its code points, or with COLLATE their lower-case
// ASCII spelling.
class reader {
 public:
  reader(std::string_view text, bool collate) noexcept : rest_(text), collate_(collate) {
    advance();
  }

  bool done() const noexcept { return done_; }
  char32_t peek() const noexcept { return current_; }
  char32_t next() noexcept {
    const char32_t c = current_;
    advance();
    return c;
  }

 private:
  void advance() noexcept {
    if (!spelling_.empty()) {
      current_ = static_cast<unsigned char>(spelling_.front());
      spelling_.remove_prefix(1);
      return;
    }
    if (rest_.empty()) {
      done_ = true;
      return;
    }
    current_ = code_point();
    if (!collate_) return;
    if (current_ >= 'A' && current_ <= 'Z') current_ += 'a' - 'A';
    if (current_ < first_latin || current_ >= first_latin + latin.size()) return;
    const std::string_view spelled = latin[current_ - first_latin];
    if (spelled.empty()) return;
    current_ = static_cast<unsigned char>(spelled.front());
    spelling_ = spelled.substr(1);
  }

  // Texts are valid UTF-8; a cut sequence at the end is read as it is.
  char32_t code_point() noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest_[i]); };
    const unsigned char lead = byte(0);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0xFFu >> (length + 1));
    for (std::size_t i = 1; i < length && i < rest_.size(); ++i) c = (c << 6) | (byte(i) & 0x3Fu);
    rest_.remove_prefix(length < rest_.size() ? length : rest_.size());
    return c;
  }

  std::string_view rest_;
  std::string_view spelling_;
  char32_t current_ = 0;
  bool collate_;
  bool done_ = false;
};

std::strong_ordering by_character(char32_t a, char32_t b, bool collate) noexcept {
  const bool letter_a = is_alphanumeric(a);
  const bool letter_b = is_alphanumeric(b);
  if (!collate || letter_a == letter_b) return a <=> b;
  return letter_a ? std::strong_ordering::greater : std::strong_ordering::less;
}

// Two runs of digits whose first digits are given: the longer run is the greater number, whatever
// zeros it starts with.
std::strong_ordering by_number(char32_t first_a, char32_t first_b, reader& a, reader& b) noexcept {
  std::uint64_t number_a = first_a - '0';
  std::uint64_t number_b = first_b - '0';
  for (;;) {
    const bool more_a = !a.done() && is_digit(a.peek());
    const bool more_b = !b.done() && is_digit(b.peek());
    if (more_a != more_b)
      return more_a ? std::strong_ordering::greater : std::strong_ordering::less;
    if (!more_a) return number_a <=> number_b;
    number_a = number_a * 10 + (a.next() - '0');
    number_b = number_b * 10 + (b.next() - '0');
  }
}

}  // namespace

std::strong_ordering compare_text(std::string_view a, std::string_view b, bool collate,
                                  bool numeric) noexcept {
  reader left(a, collate);
  reader right(b, collate);
  while (!left.done() && !right.done()) {
    const char32_t x = left.next();
    const char32_t y = right.next();
    if (numeric && is_digit(x) && is_digit(y)) {
      if (const auto order = by_number(x, y, left, right); order != 0) return order;
    } else if (x != y) {
      return by_character(x, y, collate);
    }
  }
  if (left.done() != right.done())
    return right.done() ? std::strong_ordering::greater : std::strong_ordering::less;
  return collate ? a.compare(b) <=> 0 : std::strong_ordering::equal;
}

}  // namespace spooky::surrealql
