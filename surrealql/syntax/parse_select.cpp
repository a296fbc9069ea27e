#include "surrealql/syntax/parse.hpp"
#include "surrealql/syntax/parser.hpp"
#include "surrealql/syntax/print.hpp"
#include "surrealql/syntax/walk.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>
#include <utility>

/// SELECT and its clauses.
namespace spooky::surrealql {

namespace {

/// The parts of a path that belongs to the document itself, as texts that compare.
std::vector<std::string> printed_parts(const path& from) {
  std::vector<std::string> parts;
  for (const path_part& part : from.parts) {
    path one;
    one.parts.push_back(part);
    parts.push_back(print(expr{std::move(one), {}}));
  }
  return parts;
}

/// Whether a projection's own name or expression stands for `key`; for GROUP also a longer path.
bool selects(const projection& field, const expr& key, bool prefix_counts) {
  if (field.alias && same(*field.alias, key)) return true;
  const auto& wanted = std::get<path>(key.node);
  const auto* selected = std::get_if<path>(&field.value->node);
  if (selected == nullptr) {
    const auto* only =
        wanted.parts.size() == 1 ? std::get_if<field_part>(&wanted.parts[0]) : nullptr;
    return only != nullptr && only->name == projection_name(*field.value, {});
  }
  if (selected->start != nullptr) return false;
  const auto wanted_parts = printed_parts(wanted), selected_parts = printed_parts(*selected);
  if (prefix_counts ? selected_parts.size() < wanted_parts.size()
                    : selected_parts.size() != wanted_parts.size())
    return false;
  return std::equal(wanted_parts.begin(), wanted_parts.end(), selected_parts.begin());
}

}  // namespace

/// SELECT is the current word.
result<select_ptr> parser::select() {
  select_statement built;
  built.where_from = current_.where;
  SPOOKY_TRY(advance());
  SPOOKY_TRY(fields(built));
  if (is(keyword::omit)) {
    do {
      SPOOKY_TRY(advance());
      SPOOKY_ASSIGN(expr_ptr omitted, field_expression());
      built.omit.push_back(std::move(omitted));
    } while (is(token_kind::comma));
  }
  SPOOKY_TRY(from_clause(built));
  SPOOKY_TRY(with_clause(built));
  SPOOKY_TRY(row_clauses(built));
  SPOOKY_TRY(limit_clauses(built.limit, built.start));
  SPOOKY_TRY(fetch_clause(built));
  SPOOKY_TRY(closing_clauses(built));
  return select_ptr(std::make_shared<const select_statement>(std::move(built)));
}

result<void> parser::fields(select_statement& into) {
  const name_mode fields_mode(*this, false);
  if (is(keyword::value)) {
    SPOOKY_TRY(advance());
    into.value_only = true;
    projection only;
    SPOOKY_ASSIGN(only.value, expression());
    if (is(keyword::as)) {
      SPOOKY_TRY(advance());
      SPOOKY_ASSIGN(only.alias, basic_path());
    }
    into.projections.push_back(std::move(only));
    return {};
  }
  while (true) {
    projection field;
    if (is(token_kind::star)) {
      SPOOKY_TRY(advance());
    } else {
      SPOOKY_ASSIGN(field.value, expression());
      if (is(keyword::as)) {
        SPOOKY_TRY(advance());
        SPOOKY_ASSIGN(field.alias, plain_path());
      }
    }
    into.projections.push_back(std::move(field));
    if (!is(token_kind::comma)) return {};
    SPOOKY_TRY(advance());
  }
}

result<void> parser::from_clause(select_statement& into) {
  SPOOKY_TRY(expect(keyword::from, "FROM"));
  SPOOKY_ASSIGN(into.only, eat(keyword::only));
  while (true) {
    SPOOKY_ASSIGN(expr_ptr source, table_expression());
    into.from.push_back(std::move(source));
    if (!is(token_kind::comma)) return {};
    SPOOKY_TRY(advance());
  }
}

result<void> parser::with_clause(select_statement& into) {
  if (!is(keyword::with)) return {};
  SPOOKY_TRY(advance());
  if (is(keyword::noindex)) {
    SPOOKY_TRY(advance());
    into.no_index = true;
    return {};
  }
  if (is(keyword::no)) {
    SPOOKY_TRY(advance());
    SPOOKY_TRY(expect(keyword::index, "INDEX"));
    into.no_index = true;
    return {};
  }
  if (!is(keyword::index)) return unexpected("NOINDEX or INDEX after WITH");
  do {
    SPOOKY_TRY(advance());
    SPOOKY_ASSIGN(std::string name, take_name("the name of an index"));
    into.with_indexes.push_back(std::move(name));
  } while (is(token_kind::comma));
  return {};
}

/// WHERE, SPLIT, GROUP and ORDER.
result<void> parser::row_clauses(select_statement& into) {
  if (is(keyword::where)) {
    SPOOKY_TRY(advance());
    SPOOKY_ASSIGN(into.where, field_expression());
  }
  const auto keys = [&](std::vector<expr_ptr>& list, keyword filler,
                        std::string_view clause) -> result<void> {
    SPOOKY_ASSIGN([[maybe_unused]] const bool filled, eat(filler));
    while (true) {
      const position where = current_.where;
      SPOOKY_ASSIGN(expr_ptr key, basic_path());
      SPOOKY_TRY(must_be_selected(into, *key, where, clause));
      list.push_back(std::move(key));
      if (!is(token_kind::comma)) return {};
      SPOOKY_TRY(advance());
    }
  };
  if (is(keyword::split)) {
    SPOOKY_TRY(advance());
    SPOOKY_TRY(keys(into.split, keyword::on, "split"));
  }
  if (is(keyword::group)) {
    const position where = current_.where;
    SPOOKY_TRY(advance());
    if (is(keyword::all)) {
      SPOOKY_TRY(advance());
      into.group_all = true;
    } else {
      SPOOKY_TRY(keys(into.group, keyword::by, "group"));
    }
    if (!into.split.empty())
      return fail(errc::parse_error,
                  describe(where) + "SPLIT and GROUP cannot be used in one SELECT");
    if (std::ranges::any_of(into.projections, &projection::star))
      return fail(errc::parse_error,
                  describe(where) + "`*` cannot be aggregated in a group: select fields by name");
  }
  return order_clause(into);
}

result<void> parser::must_be_selected(const select_statement& from, const expr& key, position where,
                                      std::string_view clause) const {
  const auto& fields = from.projections;
  if (clause == "order" && limits_.rules.has(from.value_only ? behaviour::order_of_values
                                                             : behaviour::order_by_unselected))
    return {};
  if (std::any_of(fields.begin(), fields.end(), [&](const projection& field) {
        return field.star() || selects(field, key, clause == "group");
      }))
    return {};
  return fail(errc::parse_error, describe(where) + "Missing " + std::string(clause) + " idiom `" +
                                     print(key) + "` in statement selection: select it, or `*`");
}

result<void> parser::order_clause(select_statement& into) {
  if (!is(keyword::order)) return {};
  SPOOKY_TRY(advance());
  SPOOKY_ASSIGN([[maybe_unused]] const bool by, eat(keyword::by));
  if (is(keyword::rand)) {
    SPOOKY_TRY(advance());
    SPOOKY_TRY(expect(token_kind::left_paren, "`(` after rand"));
    SPOOKY_TRY(expect(token_kind::right_paren, "`)`"));
    into.order_random = true;
    return {};
  }
  while (true) {
    const position where = current_.where;
    SPOOKY_ASSIGN(order_key key, one_order_key());
    SPOOKY_TRY(must_be_selected(into, *key.path, where, "order"));
    into.order.push_back(std::move(key));
    if (!is(token_kind::comma)) return {};
    SPOOKY_TRY(advance());
  }
}

result<order_key> parser::one_order_key() {
  order_key key;
  SPOOKY_ASSIGN(key.path, basic_path());
  SPOOKY_ASSIGN(key.collate, eat(keyword::collate));
  SPOOKY_ASSIGN(key.numeric, eat(keyword::numeric));
  SPOOKY_ASSIGN(key.descending, eat(keyword::desc));
  if (!key.descending) {
    SPOOKY_ASSIGN([[maybe_unused]] const bool ascending, eat(keyword::asc));
  }
  return key;
}

/// LIMIT and START, in either order.
result<void> parser::limit_clauses(expr_ptr& limit, expr_ptr& start) {
  const auto one = [&](keyword clause, keyword filler, expr_ptr& into) -> result<void> {
    if (!is(clause)) return {};
    SPOOKY_TRY(advance());
    SPOOKY_ASSIGN([[maybe_unused]] const bool filled, eat(filler));
    SPOOKY_ASSIGN(into, field_expression());
    return {};
  };
  if (is(keyword::start)) {
    SPOOKY_TRY(one(keyword::start, keyword::at, start));
    return one(keyword::limit, keyword::by, limit);
  }
  SPOOKY_TRY(one(keyword::limit, keyword::by, limit));
  return one(keyword::start, keyword::at, start);
}

result<void> parser::fetch_clause(select_statement& into) {
  if (!is(keyword::fetch)) return {};
  do {
    SPOOKY_TRY(advance());
    expr_ptr fetched;
    if (is(token_kind::parameter)) {
      const position where = current_.where;
      SPOOKY_ASSIGN(std::string name, take_parameter());
      SPOOKY_ASSIGN(fetched, make(param{std::move(name)}, where));
    } else if (is(keyword::type) && peek().kind == token_kind::double_colon) {
      SPOOKY_ASSIGN(fetched, field_expression());
    } else {
      SPOOKY_ASSIGN(fetched, plain_path());
    }
    into.fetch.push_back(std::move(fetched));
  } while (is(token_kind::comma));
  return {};
}

/// VERSION, TIMEOUT, TEMPFILES, EXPLAIN.
result<void> parser::closing_clauses(select_statement& into) {
  if (is(keyword::version)) {
    if (!limits_.of_database)
      return unsupported(current_.where, "VERSION", "only the newest state is held");
    SPOOKY_TRY(advance());
    SPOOKY_ASSIGN(into.version, field_expression());
  }
  if (is(keyword::timeout)) {
    SPOOKY_TRY(advance());
    SPOOKY_ASSIGN(into.timeout, field_expression());
  }
  // Where the engine sorts has no bearing on the result.
  SPOOKY_ASSIGN([[maybe_unused]] const bool tempfiles, eat(keyword::tempfiles));
  if (is(keyword::explain)) {
    SPOOKY_TRY(advance());
    SPOOKY_ASSIGN(const bool full, eat(keyword::full));
    into.explain = full ? explain_mode::full : explain_mode::plan;
  }
  return {};
}

}  // namespace spooky::surrealql
