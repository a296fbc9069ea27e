#include "machines/capture/table_image.hpp"

#include "storage/key_codec.hpp"
#include "surrealql/codec/cbor.hpp"

#include <functional>
#include <iterator>
#include <set>

namespace spooky::machines {

namespace {

/// Rows that are written alike are the same: 1 and 1.0 are not.
std::size_t content_of(const value& row) {
  std::string bytes;
  surrealql::encode_cbor(row, bytes);
  return std::hash<std::string>{}(bytes);
}

result<std::string> key_of(const value& row) {
  if (!row["id"].is_record())
    return fail(errc::corrupt, "SurrealDB gave a row without a record id");
  return storage::encode_record_id(row["id"].as_record());
}

}  // namespace

result<void> table_image::reset(const array& rows) {
  rows_.clear();
  reached_.clear();
  for (const auto& row : rows) {
    SPOOKY_ASSIGN(auto key, key_of(row));
    rows_.insert_or_assign(std::move(key), held_row{row["id"].as_record(), content_of(row)});
  }
  return {};
}

result<page_difference> table_image::take(const table_page& page) {
  page_difference found;
  found.left_out = page.left_out;
  std::set<std::string> there;
  for (const auto& row : page.rows) {
    SPOOKY_ASSIGN(auto key, key_of(row));
    there.insert(key);
    ++found.rows;
    const auto content = content_of(row);
    const auto [held, fresh] = rows_.try_emplace(std::move(key));
    if (!fresh && held->second.content == content) continue;
    held->second = {row["id"].as_record(), content};
    auto& c = found.changes.emplace_back();
    c.op = fresh ? change_op::create : change_op::update;
    c.id = row["id"].as_record();
    c.record = row;
  }
  std::string end;
  if (!page.ends && page.last) {
    SPOOKY_ASSIGN(end, storage::encode_record_id(*page.last));
    found.reached = page.last;
  }
  const auto last = found.reached ? rows_.upper_bound(end) : rows_.end();
  for (auto it = rows_.upper_bound(reached_); it != last;) {
    if (there.contains(it->first)) {
      ++it;
      continue;
    }
    auto& c = found.changes.emplace_back();
    c.op = change_op::erase;
    c.id = it->second.id;
    it = rows_.erase(it);
  }
  reached_ = end;
  return found;
}

}  // namespace spooky::machines
