#pragma once

#include "net/http.hpp"
#include "surrealql/database/change.hpp"
#include "surrealql/values/result.hpp"
#include "surrealql/values/value.hpp"

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <string_view>

namespace spooky::actors {

/// Streams rows to one HTTP client in bounded memory: at most one chunk is being filled, or one row
/// that is larger, and one is on its way. Blocks while the client is slow, so only a detached actor
/// may use it.
class row_stream {
 public:
  enum class format : std::uint8_t { json, cbor };
  static format format_for(std::string_view accept);

  row_stream(std::shared_ptr<net::responder> respond, format as, sequence_number seq,
             std::size_t chunk_bytes, std::chrono::milliseconds drain_timeout);

  /// Adds one row of an array answer. Fails with unavailable when the client is gone or too slow.
  result<void> row(const value& v);
  /// The whole answer, instead of rows.
  result<void> whole(const value& v);
  /// Ends the answer. Fails as row() does.
  result<void> finish();
  /// An error answer if nothing was sent yet, else the connection is cut so that the client sees
  /// that the answer is incomplete.
  void fail(const error& why);

 private:
  result<void> flush();
  result<void> await_drained();
  void begin();
  void append(const value& v);
  void open_array();

  std::shared_ptr<net::responder> respond_;
  format format_;
  sequence_number seq_;
  std::size_t chunk_bytes_;
  std::chrono::milliseconds drain_timeout_;
  std::string buffer_;
  std::size_t rows_ = 0;
  bool begun_ = false;
  bool single_ = false;
  std::future<bool> drained_;
};

}  // namespace spooky::actors
