#include "surrealql/codec/json.hpp"
#include "surrealql/database/change_codec.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace spooky;
using namespace spooky::surrealql;

/// JSON from a producer. What is read must be the same after it was written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto v = parse_json(text)) {
    const auto back = parse_json(to_json(*v));
    if (!back || *back != *v) std::abort();
  }
  (void)decode_ingest_batch(text, false).ok();
  return 0;
}
