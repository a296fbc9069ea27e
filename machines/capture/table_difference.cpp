#include "machines/capture/table_difference.hpp"

#include "intents/capture/record_version.hpp"
#include "machines/capture/page.hpp"
#include "storage/key_codec.hpp"
#include "surrealql/codec/cbor.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace spooky::machines {

using intents::carried_version;

namespace {

/// A row under the key by which both sides sort.
struct keyed_row {
  std::string key;
  record_id id;
  const value* record = nullptr;
};

result<std::vector<keyed_row>> keyed(const std::vector<value>& rows) {
  std::vector<keyed_row> out;
  out.reserve(rows.size());
  for (const auto& row : rows) {
    if (!row["id"].is_record())
      return fail(errc::corrupt, "SurrealDB gave a row without a record id");
    const auto& id = row["id"].as_record();
    SPOOKY_ASSIGN(auto key, storage::encode_record_id(id));
    out.push_back({std::move(key), id, &row});
  }
  return out;
}

result<std::vector<keyed_row>> keyed(const std::vector<storage::stored_record>& rows) {
  std::vector<keyed_row> out;
  out.reserve(rows.size());
  for (const auto& row : rows) {
    SPOOKY_ASSIGN(auto key, storage::encode_record_id(row.id));
    out.push_back({std::move(key), row.id, &row.record});
  }
  return out;
}

void sort(std::vector<keyed_row>& rows) {
  const auto before = [](const keyed_row& a, const keyed_row& b) { return a.key < b.key; };
  if (!std::is_sorted(rows.begin(), rows.end(), before))
    std::sort(rows.begin(), rows.end(), before);
}

std::string written(const value& record) {
  std::string bytes;
  surrealql::encode_cbor(record, bytes);
  return bytes;
}

/// What counts of a record.
class compared_content {
 public:
  compared_content(std::string_view version_field, const std::vector<std::string>& computed)
      : version_field_(version_field), computed_(computed) {}

  std::string of(const value& record) const { return written(without(record, false)); }
  bool same(const value& database, const value& replica) const {
    const bool carried = !replica[version_field_].is_none() && database[version_field_].is_none();
    return of(database) == written(without(replica, carried));
  }

 private:
  value without(const value& record, bool version) const {
    if (!version && computed_.empty()) return record;
    auto plain = record.as_object();
    if (version) plain.erase(version_field_);
    for (const auto& field : computed_) plain.erase(field);
    return value{std::move(plain)};
  }

  std::string_view version_field_;
  const std::vector<std::string>& computed_;
};

/// Of both contents; an empty one: that side has no such record.
std::uint64_t mark_of(const std::string& database, const std::string& replica) {
  constexpr std::uint64_t prime = 1'099'511'628'211ULL;
  const std::hash<std::string> hash;
  return hash(database) * prime ^ hash(replica);
}

change put(change_op op, const keyed_row& row, std::string_view version_field) {
  change c;
  c.op = op;
  c.id = row.id;
  c.record = *row.record;
  c.version = carried_version(c.record, version_field);
  return c;
}

change erase(const keyed_row& row, std::string_view version_field) {
  change c;
  c.op = change_op::erase;
  c.id = row.id;
  c.version = carried_version(*row.record, version_field);
  return c;
}

/// The record up to which a side is known.
struct stretch_end {
  std::string key;
  record_id id;
};
using known_end = std::optional<stretch_end>;  ///< nothing: all of it is known

template <class Row>
result<known_end> end_of(const table_stretch<Row>& side, const std::vector<keyed_row>& rows) {
  if (side.to_the_end) return known_end{};
  if (side.last) {
    SPOOKY_ASSIGN(auto key, storage::encode_record_id(*side.last));
    return known_end{stretch_end{std::move(key), *side.last}};
  }
  if (rows.empty()) return known_end{};
  return known_end{stretch_end{rows.back().key, rows.back().id}};
}

known_end nearer(known_end a, known_end b) {
  if (!a || !b) return a ? a : b;
  return a->key < b->key ? a : b;
}

}  // namespace

result<page_difference> difference(const table_stretch<value>& database,
                                   const table_stretch<storage::stored_record>& replica,
                                   std::string_view version_field,
                                   const std::vector<std::string>& computed) {
  const compared_content content{version_field, computed};
  SPOOKY_ASSIGN(auto wanted, keyed(database.rows));
  SPOOKY_ASSIGN(auto held, keyed(replica.rows));
  sort(wanted);
  sort(held);
  SPOOKY_ASSIGN(auto there, end_of(database, wanted));
  SPOOKY_ASSIGN(auto here, end_of(replica, held));
  const auto end = nearer(std::move(there), std::move(here));
  const auto within = [&end](const auto& it, const auto& rows) {
    return it != rows.end() && (!end || it->key <= end->key);
  };
  page_difference found;
  auto w = wanted.cbegin();
  auto h = held.cbegin();
  while (within(w, wanted) || within(h, held)) {
    if (!within(h, held) || (within(w, wanted) && w->key < h->key)) {
      found.marks.push_back(mark_of(content.of(*w->record), {}));
      found.changes.push_back(put(change_op::create, *w++, version_field));
      ++found.rows;
    } else if (!within(w, wanted) || h->key < w->key) {
      found.marks.push_back(mark_of({}, content.of(*h->record)));
      found.changes.push_back(erase(*h++, version_field));
    } else {
      if (!content.same(*w->record, *h->record)) {
        auto c = put(change_op::update, *w, version_field);
        c.version = std::max(c.version, carried_version(*h->record, version_field));
        found.marks.push_back(mark_of(content.of(*w->record), content.of(*h->record)));
        found.changes.push_back(std::move(c));
      }
      ++found.rows;
      ++w;
      ++h;
    }
  }
  if (end) found.reached = end->id;
  return found;
}

}  // namespace spooky::machines
