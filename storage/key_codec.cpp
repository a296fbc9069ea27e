#include "storage/key_codec.hpp"

#include "storage/number_codec.hpp"

namespace spooky::storage {
namespace {

// Every element starts with a nonzero byte, so that a terminator sorts before any continuation.
constexpr char end_mark = 0;
constexpr char member_mark = 1;

/// First byte of a record key, in the order of key types.
enum class key_rank : unsigned char { integer = 1, string, uuid, array, object };

/// First byte of a value inside an array or object, in the order of value types.
enum class value_rank : unsigned char {
  none = 2,
  null,
  no,
  yes,
  number,
  string,
  duration,
  datetime,
  uuid,
  array,
  set,
  object,
  geometry,
  bytes,
  table,
  record,
  file,
  range,
};

/// SurrealDB's values nest 256 levels, and a stored byte string must not exhaust the stack.
constexpr int depth_limit = 300;

constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;

error malformed(std::string_view what) {
  return fail(errc::corrupt, "a stored key holds a malformed " + std::string(what));
}

void append_rank(std::string& out, value_rank rank) { out += static_cast<char>(rank); }

/// Flips the sign bit, so that two's complement sorts as unsigned.
void append_signed(std::string& out, std::int64_t v) {
  append_big_endian(out, static_cast<std::uint64_t>(v) ^ sign_bit, 8);
}

result<std::int64_t> take_signed(std::string_view& in) {
  SPOOKY_ASSIGN(const std::uint64_t bits, take_big_endian(in, 8));
  return static_cast<std::int64_t>(bits ^ sign_bit);
}

void append_uuid(std::string& out, const uuid& id) {
  out.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

result<value> take_uuid(std::string_view& in) {
  uuid id;
  if (in.size() < id.bytes.size()) return malformed("uuid");
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    id.bytes[i] = static_cast<std::uint8_t>(in[i]);
  }
  in.remove_prefix(id.bytes.size());
  return value(id);
}

result<void> append_items(std::string& out, const array& items) {
  for (const value& item : items) SPOOKY_TRY(append_value(out, item));
  out += end_mark;
  return {};
}

result<void> append_members(std::string& out, const object& members) {
  for (const auto& [name, member] : members) {
    out += member_mark;
    append_text(out, name);
    SPOOKY_TRY(append_value(out, member));
  }
  out += end_mark;
  return {};
}

void append_geometry(std::string& out, const geometry& shape) {
  out += static_cast<char>(shape.type);
  for (const auto& [longitude, latitude] : shape.positions) {
    out += member_mark;
    append_double(out, longitude);
    append_double(out, latitude);
  }
  out += end_mark;
  for (const geometry& part : shape.parts) {
    out += member_mark;
    append_geometry(out, part);
  }
  out += end_mark;
}

result<void> append_bound(std::string& out, const range_bound& bound) {
  out += static_cast<char>(bound.type);
  return append_value(out, bound.type == range_bound::kind::unbounded ? value() : bound.at);
}

/// Reads values with a bound on their nesting.
class decoder {
 public:
  explicit decoder(std::string_view& in) : in_(in) {}

  result<value> any();
  result<value> record_key();
  result<record_id> id();

 private:
  result<value> nested();
  result<value> of_rank(value_rank rank);
  result<array> items();
  result<object> members();
  result<geometry> shape(int depth);
  result<range_bound> bound();
  result<char> byte();
  /// Consumes an end mark (false) or a member mark (true).
  result<bool> more();

