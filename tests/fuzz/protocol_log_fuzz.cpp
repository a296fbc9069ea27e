#include "protocol/log_codec.hpp"
#include "protocol/table_codec.hpp"
#include "surrealql/values/value.hpp"

#include <cstdlib>
#include <string_view>

using namespace spooky;

namespace {

void stretch(std::string_view bytes) {
  const auto slice = decode_slice(bytes);
  if (!slice.ok()) return;
  const auto again = decode_slice(encode_slice(*slice));
  if (!again.ok() || again->first != slice->first || again->last != slice->last ||
      *again->batches != *slice->batches)
    std::abort();
}

/// Where the pieces are cut must not matter.
void table(std::string_view bytes, std::size_t cut) {
  snapshot_decoder whole{"t"};
  whole.add(bytes);
  const auto expected = whole.finish(1);
  snapshot_decoder pieces{"t"};
  for (; bytes.size() > cut; bytes.remove_prefix(cut)) pieces.add(bytes.substr(0, cut));
  pieces.add(bytes);
  const auto rows = pieces.finish(1);
  if (rows.ok() != expected.ok()) std::abort();
  if (!rows.ok()) return;
  if ((*rows)->rows != (*expected)->rows || (*rows)->versions != (*expected)->versions ||
      (*rows)->rows.size() != (*rows)->versions.size())
    std::abort();
}

void headers(std::string_view text) {
  if (const auto epoch = read_epoch_text(text))
    if (*read_epoch_text(epoch_text(*epoch)) != *epoch) std::abort();
  if (const auto seq = read_position_text(text))
    if (*read_position_text(position_text(*seq)) != *seq) std::abort();
}

}  // namespace

/// What a peer sends in bytes: stretches of the log, tables in pieces, positions in headers.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (data[0] % 3) {
    case 0:
      stretch(bytes);
      break;
    case 1:
      table(bytes, 1 + data[0] / 3);
      break;
    default:
      headers(bytes);
  }
  return 0;
}
