#include "surrealql/types/kind.hpp"
#include "surrealql/types/schema.hpp"
#include "surrealql/values/text.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace spooky;
using namespace spooky::surrealql;

/// The texts of constants, record ids, times, numbers and types. What is read must be the same
/// after it was printed and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto v = parse_value(text)) {
    const auto back = parse_value(to_text(*v));
    if (!back || *back != *v) std::abort();
  }
  if (const auto id = parse_record_id(text)) {
    const auto back = parse_record_id(to_text(*id));
    if (!back || *back != *id) std::abort();
  }
  if (const auto at = parse_datetime(text)) {
    if (parse_datetime(to_text(*at)).value() != *at) std::abort();
  }
  if (const auto length = parse_duration(text)) {
    if (parse_duration(to_text(*length)).value() != *length) std::abort();
  }
  if (const auto number = decimal::parse(text)) {
    if (decimal::parse(number->to_string()).value() != *number) std::abort();
  }
  if (const auto type = parse_kind(text)) {
    const auto back = parse_kind(to_text(*type));
    if (!back || to_text(*back) != to_text(*type)) std::abort();
  }
  (void)parse_uuid(text).ok();
  return 0;
}
