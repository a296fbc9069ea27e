// Any text is parsed or refused within its limits; what is parsed prints to text that reads back
// and prints the same.
#include "surrealql/syntax/parse.hpp"
#include "surrealql/syntax/print.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

std::string printed(const std::vector<spooky::surrealql::statement>& statements) {
  std::string out;
  for (const auto& one : statements) out += spooky::surrealql::print(one) + ";\n";
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto first = spooky::surrealql::parse_statements(text);
  if (!first.ok()) {
    if (first.failure().message.empty()) std::abort();
    return 0;
  }
  const std::string once = printed(*first);
  // Printing may add parentheses: a text at a limit may come out behind it.
  spooky::surrealql::parse_limits ample;
  ample.bytes = std::size_t{64} << 20;
  ample.depth = ample.height = 100'000;
  ample.nodes = std::size_t{1} << 30;
  const auto second = spooky::surrealql::parse_statements(once, ample);
  if (!second.ok() || printed(*second) != once) std::abort();
  return 0;
}
