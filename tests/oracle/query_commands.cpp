#include "query_commands.hpp"

#include "surrealql/evaluate/defined_source.hpp"
#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/syntax/parse.hpp"

namespace spooky::oracle {

json query_commands::load(const json& command) {
  const auto rows = rows_of(command, "rows");
  if (!rows.ok()) return failed(rows.failure());
  const auto table = command.at("table").get<std::string>();
  source_.drop_table(table);
  source_.define_table(table);
  for (const value& row : *rows) {
    if (const auto put = source_.put(row); !put.ok()) return failed(put.failure());
  }
  return ok(value(static_cast<std::int64_t>(rows->size())));
}

json query_commands::query(const json& command) const {
  const auto params = params_of(command);
  if (!params.ok()) return failed(params.failure());
  const auto statements =
      surrealql::parse_statements(command.at("surql").get<std::string>(), {.rules = rules_});
  if (!statements.ok()) return failed(statements.failure());
  if (statements->size() != 1)
    return failed(fail(errc::invalid_argument, "expected one statement"));
  surrealql::moment at(now_);
  surrealql::eval_context context;
  const surrealql::defined_source database(source_, *definitions_, rules_, &at);
  context.source = &database;
  context.at = &at;
  context.params = &*params;
  context.rules = rules_;
  const auto answer = surrealql::run(statements->front(), context);
  return answer.ok() ? ok(*answer) : failed(answer.failure());
}

}  // namespace spooky::oracle
