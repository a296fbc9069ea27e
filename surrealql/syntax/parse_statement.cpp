#include "surrealql/syntax/parser.hpp"

#include <algorithm>
#include <array>
#include <utility>

/// Whole statements.
namespace spooky::surrealql {

namespace {

struct refused_statement {
  keyword word;
  std::string_view name;
  bool anywhere;  ///< also where an expression stands
};

/// Statements of SurrealQL that read nothing, or write. Writes belong in the database.
constexpr std::array refused_statements = {
    refused_statement{keyword::access, "ACCESS", false},
    refused_statement{keyword::begin, "BEGIN", false},
    refused_statement{keyword::cancel, "CANCEL", false},
    refused_statement{keyword::commit, "COMMIT", false},
    refused_statement{keyword::kill, "KILL", false},
    refused_statement{keyword::live, "LIVE", false},
    refused_statement{keyword::option, "OPTION", false},
    refused_statement{keyword::use, "USE", false},
    refused_statement{keyword::show, "SHOW", false},
    refused_statement{keyword::alter, "ALTER", true},
    refused_statement{keyword::break_, "BREAK", true},
    refused_statement{keyword::continue_, "CONTINUE", true},
    refused_statement{keyword::create, "CREATE", true},
    refused_statement{keyword::define, "DEFINE", true},
    refused_statement{keyword::delete_, "DELETE", true},
    refused_statement{keyword::explain, "EXPLAIN before a statement", true},
    refused_statement{keyword::for_, "FOR", true},
    refused_statement{keyword::function, "a JavaScript function", true},
    refused_statement{keyword::info, "INFO inside a statement", true},
    refused_statement{keyword::insert, "INSERT", true},
    refused_statement{keyword::let, "LET inside an expression", true},
    refused_statement{keyword::rebuild, "REBUILD", true},
    refused_statement{keyword::relate, "RELATE", true},
    refused_statement{keyword::remove, "REMOVE", true},
    refused_statement{keyword::sleep, "SLEEP", true},
    refused_statement{keyword::throw_, "THROW", true},
    refused_statement{keyword::update, "UPDATE", true},
    refused_statement{keyword::upsert, "UPSERT", true},
};

}  // namespace

result<void> parser::refuse_statement(bool inside_expression) const {
  const auto found =
      std::find_if(refused_statements.begin(), refused_statements.end(), [&](const auto& refused) {
        return is(refused.word) && (refused.anywhere || !inside_expression);
      });
  if (found == refused_statements.end()) return {};
  if (found->word == keyword::explain && peek().kind != token_kind::word) return {};
  if (found->word == keyword::sleep && peek().kind == token_kind::left_paren) return {};
  return unsupported(current_.where, found->name,
                     "SELECT, RETURN, LET and INFO FOR DB or TABLE are what is answered");
}

result<select_ptr> parser::select_only() {
  SPOOKY_TRY(refuse_statement(false));
  if (!is(keyword::select)) return unexpected("SELECT");
  const nesting level(*this);
  SPOOKY_TRY(level.entered());
  return select();
}

result<statement> parser::any_statement() {
  switch (current_.word) {
    case keyword::select: {
      SPOOKY_ASSIGN(select_ptr built, select_only());
      return statement(std::move(built));
    }
    case keyword::info:
      return info();
    case keyword::let:
      return let();
    case keyword::return_: {
      SPOOKY_TRY(advance());
      SPOOKY_ASSIGN(expr_ptr returned, expression());
      if (is(keyword::fetch))
        return unsupported(current_.where, "RETURN … FETCH", "use it on the SELECT");
      return statement(return_statement{std::move(returned)});
    }
    default:
      break;
  }
  SPOOKY_TRY(refuse_statement(false));
  const bool covered = is(token_kind::left_paren);
  const position where = current_.where;
  SPOOKY_ASSIGN(expr_ptr bare, expression());
  const auto* equal = std::get_if<binary>(&bare->node);
  if (!covered && equal != nullptr && equal->op == binary_op::equal &&
      std::holds_alternative<param>(equal->left->node))
    return fail(errc::parse_error, describe(where) + "expected `LET` before an assignment");
  return statement(return_statement{std::move(bare)});
}

result<statement> parser::let() {
  SPOOKY_TRY(advance());
  let_statement made;
  SPOOKY_ASSIGN(made.name, take_parameter());
  if (is(token_kind::colon))
    return unsupported(current_.where, "LET with a type", "cast the value instead");
  SPOOKY_TRY(expect(token_kind::equal, "`=`"));
  SPOOKY_ASSIGN(made.bound, expression());
  return statement(std::move(made));
}

result<statement> parser::info() {
  SPOOKY_TRY(advance());
  SPOOKY_TRY(expect(keyword::for_, "FOR after INFO"));
  info_statement made;
  switch (current_.word) {
    case keyword::root:
      made.of = info_statement::target::root;
      break;
    case keyword::namespace_:
      made.of = info_statement::target::ns;
      break;
    case keyword::database:
      made.of = info_statement::target::database;
      break;
    case keyword::table:
      made.of = info_statement::target::table;
      break;
    default:
      return unexpected("ROOT, NS, DB or TABLE after INFO FOR");
  }
  SPOOKY_TRY(advance());
  if (made.of == info_statement::target::table) {
    SPOOKY_ASSIGN(made.table, take_name("the name of a table"));
  }
  if (is(keyword::version))
    return unsupported(current_.where, "VERSION", "only the newest state is held");
  SPOOKY_ASSIGN(made.structure, eat(keyword::structure));
  return statement(std::move(made));
}

}  // namespace spooky::surrealql
