#pragma once

#include "surrealql/syntax/ast.hpp"

#include <cstdint>
#include <string_view>

namespace spooky::surrealql {

/// What a token is. Words are not split into keywords and names here: SurrealQL lets nearly every
/// keyword stand as a name, so only the grammar knows (`token::word`).
enum class token_kind : std::uint8_t {
  end,          ///< end of the text
  word,         ///< [a-zA-Z_][a-zA-Z0-9_]*
  quoted_word,  ///< `…` or ⟨…⟩, text with the quotes
  parameter,    ///< $name, $`name`, $⟨name⟩, text with the dollar
  digits,       ///< [0-9][0-9_]*; the grammar asks the lexer for the number or duration
  string,       ///< '…' or "…", with an optional prefix letter in `token::prefix`
  left_brace,
  right_brace,
  left_bracket,
  right_bracket,
  left_paren,
  right_paren,
  semicolon,
  comma,
  at,
  pipe,
  double_pipe,
  double_ampersand,
  dot,
  dot_dot,
  ellipsis,
  bang,
  bang_equal,
  question,
  question_colon,
  question_equal,
  less,
  less_equal,
  less_pipe,
  greater,
  greater_equal,
  minus,
  arrow,
  minus_equal,
  plus,
  plus_equal,
  plus_question_equal,
  slash,
  percent,
  star,
  double_star,
  star_equal,
  equal,
  double_equal,
  colon,
  double_colon,
  dollar,
  tilde,       ///< `~` and the operators built from it that SurrealQL 3 dropped
  set_symbol,  ///< ∋ ∌ ∈ ∉ ⊇ ⊃ ⊅ ⊆ ⊂ ⊄, told apart by the text
  times,       ///< ×
  divided,     ///< ÷
};

/// The words the grammar reacts to. `none` for every other word.
enum class keyword : std::uint8_t {
  none,
  access,
  all,
  allinside,
  alter,
  and_,
  anyinside,
  as,
  asc,
  at,
  begin,
  break_,
  by,
  cancel,
  collate,
  commit,
  contains,
  containsall,
  containsany,
  containsnone,
  containsnot,
  continue_,
  create,
  database,
  define,
  delete_,
  desc,
  else_,
  end,
  explain,
  false_,
  fetch,
  field,
  for_,
  from,
  full,
  function,
  group,
  if_,
  in,
  index,
  info,
  insert,
  inside,
  intersects,
  is,
  kill,
  let,
  limit,
  live,
  namespace_,
  no,
  noindex,
  none_value,
  noneinside,
  not_,
  notinside,
  null,
  numeric,
  omit,
  on,
  only,
  option,
  or_,
  order,
  outside,
  rand,
  rebuild,
  relate,
  remove,
  return_,
  root,
  select,
  show,
  sleep,
  split,
  start,
  structure,
  table,
  tempfiles,
  then,
  throw_,
  timeout,
  true_,
  type,
  update,
  upsert,
  use,
  value,
  version,
  where,
  with,
};

/// The keyword a word spells, in any case.
keyword keyword_of(std::string_view word) noexcept;

/// One token: a view into the source text and where it stands.
struct token {
  token_kind kind = token_kind::end;
  keyword word = keyword::none;  ///< of a `token_kind::word`
  char prefix = 0;               ///< of a string: 0 or one of s, d, u, r, b, f
  bool spaced = false;           ///< white space or a comment stands before it
  std::string_view text;
  position where;
};

}  // namespace spooky::surrealql
