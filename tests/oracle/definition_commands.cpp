#include "definition_commands.hpp"

#include "surrealql/database/catalog_reader.hpp"
#include "surrealql/database/definitions.hpp"

#include <string>
#include <utility>
#include <vector>

namespace spooky::oracle {

result<std::shared_ptr<const surrealql::catalog>> catalog_of(const json& command,
                                                             surrealql::semantics rules) {
  constexpr std::string_view prefix = "_spooky_";
  SPOOKY_ASSIGN(const value database, value_of(command.at("database").get<std::string>()));
  auto out = std::make_shared<surrealql::catalog>();
  std::vector<std::string> unread;
  for (const value& table : database["tables"].as_array()) {
    const std::string name(table["name"].as_string());
    const auto told = command.at("tables").find(name);
    if (told == command.at("tables").end()) continue;
    SPOOKY_ASSIGN(const value structure, value_of(told->get<std::string>()));
    out->tables.emplace(
        name, surrealql::read_catalog_table(surrealql::table_definition(prefix, table, structure),
                                            rules, unread));
  }
  for (const value& param : database["params"].as_array())
    out->params.emplace(
        param["name"].as_string(),
        surrealql::read_catalog_param(surrealql::param_definition(prefix, param), rules, unread));
  for (const value& function : database["functions"].as_array())
    out->functions.emplace(function["name"].as_string(),
                           surrealql::read_catalog_function(
                               surrealql::function_definition(prefix, function), rules, unread));
  if (!unread.empty()) return fail(errc::unsupported, unread.front());
  return std::shared_ptr<const surrealql::catalog>(std::move(out));
}

}  // namespace spooky::oracle
