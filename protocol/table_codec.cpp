#include "protocol/table_codec.hpp"

#include "protocol/fields.hpp"
#include "protocol/table_rows.hpp"
#include "surrealql/values/text.hpp"

#include <charconv>
#include <utility>

namespace spooky {

value table_request(const table_name& table, sequence_number at_least) {
  return value{object{{"query", value{"SELECT * FROM " + surrealql::escape_name(table)}},
                      {"versions", value{true}},
                      {"at_least", fields::of_number(at_least)}}};
}

result<sequence_number> read_at_least(const value& body) {
  SPOOKY_ASSIGN(const auto at_least, fields::read_count(body, "at_least"));
  return sequence_number{at_least};
}

value versioned_row(std::uint64_t version, value record) {
  return value{array{fields::of_count(version), std::move(record)}};
}

std::string position_text(sequence_number seq) { return std::to_string(seq.raw()); }

result<sequence_number> read_position_text(std::string_view text) {
  std::uint64_t seq = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, seq);
  if (failed != std::errc{} || stop != end)
    return fail(errc::corrupt, "the scheduler's answer lacks " + std::string{position_header});
  return sequence_number{seq};
}

snapshot_decoder::snapshot_decoder(table_name table)
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
