#pragma once

#include "protocol/table_rows.hpp"
#include "surrealql/codec/cbor_feed.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace spooky {

/// What asks for a table: the body of `/proxy/query`, `{query, versions, at_least}`.
value table_request(const table_name& table, sequence_number at_least);
/// The position that the answer to such a body must have reached; 0 if it does not say.
result<sequence_number> read_at_least(const value& body);

/// One element of the answer.
value versioned_row(std::uint64_t version, value record);

/// The header that says which position the answer shows.
inline constexpr std::string_view position_header = "X-Spooky-Seq";
std::string position_text(sequence_number seq);
result<sequence_number> read_position_text(std::string_view text);

/// Reads a table from the pieces of a `/proxy/query` answer with versions, `[[version, record],
/// ...]` in CBOR, as they arrive: of the bytes no more than one row is held.
class snapshot_decoder {
 public:
  explicit snapshot_decoder(table_name table);
  snapshot_decoder(const snapshot_decoder&) = delete;
  snapshot_decoder& operator=(const snapshot_decoder&) = delete;

  /// False after a failure, which outcome() gives.
  bool add(std::string_view piece);
  const result<void>& outcome() const noexcept { return outcome_; }
  /// The table as of `seq`, or why it cannot be had. Once only.
  result<table_rows_ptr> finish(sequence_number seq);

 private:
  result<void> take(const value& element);

  std::shared_ptr<table_rows> rows_;
  surrealql::cbor_array_feed feed_;
  result<void> outcome_;
};

}  // namespace spooky
