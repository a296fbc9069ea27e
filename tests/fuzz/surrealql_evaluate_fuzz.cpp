#include "surrealql/codec/cbor.hpp"
#include "surrealql/evaluate/evaluate.hpp"
#include "surrealql/evaluate/map_source.hpp"
#include "surrealql/syntax/parse.hpp"
#include "surrealql/values/text.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace spooky;
using namespace spooky::surrealql;

namespace {

constexpr std::string_view records[] = {
    "{ id: a:1, n: 1, s: 'text', l: [1, 2, 3], o: { k: 'v' }, to: b:1, at: d'2024-01-01T00:00:00Z' "
    "}",
    "{ id: a:2, n: 2.5f, s: '', l: [], o: {}, to: b:2, g: (1, 2) }",
    "{ id: a:3, n: 1dec, l: [[1, [2]], 'x'], to: a:1, u: u'018f0000-0000-7000-8000-000000000000' }",
    "{ id: b:1, n: NONE, of: [a:1, a:2], d: 1h }",
    "{ id: b:2, n: NULL, of: a:3 }",
    "{ id: e:1, in: a:1, out: b:1 }",
    "{ id: e:2, in: a:2, out: a:1 }",
    "{ id: e:3, in: b:1, out: b:1 }",
};

const map_source& world() {
  static const map_source made = [] {
    map_source source;
    for (const auto record : records)
      if (!source.put(parse_value(record).value()).ok()) std::abort();
    return source;
  }();
  return made;
}

const run_limits& limits() {
  static const run_limits made = [] {
    run_limits small;
    small.rows = 10'000;
    small.bytes = std::size_t{16} << 20;
    small.work = 300'000;
    return small;
  }();
  return made;
}

result<value> outcome_of(const statement& one) {
  static const value document = parse_value(records[0]).value();
  static const object params{{"p", value{1}}, {"q", value{"text"}}};
  budget spent{limits()};
  moment at{datetime{1'700'000'000, 5}};
  eval_context context;
  context.source = &world();
  context.document = &document;
  context.params = &params;
  context.spent = &spent;
  context.at = &at;
  return run(one, context);
}

}  // namespace

/// Any statement that can be parsed is run within its limits, over a few records: it fails with a
/// reason, or gives a value that can be sent; and it does so again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = parse_statements({reinterpret_cast<const char*>(data), size});
  if (!parsed.ok()) return 0;
  for (const auto& one : *parsed) {
    const auto outcome = outcome_of(one);
    const auto again = outcome_of(one);
    if (outcome.ok() != again.ok()) std::abort();
    if (!outcome.ok()) {
      if (outcome.failure().message.empty()) std::abort();
      continue;
    }
    std::string sent, sent_again;
    encode_cbor(*outcome, sent);
    encode_cbor(*again, sent_again);
    if (sent != sent_again) std::abort();
    if (!decode_cbor(sent, {.depth = 1'000}).ok()) std::abort();
  }
  return 0;
}
