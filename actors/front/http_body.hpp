#pragma once

#include "net/http.hpp"
#include "protocol/log.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/types/schema.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstddef>

namespace spooky::actors {

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

/// Fails for changes that capture alone makes: of what the database's tables define.
result<void> may_be_posted(const change_batches& batches, std::string_view system_prefix);

/// A JSON answer.
net::http_response json_answer(unsigned status, const value& body);
/// `{ok: true}`.
net::http_response done_answer();

}  // namespace spooky::actors
