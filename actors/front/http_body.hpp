#pragma once

#include "net/http.hpp"
#include "protocol/log.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/types/schema.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace spooky::actors {

/// Whether errors are to be answered with 200, as the database's functions and events ask.
bool wants_inline_errors(const net::http_request& request);

/// Whether the body of this request is CBOR; else it is JSON.
bool is_cbor(const net::http_request& request);

/// The request's body as a value: CBOR or JSON by its content type. No body is an empty object.
result<value> read_body(const net::http_request& request);

/// `/ingest`: one change. `/ingest/batch`: many, which become visible together; more than `most`
/// fail with limit_exceeded. With the tables' types known, what JSON carries as text gets its types
/// back.
result<change_batch> read_ingest(const net::http_request& request,
                                 const surrealql::schema* types = nullptr);
result<change_batch> read_ingest_batch(const net::http_request& request, std::size_t most,
                                       const surrealql::schema* types = nullptr);

/// Fails for a registration that the function of an older installation posted: it does not say who
/// asks, and must not be taken for a system user's.
result<void> says_who_asks(const net::http_request& request, const value& body);

/// Fails for a body with an epoch: the fence of a placement is what a scheduler tells its SSPs, and
/// nobody else's word.
result<void> names_no_epoch(const value& body);

/// What a front lets be posted to `/ingest`.
struct posting_rules {
  std::string_view system_prefix;
  /// Whether a table's changes are posted; empty: any table's.
  const std::function<bool(const std::string& table)>& is_posted;
  /// The tables that the database has; may be null.
  const surrealql::schema* known = nullptr;
};

/// Fails for changes that capture itself makes: of what the database's tables define, and of tables
/// that it reads from the database, where they would stand beside the truth. A table that the
/// database does not have is whoever's who posts it.
result<void> may_be_posted(const change_batches& batches, const posting_rules& rules);

/// A JSON answer.
net::http_response json_answer(unsigned status, const value& body);
/// An answer that keeps the types for who accepts CBOR; JSON for others.
net::http_response value_answer(const net::http_request& request, unsigned status,
                                const value& body);
/// `{ok: true}`.
net::http_response done_answer();

}  // namespace spooky::actors
