#include "protocol/table_codec.hpp"

#include "protocol/table_rows.hpp"

#include <utility>

namespace spooky {

snapshot_decoder::snapshot_decoder(std::string table)
    : rows_(std::make_shared<table_rows>()),
      feed_([this](const value& element) { return take(element); }) {
  rows_->table = std::move(table);
}

result<void> snapshot_decoder::take(const value& element) {
  const bool pair = element.is_array() && element.as_array().size() == 2 &&
                    element.as_array()[0].type() == value_type::integer;
  if (!pair) return fail(errc::corrupt, "a row of the snapshot is no [version, record]");
  rows_->versions.push_back(static_cast<std::uint64_t>(element.as_array()[0].as_integer()));
  rows_->rows.push_back(element.as_array()[1]);
  return {};
}

bool snapshot_decoder::add(std::string_view piece) {
  if (outcome_.ok()) outcome_ = feed_.add(piece);
  return outcome_.ok();
}

result<table_rows_ptr> snapshot_decoder::finish(sequence_number seq) {
  SPOOKY_TRY(outcome_);
  SPOOKY_TRY(feed_.finish());
  rows_->seq = seq;
  return table_rows_ptr{std::move(rows_)};
}

}  // namespace spooky
