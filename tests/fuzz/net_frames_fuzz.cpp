#include "net/detail/surreal_frames.hpp"

#include <string_view>
#include <variant>

using namespace spooky::net::detail;

/// What a SurrealDB, or someone in its place, may send.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  auto frame = decode_frame({reinterpret_cast<const char*>(data), size});
  if (!frame.ok()) return 0;
  if (auto* answer = std::get_if<rpc_answer>(&*frame); answer && answer->outcome.ok())
    (void)read_statements(*answer->outcome).ok();
  return 0;
}
