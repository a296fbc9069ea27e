#include "protocol/registration_codec.hpp"
#include "surrealql/codec/cbor.hpp"
#include "surrealql/codec/json.hpp"
#include "surrealql/values/value.hpp"

#include <cstdlib>
#include <string_view>

using namespace spooky;

/// A registration's body, as JSON or CBOR, as anybody may post it. What is read says the same when
/// it is written and read again.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto body = data[0] % 2 == 0 ? surrealql::parse_json(bytes) : surrealql::decode_cbor(bytes);
  if (!body.ok()) return 0;
  const auto view = read_registration(*body, "_spooky_");
  if (!view.ok()) return 0;
  const auto again = read_registration(to_body(**view), "_spooky_");
  if (!again.ok() || (*again)->id != (*view)->id || to_body(**again) != to_body(**view))
    std::abort();
  return 0;
}
