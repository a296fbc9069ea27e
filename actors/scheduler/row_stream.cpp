#include "actors/scheduler/row_stream.hpp"

#include "protocol/table_codec.hpp"
#include "surrealql/codec/cbor.hpp"
#include "surrealql/codec/json.hpp"

#include <utility>

namespace spooky::actors {

namespace {

// RFC 8949, 3.2.2: an array whose length is not known when it starts.
constexpr char cbor_open_array = static_cast<char>(0x9f);
constexpr char cbor_break = static_cast<char>(0xff);

}  // namespace

row_stream::format row_stream::format_for(std::string_view accept) {
  return accept.find("application/cbor") == std::string_view::npos ? format::json : format::cbor;
}

row_stream::row_stream(std::shared_ptr<net::responder> respond, format as, sequence_number seq,
                       std::size_t chunk_bytes, std::chrono::milliseconds drain_timeout)
    : respond_(std::move(respond)),
      format_(as),
      seq_(seq),
      chunk_bytes_(chunk_bytes),
      drain_timeout_(drain_timeout) {}

void row_stream::append(const value& v) {
  if (format_ == format::json)
    surrealql::write_json(v, buffer_);
  else
    surrealql::encode_cbor(v, buffer_);
}

void row_stream::open_array() { buffer_ += format_ == format::json ? '[' : cbor_open_array; }

result<void> row_stream::row(const value& v) {
  if (rows_++ == 0)
    open_array();
  else if (format_ == format::json)
    buffer_ += ',';
  append(v);
  if (buffer_.size() < chunk_bytes_) return {};
  return flush();
}

result<void> row_stream::whole(const value& v) {
  single_ = true;
  append(v);
  return {};
}

void row_stream::begin() {
  if (std::exchange(begun_, true)) return;
  respond_->begin(200, format_ == format::json ? "application/json" : "application/cbor",
                  {{std::string{position_header}, position_text(seq_)}});
}

/// Until the client has taken what was written before.
result<void> row_stream::await_drained() {
  if (!drained_.valid()) return {};
  if (drained_.wait_for(drain_timeout_) != std::future_status::ready)
    return spooky::fail(errc::timeout, "the client takes the answer too slowly");
  if (!drained_.get()) return spooky::fail(errc::unavailable, "the client is gone");
  return {};
}

result<void> row_stream::flush() {
  begin();
  // A row may be larger than what the server lets wait for a client.
  for (std::size_t at = 0; at < buffer_.size(); at += chunk_bytes_) {
    SPOOKY_TRY(await_drained());
    auto promise = std::make_shared<std::promise<bool>>();
    drained_ = promise->get_future();
    respond_->write(buffer_.substr(at, chunk_bytes_),
                    [promise](bool open) { promise->set_value(open); });
  }
  buffer_.clear();
  return {};
}

result<void> row_stream::finish() {
  if (!single_) {
    if (rows_ == 0) open_array();
    buffer_ += format_ == format::json ? ']' : cbor_break;
  }
  SPOOKY_TRY(flush());
  respond_->finish();
  return {};
}

void row_stream::fail(const error& why) {
  if (begun_) return respond_->abort();
  respond_->send(net::error_response(why));
}

}  // namespace spooky::actors
