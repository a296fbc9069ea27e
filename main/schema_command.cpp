#include "intents/definitions.hpp"
#include "main/commands.hpp"
#include "main/database_session.hpp"
#include "main/secrets.hpp"
#include "surrealql/database/table_definitions.hpp"

#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace spooky::process {

namespace {

constexpr std::chrono::hours feed_retention{72};

result<std::vector<surrealql::defined_table>> tables_in_file(const std::string& path) {
  std::ifstream file{path};
  if (!file) return fail(errc::io_error, "cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return surrealql::tables_defined_in(text.str());
}

result<std::vector<surrealql::defined_table>> tables_in_database(database_session& session,
                                                                 const std::string& prefix) {
  SPOOKY_ASSIGN(const auto info, session.ask(intents::read_definitions{}));
  return surrealql::tables_of_database(info, prefix);
}

std::string generate(const schema_request& request,
                     const std::vector<surrealql::defined_table>& tables) {
  auto text = surrealql::system_schema(request.schema);
  std::vector<std::string> names;
  for (const auto& table : tables)
    if (!table.derived && (request.webhook || !table.changefeed)) names.push_back(table.name);
  text += request.webhook ? surrealql::table_events(names, request.schema)
                          : surrealql::changefeed_statements(names, feed_retention);
  return text;
}

result<void> run(const schema_request& request) {
  std::unique_ptr<database_session> session;
  if (request.apply || request.surql_file.empty()) {
    auto access = request.access;
    access.create_database = request.apply;
    session = std::make_unique<database_session>(request.db, access);
    SPOOKY_TRY(session->connect());
  }
  auto tables = request.surql_file.empty() ? tables_in_database(*session, request.schema.prefix)
                                           : tables_in_file(request.surql_file);
  if (!tables.ok()) return std::move(tables).failure();
  const auto text = generate(request, *tables);
  if (!request.apply) {
    std::cout << text;
    return {};
  }
  SPOOKY_TRY(session->ask(intents::install_definitions{text}));
  std::cerr << fmt::format(
      "applied to {}, {}/{}: system tables and functions, {} for {} table(s)\n", request.db.url,
      request.db.ns, request.db.database, request.webhook ? "events" : "change feeds",
      tables->size());
  return {};
}

}  // namespace

int print_or_apply_schema(schema_request request) {
  if (request.database_secret.empty())
    request.database_secret = secret_in_environment({"SPOOKY_DATABASE_SECRET"});
  if (request.node_secret.empty())
    request.node_secret = secret_in_environment({"SPOOKY_NODE_SECRET", "SPOOKY_AUTH_SECRET"});
  request.schema.auth_secret = request.database_secret.empty()
                                   ? database_secret_of(request.node_secret)
                                   : request.database_secret;
  const auto outcome = run(request);
  if (outcome.ok()) return 0;
  std::cerr << "error: " << outcome.failure().message << '\n';
  return 1;
}

}  // namespace spooky::process
