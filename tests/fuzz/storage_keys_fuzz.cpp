#include "storage/key_codec.hpp"
#include "surrealql/values/value.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

using namespace spooky;
using namespace spooky::storage;

namespace {

std::string coded(const value& v) {
  std::string out;
  if (!append_value(out, v).ok()) std::abort();
  return out;
}

}  // namespace

/// Keys as the replica's files hold them, and what is no key: what is read and written again is
/// written so ever after. It may have been other bytes: all NaNs are written as one.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  auto in = bytes;
  if (const auto v = take_value(in)) {
    const auto once = coded(*v);
    std::string_view rest = once;
    const auto again = take_value(rest);
    if (!again.ok() || !rest.empty() || coded(*again) != once) std::abort();
  }
  in = bytes;
  if (const auto id = take_record_id(in)) {
    const auto once = encode_record_id(*id);
    if (!once.ok()) std::abort();
    std::string_view rest = *once;
    const auto again = take_record_id(rest);
    if (!again.ok() || !rest.empty() || *encode_record_id(*again) != *once) std::abort();
  }
  in = bytes;
  if (const auto text = take_text(in)) {
    std::string again;
    append_text(again, *text);
    if (again != bytes.substr(0, bytes.size() - in.size())) std::abort();
  }
  return 0;
}