  std::string_view& in_;
  int depth_ = 0;
};

result<char> decoder::byte() {
  if (in_.empty()) return malformed("end");
  const char c = in_.front();
  in_.remove_prefix(1);
  return c;
}

result<bool> decoder::more() {
  SPOOKY_ASSIGN(const char mark, byte());
  if (mark != end_mark && mark != member_mark) return malformed("list");
  return mark == member_mark;
}

result<value> decoder::any() {
  if (++depth_ > depth_limit) return malformed("nesting");
  auto v = nested();
  --depth_;
  return v;
}

result<value> decoder::nested() {
  SPOOKY_ASSIGN(const char rank, byte());
  return of_rank(static_cast<value_rank>(rank));
}

result<array> decoder::items() {
  array out;
  for (;;) {
    if (in_.empty()) return malformed("array");
    if (in_.front() == end_mark) {
      in_.remove_prefix(1);
      return out;
    }
    SPOOKY_ASSIGN(value item, any());
    out.push_back(std::move(item));
  }
}

result<object> decoder::members() {
  std::vector<object::member> out;
  for (;;) {
    SPOOKY_ASSIGN(const bool another, more());
    if (!another) return object(std::move(out));
    SPOOKY_ASSIGN(std::string name, take_text(in_));
    SPOOKY_ASSIGN(value member, any());
    out.emplace_back(std::move(name), std::move(member));
  }
}

result<geometry> decoder::shape(int depth) {
  if (depth > depth_limit) return malformed("nesting");
  SPOOKY_ASSIGN(const char type, byte());
  if (type < 0 || type > static_cast<char>(geometry::kind::collection)) {
    return malformed("geometry");
  }
  geometry out;
  out.type = static_cast<geometry::kind>(type);
  for (;;) {
    SPOOKY_ASSIGN(const bool another, more());
    if (!another) break;
    SPOOKY_ASSIGN(const double longitude, take_double(in_));
    SPOOKY_ASSIGN(const double latitude, take_double(in_));
    out.positions.emplace_back(longitude, latitude);
  }
  for (;;) {
    SPOOKY_ASSIGN(const bool another, more());
    if (!another) return out;
    SPOOKY_ASSIGN(geometry part, shape(depth + 1));
    out.parts.push_back(std::move(part));
  }
}

result<range_bound> decoder::bound() {
  SPOOKY_ASSIGN(const char type, byte());
  if (type < 0 || type > static_cast<char>(range_bound::kind::excluded)) return malformed("range");
  const auto kind = static_cast<range_bound::kind>(type);
  SPOOKY_ASSIGN(value at, any());
  if (kind == range_bound::kind::unbounded && !at.is_none()) return malformed("range");
  return range_bound{kind, std::move(at)};
}

result<value> decoder::of_rank(value_rank rank) {
  switch (rank) {
    case value_rank::none:
      return value();
    case value_rank::null:
      return value::null();
    case value_rank::no:
      return value::boolean(false);
    case value_rank::yes:
      return value::boolean(true);
    case value_rank::number:
      return take_number(in_);
    case value_rank::string: {
      SPOOKY_ASSIGN(std::string text, take_text(in_));
      return value(std::move(text));
    }
    case value_rank::duration: {
      SPOOKY_ASSIGN(const std::uint64_t seconds, take_big_endian(in_, 8));
      SPOOKY_ASSIGN(const std::uint64_t nanos, take_big_endian(in_, 4));
      return value(duration{seconds, static_cast<std::uint32_t>(nanos)});
    }
    case value_rank::datetime: {
      SPOOKY_ASSIGN(const std::int64_t seconds, take_signed(in_));
      SPOOKY_ASSIGN(const std::uint64_t nanos, take_big_endian(in_, 4));
      return value(datetime{seconds, static_cast<std::uint32_t>(nanos)});
    }
    case value_rank::uuid:
      return take_uuid(in_);
    case value_rank::array: {
      SPOOKY_ASSIGN(array list, items());
      return value(std::move(list));
    }
    case value_rank::set: {
      SPOOKY_ASSIGN(array list, items());
      return value::set(std::move(list));
    }
    case value_rank::object: {
      SPOOKY_ASSIGN(object map, members());
      return value(std::move(map));
    }
    case value_rank::geometry: {
      SPOOKY_ASSIGN(geometry g, shape(0));
      return value(std::move(g));
    }
    case value_rank::bytes: {
      SPOOKY_ASSIGN(std::string raw, take_text(in_));
      return value::bytes(std::move(raw));
    }
    case value_rank::table: {
      SPOOKY_ASSIGN(std::string name, take_text(in_));
      return value::table(std::move(name));
    }
    case value_rank::record: {
      SPOOKY_ASSIGN(record_id link, id());
      return value(std::move(link));
    }
    case value_rank::file: {
      SPOOKY_ASSIGN(std::string bucket, take_text(in_));
      SPOOKY_ASSIGN(std::string key, take_text(in_));
      return value::file(std::move(bucket), std::move(key));
    }
    case value_rank::range: {
      SPOOKY_ASSIGN(range_bound begin, bound());
      SPOOKY_ASSIGN(range_bound end, bound());
      return value(value_range{std::move(begin), std::move(end)});
    }
  }
  return malformed("value");
}

result<value> decoder::record_key() {
  SPOOKY_ASSIGN(const char rank, byte());
  switch (static_cast<key_rank>(rank)) {
    case key_rank::integer: {
      SPOOKY_ASSIGN(const std::int64_t v, take_signed(in_));
      return value::integer(v);
    }
    case key_rank::string:
      return of_rank(value_rank::string);
    case key_rank::uuid:
      return take_uuid(in_);
    case key_rank::array:
      return of_rank(value_rank::array);
    case key_rank::object:
      return of_rank(value_rank::object);
  }
  return malformed("record key");
}

result<record_id> decoder::id() {
  if (++depth_ > depth_limit) return malformed("nesting");
  SPOOKY_ASSIGN(std::string table, take_text(in_));
  SPOOKY_ASSIGN(value key, record_key());
  --depth_;
  return record_id{std::move(table), std::move(key)};
}

}  // namespace

void append_text(std::string& out, std::string_view text) {
  // The bytes 0 and 1 become 1 1 and 1 2, which keeps their order and leaves 0 to end the text.
  for (;;) {
    const std::size_t special = text.find_first_of(std::string_view("\0\1", 2));
    out += text.substr(0, special);
    if (special == std::string_view::npos) break;
    out += '\1';
    out += static_cast<char>(text[special] + 1);
    text.remove_prefix(special + 1);
  }
  out += end_mark;
}

result<std::string> take_text(std::string_view& in) {
  const std::size_t end = in.find(end_mark);
  if (end == std::string_view::npos) return malformed("text");
  std::string_view coded = in.substr(0, end);
  in.remove_prefix(end + 1);
  if (coded.find('\1') == std::string_view::npos) return std::string(coded);
  std::string text;
  while (!coded.empty()) {
    const std::size_t escape = coded.find('\1');
    text += coded.substr(0, escape);
    if (escape == std::string_view::npos) break;
    if (escape + 1 == coded.size() || (coded[escape + 1] != 1 && coded[escape + 1] != 2)) {
      return malformed("text");
    }
    text += static_cast<char>(coded[escape + 1] - 1);
    coded.remove_prefix(escape + 2);
  }
  return text;
}

result<void> append_value(std::string& out, const value& v) {
  switch (v.type()) {
    case value_type::none:
      append_rank(out, value_rank::none);
      return {};
    case value_type::null:
      append_rank(out, value_rank::null);
      return {};
    case value_type::boolean:
      append_rank(out, v.as_bool() ? value_rank::yes : value_rank::no);
      return {};
    case value_type::integer:
    case value_type::floating:
    case value_type::decimal:
      append_rank(out, value_rank::number);
      append_number(out, v);
      return {};
    case value_type::string:
      append_rank(out, value_rank::string);
      append_text(out, v.as_string());
      return {};
    case value_type::duration:
      append_rank(out, value_rank::duration);
      append_big_endian(out, v.as_duration().seconds, 8);
      append_big_endian(out, v.as_duration().nanos, 4);
      return {};
    case value_type::datetime:
      append_rank(out, value_rank::datetime);
      append_signed(out, v.as_datetime().seconds);
      append_big_endian(out, v.as_datetime().nanos, 4);
      return {};
    case value_type::uuid:
      append_rank(out, value_rank::uuid);
      append_uuid(out, v.as_uuid());
      return {};
    case value_type::array:
      append_rank(out, value_rank::array);
      return append_items(out, v.as_array());
    case value_type::set:
      append_rank(out, value_rank::set);
      return append_items(out, v.as_array());
    case value_type::object:
      append_rank(out, value_rank::object);
      return append_members(out, v.as_object());
    case value_type::geometry:
      append_rank(out, value_rank::geometry);
      append_geometry(out, v.as_geometry());
      return {};
    case value_type::bytes:
      append_rank(out, value_rank::bytes);
      append_text(out, v.as_string());
      return {};
    case value_type::table:
      append_rank(out, value_rank::table);
      append_text(out, v.as_string());
      return {};
    case value_type::record:
      append_rank(out, value_rank::record);
      append_text(out, v.as_record().table);
      return append_record_key(out, v.as_record().key);
    case value_type::file:
      append_rank(out, value_rank::file);
      append_text(out, v.as_file().first);
      append_text(out, v.as_file().second);
      return {};
    case value_type::range:
      append_rank(out, value_rank::range);
      SPOOKY_TRY(append_bound(out, v.as_range().begin));
      return append_bound(out, v.as_range().end);
    case value_type::regex:
    case value_type::closure:
      break;
  }
  return fail(errc::unsupported,
              "a record id cannot hold a " + std::string(type_name(v.type())) + " value");
}

result<void> append_record_key(std::string& out, const value& key) {
  const auto rank = [&](key_rank r) { out += static_cast<char>(r); };
  switch (key.type()) {
    case value_type::integer:
      rank(key_rank::integer);
      append_signed(out, key.as_integer());
      return {};
    case value_type::string:
      rank(key_rank::string);
      append_text(out, key.as_string());
      return {};
    case value_type::uuid:
      rank(key_rank::uuid);
      append_uuid(out, key.as_uuid());
      return {};
    case value_type::array:
      rank(key_rank::array);
      return append_items(out, key.as_array());
    case value_type::object:
      rank(key_rank::object);
      return append_members(out, key.as_object());
    default:
      break;
  }
  return fail(errc::invalid_argument,
              "a record id's key is an int, string, uuid, array or object, not " +
                  std::string(type_name(key.type())));
}

result<std::string> encode_record_id(const record_id& id) {
  std::string out = table_prefix(id.table);
  SPOOKY_TRY(append_record_key(out, id.key));
  return out;
}

std::string table_prefix(std::string_view table) {
  std::string out;
  append_text(out, table);
  return out;
}

std::string prefix_end(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

result<value> take_value(std::string_view& in) { return decoder(in).any(); }

result<record_id> take_record_id(std::string_view& in) { return decoder(in).id(); }

}  // namespace spooky::storage
