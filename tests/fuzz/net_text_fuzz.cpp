#include "net/url.hpp"

#include <cstdlib>
#include <string_view>

using namespace spooky::net;

/// URLs, listen addresses, query strings: what is accepted reads the same when written and read
/// again.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto parsed = parse_url(text); parsed.ok()) {
    auto again = parse_url(parsed->to_string());
    if (!again.ok() || !(*again == *parsed)) std::abort();
  }
  (void)parse_listen_address(text).ok();
  (void)parse_query_string(text).ok();
  (void)percent_decode(text).ok();
  if (auto decoded = percent_decode(percent_encode(text)); !decoded.ok() || *decoded != text)
    std::abort();
  return 0;
}
