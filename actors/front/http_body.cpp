#include "actors/front/http_body.hpp"

#include "protocol/fields.hpp"
#include "surrealql/codec/cbor.hpp"
#include "surrealql/codec/json.hpp"
#include "surrealql/database/change_codec.hpp"
#include "surrealql/database/definitions.hpp"

#include <string>
#include <utility>

namespace spooky::actors {

bool wants_inline_errors(const net::http_request& request) {
  return request.headers.get("X-Spooky-Errors") == "inline";
}

bool is_cbor(const net::http_request& request) {
  return request.headers.get("Content-Type").starts_with("application/cbor");
}

result<value> read_body(const net::http_request& request) {
  if (request.body.empty()) return value{object{}};
  if (is_cbor(request)) return surrealql::decode_cbor(std::string_view{request.body});
  return surrealql::parse_json(request.body);
}

result<change_batch> read_ingest(const net::http_request& request, const surrealql::schema* types) {
  SPOOKY_ASSIGN(auto event, surrealql::decode_ingest(request.body, is_cbor(request), types));
  change_batch batch;
  batch.changes.push_back(std::move(event.what));
  batch.event_id = std::move(event.event_id);
  return batch;
}

result<change_batch> read_ingest_batch(const net::http_request& request, std::size_t most,
                                       const surrealql::schema* types) {
  SPOOKY_ASSIGN(auto events, surrealql::decode_ingest_batch(request.body, is_cbor(request), types));
  if (events.empty()) return fail(errc::invalid_argument, "the batch holds no change");
  if (events.size() > most)
    return fail(errc::limit_exceeded, "the batch holds " + std::to_string(events.size()) +
                                          " changes; limits.batch_changes is " +
                                          std::to_string(most));
  change_batch batch;
  batch.changes.reserve(events.size());
  // The batch is repeated as a whole or not at all, so its first event's id stands for it.
  batch.event_id = std::move(events.front().event_id);
  for (auto& event : events) batch.changes.push_back(std::move(event.what));
  return batch;
}

result<void> says_who_asks(const net::http_request& request, const value& body) {
  if (!wants_inline_errors(request) || !body["auth"].is_nullish()) return {};
  return fields::wrong("auth",
                       "is missing: the database's functions are of an older Spooky; "
                       "run spooky schema --apply");
}

result<void> names_no_epoch(const value& body) {
  if (body["epoch"].is_nullish() && body["metadata"]["epoch"].is_nullish()) return {};
  return fields::wrong("epoch", "is given by the scheduler to its SSPs; leave it out");
}

result<void> may_be_posted(const change_batches& batches, const posting_rules& rules) {
  const auto reserved = surrealql::definition_table(rules.system_prefix);
  for (const auto& batch : batches)
    for (const auto& c : batch.changes) {
      if (c.id.table == reserved)
        return fields::wrong(
            "table", "must not be " + reserved + ": what the database defines is read from itself");
      if (!rules.is_posted || rules.is_posted(c.id.table)) continue;
      if (rules.known != nullptr && rules.known->find(c.id.table) != nullptr)
        return fields::wrong("table", "must not be " + c.id.table +
                                          ": its changes are read from the database; "
                                          "capture.tables says of which tables they are posted");
    }
  return {};
}

net::http_response json_answer(unsigned status, const value& body) {
  net::http_response response;
  response.status = status;
  surrealql::write_json(body, response.body);
  return response;
}

net::http_response value_answer(const net::http_request& request, unsigned status,
                                const value& body) {
  constexpr std::string_view cbor = "application/cbor";
  if (!request.headers.get("Accept").starts_with(cbor)) return json_answer(status, body);
  net::http_response response;
  response.status = status;
  response.content_type = cbor;
  surrealql::encode_cbor(body, response.body);
  return response;
}

net::http_response done_answer() { return json_answer(200, value{object{{"ok", value{true}}}}); }

}  // namespace spooky::actors
