#pragma once

#include "protocol/view.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"
#include "views/results/view_snapshot.hpp"

#include <string_view>

namespace spooky {

/// Reads the body of `/view/register`, with the names and forms that existing clients send:
/// `params` as an object or as text holding a SurrealQL object; surreal_ql, client_id,
/// last_active_at as aliases; `id` with or without the query table. Fails with invalid_argument
/// naming the field.
result<registration_ptr> read_registration(const value& body, std::string_view system_prefix);

/// Reads the body of `/query/register`: `{query_id, view_plan, clientId?, ttl?}`.
result<registration_ptr> read_query_registration(const value& body, std::string_view system_prefix);

/// The key that `id` names: the text after `<prefix>query:`, unescaped, or all of it.
result<std::string> read_view_id(const value& id, std::string_view system_prefix);

/// Reads the body of `/view/unregister` and `/view/release`: `{id, epoch?}`.
result<view_claim> read_claim(const value& body, std::string_view system_prefix);

/// A registration as the body of `/view/register` with all its types: CBOR, not JSON, carries it.
value to_body(const view_registration& view);

/// What a view costs its SSP: one, and one more for every hundred rows that its result consists of,
/// related rows included. The unit in which views are balanced.
double view_cost(std::size_t rows) noexcept;

/// What registering answers: `{id, rows | ids with versions, rowCount, seq, mode, ...}`.
value to_answer(const view_registration& view, const views::view_snapshot& shown);

}  // namespace spooky
