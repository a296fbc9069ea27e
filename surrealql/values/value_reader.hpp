#pragma once

#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <string>
#include <string_view>

namespace spooky::surrealql {

/// Reads SurrealQL constants from text: what parse_value() and parse_record_id() are made of. It is
/// no parser of expressions; that is parse.hpp.
class value_reader {
 public:
  explicit value_reader(std::string_view text) : text_(text) {}

  result<value> read_value();
  /// `table:key`. Without `ranges`, as the engine reads casts, `person:1..5` ends behind the 1.
  result<record_id> read_record_id(bool ranges);

  /// A name: plain, in backticks or in ⟨⟩.
  result<std::string> read_name();

  /// Whether only white space is left.
  bool at_end();
  std::size_t offset() const noexcept { return at_; }
  error expected(std::string_view what) const;

 private:
  result<value> read_plain_value();
  result<value> read_number();
  result<value> read_prefixed(char prefix);
  result<value> read_bytes(std::string_view text);
  result<value> read_file();
  result<value> read_array();
  result<value> read_braces();
  result<value> read_members();
  result<value> read_set_items(array items);
  result<value> read_point();
  result<value> read_regex();
  result<value> read_word();
  result<value> read_key();
  result<value> read_range_from(range_bound begin, result<value> (value_reader::*read)());
  result<std::string> read_quoted();
  bool read_escape(std::string& out);

  void skip_space() noexcept;
  bool peek(std::string_view what) const noexcept { return text_.substr(at_).starts_with(what); }
  bool take(std::string_view what) noexcept;
  char current() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
  char following() const noexcept { return at_ + 1 < text_.size() ? text_[at_ + 1] : '\0'; }
  std::string_view take_word() noexcept;

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace spooky::surrealql
