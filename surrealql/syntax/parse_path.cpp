#include "surrealql/syntax/parser.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

/// Paths ("idioms"): fields, indexes, filters, methods, destructuring, recursion and graph steps.
namespace spooky::surrealql {

bool parser::at_graph_step() const {
  if (is(token_kind::arrow)) return true;
  if (!is(token_kind::less)) return false;
  const token next = peek();
  return !next.spaced && (next.kind == token_kind::minus || next.kind == token_kind::arrow ||
                          next.kind == token_kind::tilde);
}

bool parser::continues_path() const {
  return is(token_kind::dot) || is(token_kind::left_bracket) || is(token_kind::ellipsis) ||
         at_graph_step();
}

/// The rest of a path after its beginning; a name's own path grows, anything else becomes a start.
result<expr_ptr> parser::path_after(expr_ptr start) {
  const position where = start->where;
  path steps;
  const auto* begun = std::get_if<path>(&start->node);
  if (begun != nullptr && begun->start == nullptr) {
    steps = *begun;
  } else {
    steps.start = std::move(start);
  }
  SPOOKY_TRY(path_parts(steps.parts));
  return make(std::move(steps), where);
}

result<void> parser::path_parts(std::vector<path_part>& parts) {
  while (continues_path()) {
    if (++nodes_ > limits_.nodes)
      return fail(errc::limit_exceeded, describe(current_.where) + "the query has more than " +
                                            std::to_string(limits_.nodes) + " expressions");
    if (is(token_kind::dot)) {
      SPOOKY_TRY(advance());
      SPOOKY_ASSIGN(path_part part, dot_part());
      parts.push_back(std::move(part));
    } else if (is(token_kind::left_bracket)) {
      SPOOKY_ASSIGN(path_part part, bracket_part());
      parts.push_back(std::move(part));
    } else if (is(token_kind::ellipsis)) {
      SPOOKY_TRY(advance());
      parts.emplace_back(flatten_part{});
    } else {
      SPOOKY_ASSIGN(path_part part, graph_step());
      parts.push_back(std::move(part));
    }
  }
  return {};
}

result<path_part> parser::dot_part() {
  switch (current_.kind) {
    case token_kind::question:
      SPOOKY_TRY(advance());
      return path_part(optional_part{});
    case token_kind::star:
      SPOOKY_TRY(advance());
      return path_part(all_part{});
    case token_kind::at:
      SPOOKY_TRY(advance());
      return path_part(repeat_part{});
    case token_kind::left_brace:
      return braced_part();
    default:
      break;
  }
  SPOOKY_ASSIGN(std::string name, take_name("a field, `*`, `?` or `{` after the dot"));
  if (!is(token_kind::left_paren)) return path_part(field_part{std::move(name)});
  SPOOKY_ASSIGN(std::vector<expr_ptr> given, arguments());
  return path_part(method_part{std::move(name), std::move(given)});
}

result<path_part> parser::bracket_part() {
  SPOOKY_TRY(advance());
  path_part part;
  if (is(token_kind::star)) {
    SPOOKY_TRY(advance());
    part = all_part{};
  } else if (is(token_kind::dollar)) {
    SPOOKY_TRY(advance());
    part = last_part{};
  } else if (is(token_kind::question) || is(keyword::where)) {
    SPOOKY_TRY(advance());
    SPOOKY_ASSIGN(expr_ptr condition, field_expression());
    part = where_part{std::move(condition)};
  } else {
    SPOOKY_ASSIGN(expr_ptr index, expression());
    part = index_part{std::move(index)};
  }
  SPOOKY_TRY(expect(token_kind::right_bracket, "`]`"));
  return part;
}

result<path_part> parser::braced_part() {
  const nesting level(*this);
  SPOOKY_TRY(level.entered());
  SPOOKY_TRY(advance());
  return is(token_kind::dot_dot) || is(token_kind::digits) ? recursion() : destructuring();
}

result<path_part> parser::destructuring() {
  destructure_part picked;
  while (!is(token_kind::right_brace)) {
    const position where = current_.where;
    SPOOKY_ASSIGN(std::string name, take_name("a field name"));
    expr_ptr source;
    bool spread = false;
    if (is(token_kind::colon)) {
      SPOOKY_TRY(advance());
      SPOOKY_ASSIGN(source, field_expression());
    } else {
      path field;
      field.parts.emplace_back(field_part{name});
      if (is(token_kind::dot)) {
        SPOOKY_TRY(advance());
        if (!is(token_kind::star) && !is(token_kind::left_brace))
          return unexpected("`*` or `{` after the dot");
        spread = is(token_kind::star);
        SPOOKY_ASSIGN(path_part inner, dot_part());
        field.parts.push_back(std::move(inner));
      }
      SPOOKY_ASSIGN(source, make(std::move(field), where));
    }
    picked.members.push_back({std::move(name), std::move(source), spread});
    SPOOKY_ASSIGN(const bool more, eat(token_kind::comma));
    if (!more) break;
  }
  SPOOKY_TRY(expect(token_kind::right_brace, "`,` or `}`"));
  return path_part(std::move(picked));
}

result<path_part> parser::recursion() {
  recurse_part repeat;
  const auto bound = [&](std::optional<std::uint32_t>& into) -> result<void> {
    if (!is(token_kind::digits)) return {};
    std::uint32_t n = 0;
    const auto [end, problem] =
        std::from_chars(current_.text.data(), current_.text.data() + current_.text.size(), n);
    if (problem != std::errc{} || end != current_.text.data() + current_.text.size())
      return unexpected("a number of steps");
    into = n;
    return advance();
  };
  SPOOKY_TRY(bound(repeat.min));
  if (is(token_kind::dot_dot)) {
    SPOOKY_TRY(advance());
    SPOOKY_TRY(bound(repeat.max));
  } else {
    repeat.max = repeat.min;
  }
  while (is(token_kind::plus)) {
    SPOOKY_TRY(advance());
    const position where = current_.where;
    SPOOKY_ASSIGN(const std::string word,
                  take_name("`path`, `collect`, `shortest` or `inclusive`"));
    const bool first = repeat.instruction.empty();
    if (first && (word == "path" || word == "collect")) {
      repeat.instruction = word;
    } else if (first && word == "shortest") {
      repeat.instruction = word;
      SPOOKY_TRY(expect(token_kind::equal, "`=` and a record id"));
      SPOOKY_ASSIGN(repeat.target, prime_value());
    } else if (!first && word == "inclusive") {
      if (!repeat.instruction.ends_with("+inclusive")) repeat.instruction += "+inclusive";
    } else {
      return fail(errc::parse_error,
                  describe(where) +
                      "expected `path`, `collect`, `shortest` or `inclusive`, found `" + word +
                      "`");
    }
  }
  SPOOKY_TRY(expect(token_kind::right_brace, "`}`"));
  if (is(token_kind::left_paren)) {
    const position where = current_.where;
    SPOOKY_TRY(advance());
    path inner;
    SPOOKY_TRY(path_parts(inner.parts));
    SPOOKY_TRY(expect(token_kind::right_paren, "`)`"));
    SPOOKY_ASSIGN(repeat.path, make(std::move(inner), where));
  }
  return path_part(std::move(repeat));
}

result<path_part> parser::graph_step() {
  const nesting level(*this);
  SPOOKY_TRY(level.entered());
  graph_part step;
  const position where = current_.where;
  if (is(token_kind::less)) {
    SPOOKY_TRY(advance());
    step.direction = is(token_kind::arrow)   ? graph_direction::both
                     : is(token_kind::tilde) ? graph_direction::reference
                                             : graph_direction::in;
  }
  SPOOKY_TRY(advance());
  if (is(token_kind::question)) {
    SPOOKY_TRY(advance());
  } else if (is(token_kind::left_paren)) {
    SPOOKY_TRY(graph_parentheses(step));
  } else {
    SPOOKY_TRY(graph_targets(step, false));
  }
  const bool by_field =
      std::any_of(step.targets.begin(), step.targets.end(),
                  [](const graph_target& target) { return !target.field.empty(); });
  if (by_field && step.direction != graph_direction::reference)
    return unsupported(where, "FIELD in a graph step", "only `<~` follows fields");
  return path_part(std::move(step));
}

result<graph_target> parser::one_graph_target(bool parenthesised) {
  graph_target target;
  const position where = current_.where;
  SPOOKY_ASSIGN(target.table, take_name("a table, `?` or `(`"));
  if (is(token_kind::colon) && !current_.spaced) {
    SPOOKY_TRY(advance());
    expr_ptr begin;
    bool excluded = false;
    if (at_record_key()) {
      SPOOKY_ASSIGN(begin, record_key());
      if (is(token_kind::greater) && next_is_adjacent(token_kind::dot_dot)) {
        SPOOKY_TRY(advance());
        excluded = true;
      }
    }
    if (!is(token_kind::dot_dot)) return unexpected("`..`: a graph step takes a range of keys");
    SPOOKY_ASSIGN(target.range, key_range(std::move(begin), excluded, where));
  }
  if (parenthesised && is(keyword::field)) {
    SPOOKY_TRY(advance());
    SPOOKY_ASSIGN(target.field, take_name("a field"));
  }
  return target;
}

result<void> parser::graph_targets(graph_part& step, bool parenthesised) {
  do {
    SPOOKY_ASSIGN(graph_target target, one_graph_target(parenthesised));
    step.targets.push_back(std::move(target));
    if (!parenthesised || !is(token_kind::comma)) return {};
    SPOOKY_TRY(advance());
  } while (true);
}

result<void> parser::graph_parentheses(graph_part& step) {
  SPOOKY_TRY(advance());
  const name_mode fields_mode(*this, false);
  const bool full = is(keyword::select);
  select_statement inner;
  inner.where_from = current_.where;
  if (full) {
    SPOOKY_TRY(advance());
    SPOOKY_TRY(fields(inner));
    SPOOKY_TRY(expect(keyword::from, "FROM"));
  }
  if (is(token_kind::question)) {
    SPOOKY_TRY(advance());
  } else {
    SPOOKY_TRY(graph_targets(step, true));
  }
  if (full) {
    SPOOKY_TRY(row_clauses(inner));
    SPOOKY_TRY(limit_clauses(inner.limit, inner.start));
    step.select = std::make_shared<const select_statement>(std::move(inner));
  } else {
    if (is(keyword::where)) {
      SPOOKY_TRY(advance());
      SPOOKY_ASSIGN(step.where, field_expression());
    }
    SPOOKY_TRY(limit_clauses(step.limit, step.start));
  }
  if (is(keyword::as)) {
    SPOOKY_TRY(advance());
    SPOOKY_ASSIGN(step.alias, plain_path());
  }
  return expect(token_kind::right_paren, "`)`");
}

/// A path that begins with a name or a graph step: aliases, FETCH.
result<expr_ptr> parser::plain_path() {
  const position where = current_.where;
  path whole;
  if (!at_graph_step()) {
    SPOOKY_ASSIGN(std::string name, take_name("a field"));
    whole.parts.emplace_back(field_part{std::move(name)});
  }
  SPOOKY_TRY(path_parts(whole.parts));
  return make(std::move(whole), where);
}

/// Fields, `*` and fixed indexes only: the keys of ORDER, GROUP and SPLIT.
result<expr_ptr> parser::basic_path() {
  const position where = current_.where;
  path whole;
  SPOOKY_ASSIGN(std::string name, take_name("a field"));
  whole.parts.emplace_back(field_part{std::move(name)});
  while (is(token_kind::dot) || is(token_kind::left_bracket)) {
    if (is(token_kind::left_bracket)) {
      SPOOKY_ASSIGN(path_part part, basic_bracket());
      whole.parts.push_back(std::move(part));
      continue;
    }
    SPOOKY_TRY(advance());
    if (is(token_kind::star)) {
      SPOOKY_TRY(advance());
      whole.parts.emplace_back(all_part{});
      continue;
    }
    SPOOKY_ASSIGN(std::string field, take_name("a field or `*`"));
    whole.parts.emplace_back(field_part{std::move(field)});
  }
  return make(std::move(whole), where);
}

result<path_part> parser::basic_bracket() {
  SPOOKY_TRY(advance());
  path_part part;
  if (is(token_kind::star)) {
    SPOOKY_TRY(advance());
    part = all_part{};
  } else if (is(token_kind::dollar)) {
    SPOOKY_TRY(advance());
    part = last_part{};
  } else if (is(token_kind::digits)) {
    const position where = current_.where;
    SPOOKY_ASSIGN(value number, take_number());
    SPOOKY_ASSIGN(expr_ptr index, make(literal{std::move(number)}, where));
    part = index_part{std::move(index)};
  } else {
    return unexpected("`*`, `$` or a number");
  }
  SPOOKY_TRY(expect(token_kind::right_bracket, "`]`"));
  return part;
}

}  // namespace spooky::surrealql
