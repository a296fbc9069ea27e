#include "surrealql/database/change_codec.hpp"

#include "surrealql/codec/json.hpp"
#include "surrealql/values/text.hpp"

#include <algorithm>

namespace spooky::surrealql {
namespace {

// -- /ingest bodies -----------------------------------------------------------------------------

error bad_field(std::string_view field, const std::string& what) {
  return fail(errc::invalid_argument, "Field '" + std::string(field) + "' " + what);
}

std::string shown(const value& v) {
  constexpr std::size_t longest = 60;
  std::string text = to_text(v);
  if (text.size() > longest) text = text.substr(0, longest) + "...";
  return text;
}

result<change_op> read_op(const value& body) {
  const value& op = body["op"];
  if (op.is_none()) return bad_field("op", "is missing: expected CREATE, UPDATE or DELETE");
  if (op.is_string()) {
    for (const change_op known : {change_op::create, change_op::update, change_op::erase}) {
      if (op.as_string() == to_string(known)) return known;
    }
  }
  return bad_field("op", "is " + shown(op) + ": expected CREATE, UPDATE or DELETE");
}

result<std::string> read_table(const value& body) {
  const value& table = body["table"];
  if (table.is_none()) return bad_field("table", "is missing: expected the table's name");
  const bool name = table.is_string() || table.type() == value_type::table;
  if (!name || table.as_string().empty())
    return bad_field("table", "is " + shown(table) + ": expected the table's name");
  return std::string(table.as_string());
}

/// A key as the engine's own ids have it; a bare text or number is taken for the key.
bool is_key(const value& v) noexcept {
  return v.type() == value_type::integer || v.type() == value_type::uuid || v.is_array() ||
         v.is_object();
}

result<record_id> read_id(const value& body, const std::string& table) {
  const value& id = body["id"];
  if (id.is_none() || id.is_null())
    return bad_field("id", "is missing: expected a record id such as \"" + table + ":1\"");
  record_id read;
  if (id.is_record()) {
    read = id.as_record();
  } else if (id.is_string()) {
    auto parsed = parse_record_id(id.as_string());
    if (!parsed)
      return bad_field("id", "is no record id (" + parsed.failure().message +
                                 "): expected a form like \"" + table + ":1\" or \"" + table +
                                 ":`a b`\"");
    read = *std::move(parsed);
  } else if (is_key(id)) {
    read = {table, id};
  } else {
    return bad_field("id", "is " + shown(id) + ": expected a record id");
  }
  if (read.key.type() == value_type::range)
    return bad_field("id", "is the range " + shown(id) + ": expected one record");
  if (read.table != table)
    return bad_field("id", "is " + shown(id) + ", but the event is of table '" + table + "'");
  return read;
}

/// A record as the event carries it, with its types restored and its `id` set.
result<value> read_record(const value& body, std::string_view field, const record_id& id,
                          bool required, const schema* types) {
  const value& given = body[field];
  if (given.is_nullish()) {
    if (required) return bad_field(field, "is missing: expected the whole record");
    return value::none();
  }
  if (!given.is_object()) return bad_field(field, "is " + shown(given) + ": expected an object");
  static const schema nothing_known;
  value restored = (types != nullptr ? *types : nothing_known).restore(id.table, given);
  const value& own = restored["id"];
  if (own.is_none()) {
    object with_id = restored.as_object();
    with_id.set("id", value(id));
    return value(std::move(with_id));
  }
  if (!own.is_record() || own.as_record() != id)
    return bad_field(field, "has the id " + shown(own) + ", but the event is of " + to_text(id));
  return restored;
}

result<std::optional<std::uint64_t>> read_count(const value& body, std::string_view field) {
  const value& given = body[field];
  if (given.is_nullish()) return std::optional<std::uint64_t>();
  if (given.type() != value_type::integer || given.as_integer() < 0)
    return bad_field(field, "is " + shown(given) + ": expected an integer from 0");
  return std::optional<std::uint64_t>(static_cast<std::uint64_t>(given.as_integer()));
}

}  // namespace

result<ingest_event> decode_ingest(const value& body, const schema* types) {
  if (!body.is_object())
    return fail(errc::invalid_argument, "The event is " + shown(body) + ": expected an object");
  ingest_event event;
  SPOOKY_ASSIGN(const std::string table, read_table(body));
  SPOOKY_ASSIGN(event.what.op, read_op(body));
  SPOOKY_ASSIGN(event.what.id, read_id(body, table));
  const bool erase = event.what.op == change_op::erase;
  if (!erase) {
    SPOOKY_ASSIGN(event.what.record, read_record(body, "record", event.what.id, true, types));
  }
  SPOOKY_ASSIGN(event.what.before, read_record(body, "before", event.what.id, false, types));
  // Table events send the record before a delete as its `record`.
  if (erase && event.what.before.is_none() && body["record"].is_object()) {
    SPOOKY_ASSIGN(event.what.before, read_record(body, "record", event.what.id, false, types));
  }
  SPOOKY_ASSIGN(event.what.version, read_count(body, "version"));
  SPOOKY_ASSIGN(const auto seq, read_count(body, "seq"));
  event.what.seq = sequence_number{seq.value_or(0)};
  const value& event_id = body["event_id"];
  if (!event_id.is_nullish() && !event_id.is_string())
    return bad_field("event_id", "is " + shown(event_id) + ": expected text");
  if (event_id.is_string()) event.event_id = event_id.as_string();
  return event;
}

result<ingest_event> decode_ingest(std::string_view body, bool cbor, const schema* types,
                                   const codec_limits& limits) {
  SPOOKY_ASSIGN(const value decoded, cbor ? decode_cbor(body, limits) : parse_json(body, limits));
  return decode_ingest(decoded, types);
}

namespace {

error at_place(error failure, std::string_view place, std::size_t number) {
  failure.message =
      std::string(place) + " " + std::to_string(number) + ": " + std::move(failure.message);
  return failure;
}

result<std::vector<ingest_event>> decode_lines(std::string_view body, const schema* types,
                                               const codec_limits& limits) {
  if (body.size() > limits.bytes)
    return fail(errc::limit_exceeded,
                "The batch is longer than " + std::to_string(limits.bytes) + " bytes");
  std::vector<ingest_event> events;
  for (std::size_t line = 1; !body.empty(); ++line) {
    const auto end = std::min(body.find('\n'), body.size());
    const std::string_view text = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto event = decode_ingest(text, false, types, limits);
    if (!event) return at_place(std::move(event).failure(), "Line", line);
    events.push_back(*std::move(event));
  }
  return events;
}

result<std::vector<ingest_event>> decode_array(std::string_view body, const schema* types,
                                               const codec_limits& limits) {
  SPOOKY_ASSIGN(const value decoded, parse_json(body, limits));
  std::vector<ingest_event> events;
  for (const value& element : decoded.as_array()) {
    auto event = decode_ingest(element, types);
    if (!event) return at_place(std::move(event).failure(), "Element", events.size() + 1);
    events.push_back(*std::move(event));
  }
  return events;
}

result<std::vector<ingest_event>> decode_elements(std::string_view body, const schema* types,
                                                  const codec_limits& limits) {
  SPOOKY_ASSIGN(auto reader, cbor_array_reader::open(body, limits));
  std::vector<ingest_event> events;
  for (std::size_t number = 1;; ++number) {
    auto element = reader.next();
    if (!element) return at_place(std::move(element).failure(), "Element", number);
    if (!element->has_value()) return events;
    auto event = decode_ingest(**element, types);
    if (!event) return at_place(std::move(event).failure(), "Element", number);
    events.push_back(*std::move(event));
  }
}

}  // namespace

result<std::vector<ingest_event>> decode_ingest_batch(std::string_view body, bool cbor,
                                                      const schema* types,
                                                      const codec_limits& limits) {
  if (cbor) return decode_elements(body, types, limits);
  // An event is an object, so a line that begins an array is the body's only one.
  const auto start = body.find_first_not_of(" \t\r\n");
  const bool array = start != std::string_view::npos && body[start] == '[';
  return array ? decode_array(body, types, limits) : decode_lines(body, types, limits);
}

value encode_ingest_value(const change& c) {
  std::vector<object::member> members;
  members.emplace_back("table", value(c.id.table));
  members.emplace_back("op", value(to_string(c.op)));
  members.emplace_back("id", value(c.id));
  if (!c.record.is_none()) members.emplace_back("record", c.record);
  if (!c.before.is_none()) members.emplace_back("before", c.before);
  if (c.version) members.emplace_back("version", static_cast<std::int64_t>(*c.version));
  if (c.seq != 0) members.emplace_back("seq", static_cast<std::int64_t>(c.seq.raw()));
  return value(object(std::move(members)));
}

std::string encode_ingest_json(const change& c) { return to_json(encode_ingest_value(c)); }

// -- the compact encoding -----------------------------------------------------------------------

namespace {

value encoded_change(const change& c) {
  return value(array{static_cast<std::int64_t>(c.op), static_cast<std::int64_t>(c.seq.raw()),
                     value(c.id.table), c.id.key, c.record, c.before,
                     c.version ? value(static_cast<std::int64_t>(*c.version)) : value::null()});
}

error corrupt(const std::string& what) { return fail(errc::corrupt, "The encoded batch " + what); }

constexpr std::size_t change_size = 7;

result<change> decoded_change(const value& v, std::size_t index) {
  const std::string where = "has a broken change at position " + std::to_string(index);
  if (!v.is_array() || v.as_array().size() != change_size) return corrupt(where);
  const array& parts = v.as_array();
  const bool types = parts[0].type() == value_type::integer &&
                     parts[1].type() == value_type::integer && parts[2].is_string() &&
                     (parts[6].is_null() || parts[6].type() == value_type::integer);
  if (!types || parts[0].as_integer() < 1 || parts[0].as_integer() > 3) return corrupt(where);
  change c;
  c.op = static_cast<change_op>(parts[0].as_integer());
  c.seq = sequence_number{static_cast<std::uint64_t>(parts[1].as_integer())};
  c.id = {std::string(parts[2].as_string()), parts[3]};
  c.record = parts[4];
  c.before = parts[5];
  if (!parts[6].is_null()) c.version = static_cast<std::uint64_t>(parts[6].as_integer());
  return c;
}

}  // namespace

void encode_batch(const change_batch& batch, std::string& out) {
  array changes;
  changes.reserve(batch.changes.size());
  for (const auto& c : batch.changes) changes.push_back(encoded_change(c));
  encode_cbor(value(array{change_format, value(batch.source), value(batch.cursor),
                          value(batch.event_id), value(std::move(changes))}),
              out);
}

result<change_batch> decode_batch(std::string_view bytes) {
  constexpr std::size_t batch_size = 5;
  auto decoded = decode_cbor(bytes, {.bytes = bytes.size(), .depth = codec_limits{}.depth + 3});
  if (!decoded) return corrupt("is no CBOR: " + decoded.failure().message);
  if (!decoded->is_array() || decoded->as_array().empty() ||
      decoded->as_array()[0].type() != value_type::integer)
    return corrupt("has no format number");
  const array& parts = decoded->as_array();
  if (parts[0].as_integer() != change_format)
    return fail(errc::unsupported, "The encoded batch has format " + to_text(parts[0]) +
                                       ", this program reads format " +
                                       std::to_string(change_format) + ": use a newer one");
  if (parts.size() != batch_size || !parts[1].is_string() || !parts[2].is_string() ||
      !parts[3].is_string() || !parts[4].is_array())
    return corrupt("has other parts than its format");
  change_batch batch;
  batch.source = parts[1].as_string();
  batch.cursor = parts[2].as_string();
  batch.event_id = parts[3].as_string();
  batch.changes.reserve(parts[4].as_array().size());
  for (std::size_t i = 0; i < parts[4].as_array().size(); ++i) {
    SPOOKY_ASSIGN(change c, decoded_change(parts[4].as_array()[i], i));
    batch.changes.push_back(std::move(c));
  }
  return batch;
}

}  // namespace spooky::surrealql
