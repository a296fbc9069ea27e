#include "actors/scheduler/proxy_worker.hpp"

#include "actors/clock.hpp"
#include "actors/scheduler/row_stream.hpp"
#include "protocol/table_codec.hpp"
#include "storage/replica_snapshot.hpp"
#include "surrealql/evaluate/defined_source.hpp"
#include "surrealql/evaluate/evaluate.hpp"

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <spdlog/spdlog.h>

namespace spooky::actors {

namespace {

namespace ql = spooky::surrealql;

/// What a request asks for, validated.
struct proxy_request {
  ql::statement statement;
  object vars;
  bool versions = false;
  std::string table;  ///< with versions: the table to copy
};

result<std::string> table_of_copy(const ql::statement& statement) {
  const auto wrong =
      fail(errc::invalid_argument, "'versions' goes with a query of the form SELECT * FROM table");
  const auto* select = std::get_if<ql::select_ptr>(&statement);
  if (select == nullptr) return wrong;
  const auto& s = **select;
  const bool plain = s.projections.size() == 1 && s.projections[0].star() && s.from.size() == 1 &&
                     !s.where && !s.grouped() && s.order.empty() && !s.limit && !s.start &&
                     s.split.empty() && s.omit.empty() && s.fetch.empty() && !s.only;
  if (!plain) return wrong;
  const auto* source = std::get_if<ql::literal>(&s.from[0]->node);
  if (source == nullptr || source->constant.type() != value_type::table) return wrong;
  return std::string{source->constant.as_string()};
}

result<proxy_request> read_request(const value& body, const ql::parse_limits& limits) {
  if (!body["query"].is_string())
    return fail(errc::invalid_argument, "field 'query' must be a string with one SurrealQL query");
  const auto& vars = body["vars"];
  if (!vars.is_nullish() && !vars.is_object())
    return fail(errc::invalid_argument, "field 'vars' must be an object");
  SPOOKY_ASSIGN(auto statements, ql::parse_statements(body["query"].as_string(), limits));
  if (statements.empty()) return fail(errc::parse_error, "field 'query' holds no statement");
  proxy_request request{std::move(statements.front()),
                        vars.is_object() ? vars.as_object() : object{},
                        body["versions"].truthy(),
                        {}};
  if (request.versions) {
    SPOOKY_ASSIGN(request.table, table_of_copy(request.statement));
  }
  return request;
}

result<void> copy_table(const storage::replica_snapshot& snapshot, const std::string& table,
                        row_stream& out) {
  result<void> failed;
  SPOOKY_TRY(snapshot.visit(table, value_range{}, [&](const storage::stored_record& row) {
    failed = out.row(versioned_row(row.version, row.record));
    return failed.ok();
  }));
  return failed;
}

/// Makes the state's catalog that of the snapshot; parsing it anew only where it says something
/// else.
result<void> follow_definitions(proxy_worker_state& state,
                                const storage::replica_snapshot& snapshot) {
  std::vector<value> rows;
  const auto& table = state.config.definition_table;
  if (snapshot.has_table(table)) {
    SPOOKY_TRY(snapshot.visit(table, value_range{}, [&](const storage::stored_record& row) {
      rows.push_back(row.record);
      return true;
    }));
  }
  if (state.definitions && rows == state.definition_rows) return {};
  state.book.load(rows, state.config.parse.rules);
  for (const auto& line : state.book.unread()) spdlog::warn("{}", line);
  state.definitions = state.book.changed();
  state.definition_rows = std::move(rows);
  return {};
}

result<void> run(const proxy_request& request, const storage::replica_snapshot& snapshot,
                 proxy_worker_state& state, ql::budget& spent, row_stream& out) {
  if (request.versions) return copy_table(snapshot, request.table, out);
  SPOOKY_TRY(follow_definitions(state, snapshot));
  const auto rules = state.config.parse.rules;
  const ql::defined_source database(snapshot, *state.definitions, rules, nullptr, &spent);
  ql::eval_context context;
  context.source = &database;
  context.params = &request.vars;
  context.spent = &spent;
  context.rules = rules;
  const auto* select = std::get_if<ql::select_ptr>(&request.statement);
  if (select == nullptr || (*select)->only) {
    SPOOKY_ASSIGN(const auto whole, ql::run(request.statement, context));
    return out.whole(whole);
  }
  result<void> failed;
  std::size_t rows = 0;
  const std::size_t most = spent.limits().rows;
  SPOOKY_TRY(ql::run_streaming(**select, context, [&](const value& row) {
    failed = ++rows <= most
                 ? out.row(row)
                 : fail(errc::limit_exceeded, "the answer has more than " + std::to_string(most) +
                                                  " rows (limits.query_rows); add a LIMIT");
    return failed.ok();
  }));
  return failed;
}

void serve(proxy_worker_ptr self, const frozen_snapshot& frozen, const exchange& request) {
  const auto& config = self->state.config;
  const auto asked = read_request(request.body, config.parse);
  if (!asked.ok()) return request.respond->send(net::error_response(asked.failure()));
  const auto deadline = now(self) + config.query_time;
  ql::run_limits limits;
  limits.rows = config.max_rows;
  limits.rows_setting = "limits.query_rows";
  limits.bytes = config.max_bytes;
  limits.bytes_setting = "limits.query_memory_bytes";
  limits.work = ql::run_limits::unbounded;
  limits.time_setting = "limits.query_time_ms";
  limits.should_stop = [self, deadline] { return now(self) > deadline; };
  row_stream out{request.respond, row_stream::format_for(request.request->headers.get("Accept")),
                 frozen.seq, config.chunk_bytes, config.drain_timeout};
  ql::budget spent{limits};
  const result<void> outcome = run(*asked, *frozen.snapshot, self->state, spent, out);
  const auto sent = outcome.ok() ? out.finish() : outcome;
  if (!sent.ok()) out.fail(sent.failure());
}

}  // namespace

proxy_worker_actor::behavior_type proxy_worker(proxy_worker_ptr self, proxy_worker_config config) {
  auto& state = self->state;
  state.version = database_version{config.database};
  state.config = std::move(config);
  state.config.parse.rules = state.version.rules();
  return {
      [self](run_proxy_atom, const frozen_snapshot& frozen, const exchange& request) {
        serve(self, frozen, request);
        return ack{};
      },
      [self](database_version_atom, const std::string& told) {
        auto& now = self->state;
        now.version.hear(told);
        now.config.parse.rules = now.version.rules();
        now.definitions = nullptr;  // read as that version writes them
      },
  };
}

}  // namespace spooky::actors
