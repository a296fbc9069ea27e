#include "surrealql/values/collate.hpp"

#include "surrealql/values/transliteration.hpp"

#include <cstdint>

namespace spooky::surrealql {
namespace {

bool is_digit(char32_t c) noexcept { return c >= '0' && c <= '9'; }

/// Accents that stand by themselves behind their letter; some characters among them are letters.
bool in_accents(char32_t c) noexcept { return c >= 0x300 && c <= 0x36F; }

std::string_view trimmed(std::string_view text) noexcept {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// Reads a text one compared character at a time: its code points, or with COLLATE their lower-case
// ASCII spelling.
class reader {
 public:
  reader(std::string_view text, bool collate) : rest_(text), collate_(collate) { advance(); }

  bool done() const noexcept { return done_; }
  char32_t peek() const noexcept { return current_; }
  char32_t next() {
    const char32_t c = current_;
    advance();
    return c;
  }

 private:
  void advance() {
    if (!spelling_.empty()) {
      current_ = static_cast<unsigned char>(spelling_.front());
      spelling_.remove_prefix(1);
      return;
    }
    while (!rest_.empty()) {
      current_ = code_point();
      if (!collate_ || spelled()) return;
    }
    done_ = true;
  }

  /// Takes the spelling of a letter or digit. False: the character is passed over.
  bool spelled() {
    if (current_ >= 'A' && current_ <= 'Z') current_ += 'a' - 'A';
    const auto known = transliterated(current_);
    if (!known.alphanumeric) return !in_accents(current_);
    if (!known.ascii) return true;
    const auto ascii = trimmed(*known.ascii);
    if (ascii.empty()) return false;
    current_ = static_cast<unsigned char>(ascii.front());
    spelling_ = ascii.substr(1);
    return true;
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

std::strong_ordering by_character(char32_t a, char32_t b, bool collate) {
  if (!collate) return a <=> b;
  const bool letter_a = transliterated(a).alphanumeric;
  const bool letter_b = transliterated(b).alphanumeric;
  if (letter_a == letter_b) return a <=> b;
  return letter_a ? std::strong_ordering::greater : std::strong_ordering::less;
}

// Two runs of digits whose first digits are given: the longer run is the greater number, whatever
// zeros it starts with.
std::strong_ordering by_number(char32_t first_a, char32_t first_b, reader& a, reader& b) {
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
                                  bool numeric) {
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
