#include "protocol/job_codec.hpp"
#include "protocol/log_codec.hpp"
#include "protocol/pool_codec.hpp"
#include "protocol/registration_codec.hpp"
#include "protocol/table_codec.hpp"
#include "surrealql/codec/cbor.hpp"
#include "surrealql/codec/json.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string_view>

using namespace spooky;

namespace {

/// What is refused says why; what is read says the same when it is written and read again.
template <class Message>
void survives(const result<Message>& message, result<Message> (*read)(const value&),
              value (*write)(const Message&)) {
  if (!message.ok()) {
    if (message.failure().message.empty()) std::abort();
    return;
  }
  const auto body = write(*message);
  const auto again = read(body);
  if (!again.ok() || write(*again) != body) std::abort();
}

/// Nobody is at a position that does not fit the database's integers.
void survives(const result<sequence_number>& position) {
  if (position.ok() && position->raw() > std::numeric_limits<std::int64_t>::max()) std::abort();
}

result<view_claim> claim_of(const value& body) { return read_claim(body, "_spooky_"); }

void read_all(const value& body) {
  survives(read_ssp_registration(body), read_ssp_registration, to_body);
  survives(read_admission(body), read_admission, to_body);
  survives(read_interest(body), read_interest, to_body);
  survives(read_heartbeat(body), read_heartbeat, to_body);
  survives(read_ssp_id(body), read_ssp_id, to_body);
  survives(read_drain_progress(body), read_drain_progress, to_body);
  survives(read_assignment(body), read_assignment, to_body);
  survives(read_report(body), read_report, to_body);
  survives(claim_of(body), claim_of, to_body);
  survives(read_interest_answer(body));
  survives(read_applied(body));
  survives(read_at_least(body));
  if (const auto admission = read_admission(body)) survives(admission->seq);
  if (const auto beat = read_heartbeat(body); beat && beat->applied) survives(*beat->applied);
  (void)read_health(200, body).ok();
  (void)read_query_registration(body, "_spooky_").ok();
}

}  // namespace

/// A body from a peer or a client, as JSON or CBOR, taken for each kind of message.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto body = data[0] % 2 == 0 ? surrealql::parse_json(bytes) : surrealql::decode_cbor(bytes);
  if (body.ok()) read_all(*body);
  return 0;
}
