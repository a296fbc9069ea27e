#pragma once

#include "surrealql/codec/cbor.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/types/schema.hpp"
#include "surrealql/values/result.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Changes as they travel: the JSON of `/ingest`, and compact CBOR for the log and between nodes.
namespace spooky::surrealql {

/// A change as a producer posts it: the change and its duplicate-suppression id, which may be
/// empty.
struct ingest_event {
  change what;
  std::string event_id;
};

/// One `/ingest` body, `{table, op, id, record, version?, before?, event_id?, seq?}`, as JSON or,
/// if `cbor`, as CBOR. Unknown fields are ignored. Fails with parse_error on broken syntax (with
/// its position) or invalid_argument naming the field: unknown op, missing or foreign id, a record
/// that is no object, a negative version. With a schema, text in the records gets its types back. A
/// record without `id` is given the change's.
result<ingest_event> decode_ingest(std::string_view body, bool cbor, const schema* types = nullptr,
                                   const codec_limits& limits = {});
result<ingest_event> decode_ingest(const value& body, const schema* types = nullptr);

/// A batch body: NDJSON (one event per line, empty lines skipped), one JSON array or one CBOR
/// array. The error names the line or element, counted from 1.
result<std::vector<ingest_event>> decode_ingest_batch(std::string_view body, bool cbor,
                                                      const schema* types = nullptr,
                                                      const codec_limits& limits = {});

/// The `/ingest` JSON of a change: what decode_ingest() reads.
std::string encode_ingest_json(const change& c);
/// As a value, for CBOR bodies: types survive.
value encode_ingest_value(const change& c);

/// The version of the compact encoding; the first element of every batch.
inline constexpr int change_format = 1;

/// Appends the compact encoding of a batch: `[format, source, cursor, event_id, [change...]]`, a
/// change being `[op, seq, table, key, record, before, version or null]`. All types survive.
void encode_batch(const change_batch& batch, std::string& out);
/// Fails with `corrupt` on anything encode_batch() did not write, with `unsupported` on a newer
/// format.
result<change_batch> decode_batch(std::string_view bytes);

}  // namespace spooky::surrealql
