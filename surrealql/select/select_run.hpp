#pragma once

#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/select/select_plan.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

/// The from-scratch executor's inside; users include evaluate.hpp.
namespace spooky::surrealql {

/// Receives one document of a source. False: enough.
using document_visitor = std::function<result<bool>(const value& document)>;

/// Visits the documents of FROM in SurrealDB's order: whole records, ids of records (from lists)
/// or plain values.
result<void> visit_sources(const select_statement& select, const eval_context& context,
                           const document_visitor& visit);

/// Visits the records with these ids, all of the statement's one table, that exist.
result<void> visit_records(const select_statement& select, std::string_view table,
                           std::span<const record_id> ids, const eval_context& context,
                           const document_visitor& visit);

/// How many rows the one source of `SELECT count() FROM source GROUP ALL` has.
result<std::int64_t> count_source(const select_statement& select, const eval_context& context);

}  // namespace spooky::surrealql
