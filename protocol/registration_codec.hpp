#pragma once

#include "protocol/view.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <string_view>

namespace spooky {

/// How long a guest's view lives who says nothing of it: nobody owns it, so nobody can end it.
inline constexpr duration guest_ttl{600, 0};

/// Reads the body of `/view/register`, with the names and forms that existing clients send:
/// `params` as an object or as text holding a SurrealQL object; surreal_ql, client_id,
/// last_active_at as aliases; `id` with or without the query table. `auth` is who asks, as the
/// database says it: `{system, auth?, access?, token?, session?}` or SurrealQL text of that;
/// without it a system user. A guest's view ends after guest_ttl unless he
/// says another time. Fails with invalid_argument naming the field.
result<registration_ptr> read_registration(const value& body, std::string_view system_prefix);

/// Reads the body of `/query/register`: `{query_id, view_plan, clientId?, ttl?}`.
result<registration_ptr> read_query_registration(const value& body, std::string_view system_prefix);

/// The key that `id` names: the text after `<prefix>query:`, unescaped, or all of it. Refused
/// unless it is one whole id.
result<query_key> read_query_key(const value& id, std::string_view system_prefix);
/// A view by its own key, or a system user's by its query's.
result<view_id> read_view_id(const value& id, std::string_view system_prefix);

/// Reads the body of `/view/unregister`: `{id, epoch?, unless_wanted?}` for all views of a query,
/// `{view, epoch?, unless_wanted?}` for one.
result<view_claim> read_claim(const value& body, std::string_view system_prefix);
value to_body(const view_claim& claim);

/// A registration as the body of `/view/register` with all its types: CBOR, not JSON, carries it.
value to_body(const view_registration& view);

/// What a view is made of wherever it is written down, that is in that body, in the scheduler's
/// notes and in its `_spooky_view` record: `{surql, params, clientId, ttl?, lastActiveAt?, auth?}`,
/// `auth` for callers that are no system users.
object query_fields(const view_registration& view);
/// Reads them back from what we have written. False, and nothing is said of the rest, if `surql` is
/// no text; what else is missing or of another type is taken for not said.
bool take_query_fields(const value& stored, view_registration& view);

/// What registering answers: `{id, query_id, rows?, ids, rowCount, cost, result_hash, merkle_root,
/// seq, mode, error?}`, where `ids` are `[record, version]` and `mode` is how the view is kept.
value to_body(const view_answer& answer);
/// The `cost` of such an answer; 1 if it says none.
double answered_cost(const value& answer);

}  // namespace spooky
