#include "surrealql/codec/cbor.hpp"
#include "surrealql/database/change_codec.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace spooky;
using namespace spooky::surrealql;

/// CBOR from a database, a producer, a peer or the log. What decodes must survive encoding.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto v = decode_cbor(bytes);
  if (v) {
    std::string again;
    encode_cbor(*v, again);
    const auto back = decode_cbor(again);
    if (!back || *back != *v || back->hash() != v->hash()) std::abort();
  }
  auto reader = cbor_array_reader::open(bytes);
  for (bool more = reader.ok(); more;) {
    const auto next = reader->next();
    more = next.ok() && next->has_value();
  }
  (void)decode_ingest_batch(bytes, true).ok();
  if (const auto batch = decode_batch(bytes)) {
    std::string again;
    encode_batch(*batch, again);
    const auto back = decode_batch(again);
    if (!back || !(*back == *batch)) std::abort();
  }
  return 0;
}
